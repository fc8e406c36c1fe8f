/** Below this width two columns of YAML cannot be read. */
const WIDE = window.matchMedia('(min-width: 56rem)');

/** @type {PageData} */
const page = JSON.parse(byId('data').textContent ?? '');
let { filter, open: opened } = fromHash(location.hash);
let view = 'fields';

const lists = createLists(page, {
  change: (change) =>
    view === 'fields' && change.fields.length > 0 ? fieldTable(change.fields) : objectView(change, WIDE.matches),
  show,
});

/** Shows what matches the filter, and says how much of everything that is. */
function applyFilter() {
  const matches = matcher(filter, page);
  const [findings, changes] = [page.findings.filter(matches.finding), page.changes.filter(matches.change)];
  lists.filter(new Set([...findings, ...changes].map(({ id }) => id)));
  const nothing = (/** @type {'findings' | 'changes'} */ what, /** @type {number} */ shown) => {
    byId(`no-${what}`).hidden = shown > 0;
    byId(`no-${what}`).textContent = page[what].length === 0 ? `No ${what}.` : `No ${what} match the filter.`;
  };
  nothing('findings', findings.length);
  nothing('changes', changes.length);
  byId('shown').textContent = isEmpty(filter)
    ? ''
    : `${findings.length} of ${counted(page.findings.length, 'finding')}, ${changes.length} of ${counted(page.changes.length, 'change')}`;
  showControls(filter, view);
  remember();
}

/** The address of the page always leads to what is shown now. */
function remember() {
  history.replaceState(null, '', `#${toHash(filter, opened)}`);
}

/** @param {(filter: Filter) => void} edit */
function changeFilter(edit) {
  edit(filter);
  applyFilter();
}

function clearFilter() {
  filter = emptyFilter();
  applyFilter();
}

/**
 * Opens an entry and goes to it, also where the filter hides it.
 *
 * @param {string} id
 */
function show(id) {
  lists.makeAll();
  const item = lists.get(id);
  if (item === undefined) return;
  opened = id;
  if (item.hidden) clearFilter();
  else remember();
  openItem(item);
  item.scrollIntoView({ block: 'start' });
  item.querySelector('summary')?.focus({ preventScroll: true });
}

/** @param {string} name */
function setView(name) {
  view = name;
  lists.renew();
  showControls(filter, view);
}

/** A printed page cannot be opened: everything that is shown is printed open. */
function preparePrint() {
  /** @type {HTMLDetailsElement[]} */
  let printed = [];
  window.addEventListener('beforeprint', () => {
    lists.makeAll();
    printed = shownItems().filter((item) => !item.open);
    printed.forEach(openItem);
  });
  window.addEventListener('afterprint', () => {
    for (const item of printed) item.open = false;
  });
}

function fillPage() {
  byId('sides').append(...sidesOf(page).filter((child) => child !== null));
  if (page.environments.length > 0) {
    const table = overviewTable(page, (environment, severity) => {
      filter = { ...emptyFilter(), environment, severities: new Set(severity === '' ? [] : [severity]) };
      applyFilter();
      byId(severity === '' ? 'changes' : 'findings').scrollIntoView();
    });
    byId('overview').append(table);
  }
  if (page.policies.length > 0) byId('policy-list').append(policyTable(page.policies));
  byId('policies').hidden = page.policies.length === 0;
  byId('filters').hidden = page.changes.length + page.findings.length === 0;
  byId('findings').hidden = false;
  byId('changes').hidden = false;
}

function listen() {
  byId('clear').addEventListener('click', clearFilter);
  byId('view-fields').addEventListener('click', () => setView('fields'));
  byId('view-object').addEventListener('click', () => setView('object'));
  WIDE.addEventListener('change', lists.renew);
  window.addEventListener('hashchange', () => {
    ({ filter, open: opened } = fromHash(location.hash));
    applyFilter();
    if (opened !== '') show(opened);
  });
  const severity = (/** @type {string} */ value) => () => changeFilter(({ severities }) => toggleIn(severities, value));
  listenToKeys({
    t: switchTheme,
    c: clearFilter,
    v: () => setView(view === 'fields' ? 'object' : 'fields'),
    1: severity('error'),
    2: severity('warning'),
    3: severity('info'),
  });
}

startTheme();
fillPage();
makeControls(page, changeFilter);
applyFilter();
lists.start();
if (opened !== '') show(opened);
listen();
preparePrint();
