const SELECTS = /** @type {const} */ (['environment', 'kind']);
const CHIPS = /** @type {const} */ ([
  ['severities', ['error', 'warning', 'info']],
  ['types', ['changed', 'added', 'removed', 'renamed']],
]);

/**
 * Fills the bar with which the reader chooses what is shown.
 *
 * @param {PageData} page
 * @param {(edit: (filter: Filter) => void) => void} change applies what the reader chose
 */
function makeControls(page, change) {
  const values = { environment: page.environments, kind: page.kinds };
  for (const id of SELECTS) {
    const all = element('option', { value: '' }, `All ${id}s`);
    byId(id).append(all, ...values[id].map((value) => element('option', { value }, value)));
    byId(id).hidden = values[id].length < 2;
  }
  for (const id of /** @type {const} */ (['search', ...SELECTS])) {
    byId(id).addEventListener('input', (event) => {
      const { value } = /** @type {HTMLInputElement} */ (event.target);
      change((filter) => (filter[id] = value));
    });
  }
  const count = (/** @type {string} */ value) =>
    page.findings.filter(({ weight }) => weight === value).length +
    page.changes.filter(({ type }) => type === value).reduce((sum, { places }) => sum + places.length, 0);
  for (const [group, members] of CHIPS) {
    byId(group).append(
      ...members
        .map((value) => ({ value, number: count(value) }))
        .filter(({ number }) => number > 0)
        .map(({ value, number }) =>
          element(
            'button',
            {
              type: 'button',
              class: `chip ${value}`,
              'data-value': value,
              click: () => change((filter) => toggleIn(filter[group], value)),
            },
            `${value} `,
            element('b', {}, number.toLocaleString('en')),
          ),
        ),
    );
  }
  byId('filters').addEventListener('submit', (event) => event.preventDefault());
}

/** @param {Set<string>} chosen @param {string} value */
function toggleIn(chosen, value) {
  if (!chosen.delete(value)) chosen.add(value);
}

/**
 * Shows what is chosen, wherever it was chosen: here, by a key or by the address.
 *
 * @param {Filter} filter
 * @param {string} view
 */
function showControls(filter, view) {
  const search = /** @type {HTMLInputElement} */ (byId('search'));
  // writing what stands there already would move the caret
  if (search.value !== filter.search) search.value = filter.search;
  for (const id of SELECTS) /** @type {HTMLSelectElement} */ (byId(id)).value = filter[id];
  for (const [group] of CHIPS) {
    for (const chip of byId(group).children) {
      chip.setAttribute('aria-pressed', String(filter[group].has(chip.getAttribute('data-value') ?? '')));
    }
  }
  for (const name of ['fields', 'object']) byId(`view-${name}`).setAttribute('aria-pressed', String(view === name));
  byId('clear').hidden = isEmpty(filter);
}
