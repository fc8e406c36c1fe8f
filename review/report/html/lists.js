/** Entries that are made in one go, before the page is shown and between two frames after that. */
const MADE_AT_ONCE = 150;

/**
 * The entries of the page. They are made in slices, so that a large review is shown as fast as a small one.
 *
 * @param {PageData} page
 * @param {{ change: (change: PageChange) => HTMLElement, show: (id: string) => void }} options the object or fields of
 *   a change, and what happens where an entry points to another one
 */
function createLists({ findings, changes }, { change: view, show }) {
  /** @type {Map<string, HTMLDetailsElement>} */
  const made = new Map();
  /** @type {Set<string> | undefined} */
  let shown;
  /** @type {HTMLElement | undefined} */
  let group;
  let groupTitle = '';
  const add = (/** @type {HTMLElement} */ list, /** @type {HTMLDetailsElement} */ item, /** @type {string} */ id) => {
    item.hidden = shown !== undefined && !shown.has(id);
    made.set(id, item);
    list.append(item);
  };
  const groupOf = (/** @type {PageChange} */ { environments, services }) => {
    const title = [environments.join(', '), services.join(', ')].filter(Boolean).join(' · ');
    if (group === undefined || groupTitle !== title) {
      groupTitle = title;
      group = element('section', { class: 'group' }, element('h3', {}, title), element('div', { class: 'list' }));
      byId('change-list').append(group);
    }
    return /** @type {HTMLElement} */ (group.lastElementChild);
  };
  /** What is still to be made, in the order of the page. */
  const waiting = [
    ...findings.map((finding) => () => {
      const item = findingItem(finding, (position) => show(changes[position]?.id ?? ''));
      add(byId('finding-list'), item, finding.id);
    }),
    ...changes.map((change) => () => {
      const about = change.findings.flatMap((position) => findings[position] ?? []);
      add(groupOf(change), changeItem(change, about, view, show), change.id);
    }),
  ];
  const hideGroups = () => {
    for (const section of document.querySelectorAll('.group')) {
      /** @type {HTMLElement} */ (section).hidden = section.querySelector('.item:not([hidden])') === null;
    }
  };
  const make = (/** @type {number} */ count) => {
    for (const next of waiting.splice(0, count)) next();
    hideGroups();
  };
  const goOn = () => {
    make(MADE_AT_ONCE);
    if (waiting.length > 0) requestAnimationFrame(goOn);
  };
  return {
    start: goOn,
    makeAll: () => make(waiting.length),
    get: (/** @type {string} */ id) => made.get(id),
    /** Shows these entries only. */
    filter: (/** @type {Set<string>} */ ids) => {
      shown = ids;
      for (const [id, item] of made) item.hidden = !ids.has(id);
      hideGroups();
    },
    /** Makes the objects or fields of all changes anew. */
    renew: () => {
      for (const change of changes) made.get(change.id)?.querySelector('.view')?.replaceChildren(view(change));
    },
  };
}
