/**
 * @typedef {object} Filter
 * @property {string} search words that all must occur
 * @property {string} environment empty for all
 * @property {string} kind empty for all
 * @property {Set<string>} severities empty for all
 * @property {Set<string>} types of changes; empty for all
 */

/** @returns {Filter} */
function emptyFilter() {
  return { search: '', environment: '', kind: '', severities: new Set(), types: new Set() };
}

/** @param {Filter} filter */
function isEmpty({ search, environment, kind, severities, types }) {
  return search === '' && environment === '' && kind === '' && severities.size + types.size === 0;
}

/** Values longer than this are searched by their beginning. */
const SEARCHED_VALUE = 400;

/** @type {WeakMap<object, string>} */
const texts = new WeakMap();

/**
 * What a search looks through.
 *
 * @param {PageChange | PageFinding} item
 */
function textOf(item) {
  let text = texts.get(item);
  if (text === undefined) {
    const { object, source, places } = item;
    const own =
      'fields' in item
        ? [
            item.type,
            item.formerly?.name,
            ...item.fields.flatMap(({ path, before = '', after = '' }) => [
              path,
              before.slice(0, SEARCHED_VALUE),
              after.slice(0, SEARCHED_VALUE),
            ]),
          ]
        : [
            item.rule,
            item.category,
            item.message,
            item.reason,
            item.repair,
            item.exception?.reason,
            item.exception?.by,
          ];
    const shared = [object?.kind, object?.name, object?.namespace, source?.catalog, source?.construct];
    text = [...own, ...shared, ...places.map(({ file }) => file)].join('\n').toLowerCase();
    texts.set(item, text);
  }
  return text;
}

/**
 * @param {Filter} filter
 * @param {PageData} page
 */
function matcher(filter, page) {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const shared = (/** @type {PageChange | PageFinding} */ item) =>
    (filter.environment === '' || item.environments.includes(filter.environment)) &&
    (filter.kind === '' || item.object?.kind === filter.kind) &&
    words.every((word) => textOf(item).includes(word));
  return {
    finding: (/** @type {PageFinding} */ item) =>
      (filter.severities.size === 0 || filter.severities.has(item.weight)) &&
      (filter.types.size === 0 ||
        item.changes.some((position) => filter.types.has(page.changes[position]?.type ?? ''))) &&
      shared(item),
    change: (/** @type {PageChange} */ item) =>
      (filter.severities.size === 0 ||
        item.findings.some((position) => filter.severities.has(page.findings[position]?.weight ?? ''))) &&
      (filter.types.size === 0 || filter.types.has(item.type)) &&
      shared(item),
  };
}

/**
 * The filter and the open entry in the address of the page, so that they can be sent to somebody.
 *
 * @param {Filter} filter
 * @param {string} open
 */
function toHash({ search, environment, kind, severities, types }, open) {
  const parts = { search, environment, kind, severity: [...severities].join(','), type: [...types].join(','), open };
  const entries = Object.entries(parts).filter(([, value]) => value !== '');
  return entries.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
}

/**
 * @param {string} hash
 * @returns {{ filter: Filter, open: string }}
 */
function fromHash(hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, '').replaceAll('+', '%2B'));
  const list = (/** @type {string} */ key) => new Set((parts.get(key) ?? '').split(',').filter(Boolean));
  return {
    filter: {
      search: parts.get('search') ?? '',
      environment: parts.get('environment') ?? '',
      kind: parts.get('kind') ?? '',
      severities: list('severity'),
      types: list('type'),
    },
    open: parts.get('open') ?? '',
  };
}
