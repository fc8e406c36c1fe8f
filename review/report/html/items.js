const SEVERITY_WORDS = { error: 'error', warning: 'warning', info: 'info' };
const TYPE_MARKS = { added: '+', removed: '−', changed: '~', renamed: '→' };
/** Longer values are shown by their beginning in the line of a change. */
const PREVIEW = 48;

/** @param {string} text */
const preview = (text) => {
  const [line = ''] = text.split('\n');
  return line.length > PREVIEW || text.includes('\n') ? `${line.slice(0, PREVIEW)}…` : line;
};

/** Makes the body of an entry, once. @type {WeakMap<Element, () => void>} */
const bodies = new WeakMap();

/**
 * A line that opens: its body is made when it is opened first.
 *
 * @param {string} id
 * @param {string} className
 * @param {readonly Child[]} line
 * @param {() => readonly Child[]} body
 */
function foldable(id, className, line, body) {
  const item = element('details', { class: `item ${className}`, 'data-id': id }, element('summary', {}, ...line));
  bodies.set(item, () => {
    bodies.delete(item);
    item.append(element('div', { class: 'body' }, ...body()));
  });
  item.addEventListener('toggle', () => item.open && bodies.get(item)?.());
  return item;
}

/** Opens an entry with its body at once, where the event would come too late. @param {HTMLDetailsElement} item */
function openItem(item) {
  item.open = true;
  bodies.get(item)?.();
}

/** @param {PageFinding['source']} source @param {PageFinding['places']} places */
function originList(source, places) {
  const entry = (/** @type {string} */ term, /** @type {readonly string[]} */ texts) => [
    element('dt', {}, term),
    ...texts.map((text) => element('dd', {}, element('code', {}, text), copyButton(text))),
  ];
  return element(
    'dl',
    { class: 'origin' },
    ...(source === undefined
      ? []
      : source.side === 'base'
        ? [...entry('Declared in the base in', [source.catalog]), ...entry('Made there by', [source.construct])]
        : [...entry('Declared in', [source.catalog]), ...entry('Made by', [source.construct])]),
    ...(places.length === 0
      ? []
      : entry(
          places.length === 1 ? 'File' : 'Files',
          places.map(({ file, line }) => (line === undefined ? file : `${file}:${line}`)),
        )),
  );
}

/** @param {string} id */
const linkTo = (id) =>
  element('a', { class: 'permalink', href: `#open=${encodeURIComponent(id)}`, title: 'Address of this entry' }, 'Link');

/**
 * @param {PageFinding} finding
 * @param {(position: number) => void} showChange
 */
function findingItem(finding, showChange) {
  const { weight, message, reason, repair, object, environments, exception, rule, category, source, places } = finding;
  const line = [
    element('span', { class: 'severity' }, SEVERITY_WORDS[weight]),
    object === undefined
      ? null
      : element(
          'span',
          { class: 'subject' },
          element('span', { class: 'kind' }, object.kind),
          ' ',
          element('span', { class: 'name' }, object.name),
        ),
    element('span', { class: 'message' }, ...withCode(message)),
    element(
      'span',
      { class: 'where' },
      exception ? element('span', { class: 'label' }, 'excepted') : null,
      ...environments.map((name) => element('span', { class: 'label' }, name)),
    ),
  ];
  return foldable(finding.id, `finding ${weight}`, line, () => [
    element('p', { class: 'reason' }, ...withCode(reason)),
    repair === undefined
      ? null
      : element('p', { class: 'repair' }, element('strong', {}, 'Repair'), ' ', ...withCode(repair)),
    exception === undefined
      ? null
      : element(
          'p',
          { class: 'exception' },
          element('strong', {}, `Excepted until ${exception.until}`),
          ` by ${exception.by}: ${exception.reason}`,
        ),
    originList(source, places),
    element(
      'p',
      { class: 'foot' },
      element('span', {}, 'Rule ', element('code', {}, rule), ` (${category})`),
      ...finding.changes
        .slice(0, 3)
        .map((position) => element('button', { type: 'button', click: () => showChange(position) }, 'Show the change')),
      linkTo(finding.id),
    ),
  ]);
}

/** @param {readonly PageField[]} fields */
function fieldTable(fields) {
  const value = (/** @type {'del' | 'ins'} */ mark, /** @type {string | undefined} */ text) =>
    text === undefined ? element('span', { class: 'absent' }, 'not set') : element(mark, {}, text);
  return element(
    'table',
    { class: 'fields' },
    element(
      'thead',
      {},
      element('tr', {}, ...['Field', 'Before', 'After'].map((title) => element('th', { scope: 'col' }, title))),
    ),
    element(
      'tbody',
      {},
      ...fields.map(({ path, before, after }) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, path),
          element('td', { 'data-title': 'before' }, value('del', before)),
          element('td', { 'data-title': 'after' }, value('ins', after)),
        ),
      ),
    ),
  );
}

/**
 * @param {PageChange} change
 * @param {readonly PageFinding[]} findings about it
 * @param {(change: PageChange) => HTMLElement} view
 * @param {(id: string) => void} show
 */
function changeItem(change, findings, view, show) {
  const { type, object, formerly, fields } = change;
  const [field] = fields;
  const worst = findings.find(({ weight }) => weight !== 'info')?.weight;
  const line = [
    element('span', { class: 'type', title: type }, TYPE_MARKS[type]),
    element('span', { class: 'sr' }, `${type} `),
    element('span', { class: 'kind' }, object.kind),
    ' ',
    element(
      'span',
      { class: 'name' },
      formerly && formerly.name !== object.name ? `${formerly.name} → ${object.name}` : object.name,
    ),
    element(
      'span',
      { class: 'preview' },
      ...(field === undefined
        ? []
        : [
            element('span', { class: 'path' }, field.path),
            ' ',
            field.before === undefined ? null : element('del', {}, preview(field.before)),
            ' ',
            field.after === undefined ? null : element('ins', {}, preview(field.after)),
            fields.length > 1 ? element('span', { class: 'more' }, ` and ${fields.length - 1} more`) : null,
          ]),
    ),
    element(
      'span',
      { class: 'where' },
      worst === undefined ? null : element('span', { class: `severity ${worst}` }, SEVERITY_WORDS[worst]),
    ),
  ];
  return foldable(change.id, `change ${type}`, line, () => [
    findings.length === 0
      ? null
      : element(
          'ul',
          { class: 'about' },
          ...findings.map(({ id, weight, message }) =>
            element(
              'li',
              {},
              element(
                'button',
                { type: 'button', class: `severity ${weight}`, click: () => show(id) },
                SEVERITY_WORDS[weight],
              ),
              ' ',
              ...withCode(message),
            ),
          ),
        ),
    element('div', { class: 'view' }, view(change)),
    originList(change.source, change.places),
    element('p', { class: 'foot' }, linkTo(change.id)),
  ]);
}
