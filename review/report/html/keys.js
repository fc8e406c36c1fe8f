/** Keys of the page, with what they do, as the help shows them. */
const KEYS = /** @type {const} */ ([
  ['/', 'search'],
  ['j', 'next entry'],
  ['k', 'previous entry'],
  ['Enter', 'open or close the entry'],
  ['x', 'open or close everything that is shown'],
  ['1 2 3', 'errors, warnings, info only'],
  ['v', 'fields, or side by side'],
  ['c', 'clear all filters'],
  ['t', 'light or dark'],
  ['?', 'this help'],
  ['Esc', 'leave the search'],
]);

/** Opening more at once would take longer than anybody waits. */
const OPENED_AT_ONCE = 200;

/** @returns {HTMLDetailsElement[]} the entries that the filter shows, in the order of the page */
const shownItems = () =>
  [...document.querySelectorAll('details.item:not([hidden])')].map((item) => /** @type {HTMLDetailsElement} */ (item));

/** @param {number} step */
function moveFocus(step) {
  const items = shownItems();
  const at = items.findIndex((item) => item.contains(document.activeElement));
  const next =
    items[at === -1 ? (step > 0 ? 0 : items.length - 1) : Math.min(items.length - 1, Math.max(0, at + step))];
  const line = next?.querySelector('summary');
  line?.focus({ preventScroll: true });
  line?.scrollIntoView({ block: 'nearest' });
}

function toggleAll() {
  const items = shownItems().slice(0, OPENED_AT_ONCE);
  const open = items.some((item) => !item.open);
  for (const item of items) {
    if (open) openItem(item);
    else item.open = false;
  }
}

/** @param {Record<string, () => void>} actions what belongs to the filter */
function listenToKeys(actions) {
  const search = /** @type {HTMLInputElement} */ (byId('search'));
  const help = /** @type {HTMLDialogElement} */ (byId('help'));
  byId('keys').append(
    ...KEYS.flatMap(([keys, meaning]) => [
      element('dt', {}, ...keys.split(' ').map((key) => element('kbd', {}, key))),
      element('dd', {}, meaning),
    ]),
  );
  byId('help-open').addEventListener('click', () => help.showModal());
  /** @type {Record<string, () => void>} */
  const keys = {
    '/': () => search.focus(),
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
    x: toggleAll,
    '?': () => help.showModal(),
    ...actions,
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const inside = event.target instanceof Element && event.target.closest('input, select, textarea') !== null;
    if (inside) {
      if (event.key === 'Escape') /** @type {HTMLElement} */ (event.target).blur();
      return;
    }
    const action = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}
