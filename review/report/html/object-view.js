/** Unchanged lines that stay visible around a change. */
const CONTEXT = 3;
/** Fewer unchanged lines than these are not worth folding. */
const FOLDED = 4;

/**
 * A line of YAML with its key set off.
 *
 * @param {string} text
 * @returns {Child[]}
 */
function yamlLine(text) {
  const [, indent = '', key = '', rest = ''] = /^(\s*(?:- )*)([\w./"-]+:)(.*)$/.exec(text) ?? [];
  return key === '' ? [text] : [indent, element('span', { class: 'key' }, key), rest];
}

/**
 * A line of one side, with what differs from the other side marked.
 *
 * @param {string | undefined} text
 * @param {string | undefined} other
 * @param {'del' | 'ins'} mark
 * @returns {Child[]}
 */
function markedLine(text, other, mark) {
  if (text === undefined) return [];
  if (other === undefined) return yamlLine(text);
  const { start, end } = differingPart(text, other);
  const stop = text.length - end;
  return [text.slice(0, start), start < stop && element(mark, {}, text.slice(start, stop)), text.slice(stop)];
}

/**
 * @param {number | undefined} line
 * @param {string} side
 */
const lineNumber = (line, side) =>
  element('td', { class: `number ${side}` }, line === undefined ? '' : String(line + 1));

/**
 * @param {DiffRow} row
 * @param {readonly string[]} before
 * @param {readonly string[]} after
 * @returns {HTMLTableRowElement[]}
 */
function splitRow({ kind, left, right }, before, after) {
  const [one, other] = [left === undefined ? undefined : before[left], right === undefined ? undefined : after[right]];
  const cell = (/** @type {string} */ side, /** @type {boolean} */ has, /** @type {Child[]} */ content) =>
    element('td', { class: kind === 'same' ? 'line' : `line ${has ? side : 'none'}` }, ...content);
  const same = kind === 'same' && one !== undefined;
  return [
    element(
      'tr',
      {},
      lineNumber(left, 'old'),
      cell('removed', one !== undefined, same ? yamlLine(one) : markedLine(one, other, 'del')),
      lineNumber(right, 'new'),
      cell('added', other !== undefined, same ? yamlLine(one) : markedLine(other, one, 'ins')),
    ),
  ];
}

/**
 * @param {DiffRow} row
 * @param {readonly string[]} before
 * @param {readonly string[]} after
 * @returns {HTMLTableRowElement[]}
 */
function unifiedRow({ kind, left, right }, before, after) {
  const [one, other] = [left === undefined ? undefined : before[left], right === undefined ? undefined : after[right]];
  const numbers = [lineNumber(left, 'old'), lineNumber(right, 'new')];
  if (kind === 'same' && one !== undefined) {
    return [element('tr', {}, ...numbers, element('td', { class: 'line' }, ...yamlLine(one)))];
  }
  const row = (/** @type {'removed' | 'added'} */ side, /** @type {Child[]} */ content) =>
    element(
      'tr',
      {},
      lineNumber(side === 'removed' ? left : undefined, 'old'),
      lineNumber(side === 'added' ? right : undefined, 'new'),
      element('td', { class: `line ${side}` }, ...content),
    );
  return [
    ...(one === undefined ? [] : [row('removed', markedLine(one, other, 'del'))]),
    ...(other === undefined ? [] : [row('added', markedLine(other, one, 'ins'))]),
  ];
}

/**
 * Which rows are shown at first: those that differ, and some around them.
 *
 * @param {readonly DiffRow[]} rows
 * @returns {boolean[]}
 */
function shownRows(rows) {
  const shown = rows.map(() => false);
  rows.forEach(({ kind }, index) => {
    if (kind !== 'same') shown.fill(true, Math.max(0, index - CONTEXT), index + CONTEXT + 1);
  });
  for (let start = 0; start < shown.length; start += 1) {
    let end = start;
    while (end < shown.length && !shown[end]) end += 1;
    if (end > start && end - start < FOLDED) shown.fill(true, start, end);
    start = Math.max(start, end);
  }
  return shown;
}

/**
 * An object before and after: beside each other where there is room, else one below the other. Unchanged stretches
 * are folded.
 *
 * @param {PageChange} change
 * @param {boolean} split
 * @returns {HTMLElement}
 */
function objectView({ before = '', after = '', type }, split) {
  const lines = (/** @type {string} */ text) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
  const [old, now] = [lines(before), lines(after)];
  const rows = diffLines(old, now);
  const shown = shownRows(rows);
  const wide = split && (type === 'changed' || type === 'renamed');
  const make = (/** @type {DiffRow} */ row) => (wide ? splitRow(row, old, now) : unifiedRow(row, old, now));
  const body = element('tbody');
  for (let start = 0; start < rows.length; start += 1) {
    if (shown[start]) {
      body.append(...make(/** @type {DiffRow} */ (rows[start])));
      continue;
    }
    let end = start;
    while (end < rows.length && !shown[end]) end += 1;
    const folded = rows.slice(start, end);
    const unfold = element('button', { type: 'button' }, `${folded.length} unchanged lines`);
    const row = element('tr', { class: 'folded' }, element('td', { colspan: wide ? '4' : '3' }, unfold));
    unfold.addEventListener('click', () => row.replaceWith(...folded.flatMap(make)));
    body.append(row);
    start = end - 1;
  }
  const caption = element('caption', {}, wide ? 'Before on the left, after on the right' : 'Before and after');
  const columns = (wide ? ['number', '', 'number', ''] : ['number', 'number', '']).map((name) =>
    element('col', { class: name }),
  );
  return element(
    'div',
    { class: 'scroll' },
    element(
      'table',
      { class: `diff ${wide ? 'split' : 'unified'}` },
      caption,
      element('colgroup', {}, ...columns),
      body,
    ),
  );
}
