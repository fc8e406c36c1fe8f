/**
 * How many changes and findings each environment has; each line filters by it.
 *
 * @param {PageData} page
 * @param {(environment: string, severity: string) => void} choose
 */
function overviewTable({ environments, changes, findings }, choose) {
  const columns = /** @type {const} */ ([
    ['error', 'Errors'],
    ['warning', 'Warnings'],
    ['info', 'Info'],
  ]);
  const row = (/** @type {string} */ environment) => {
    const own = findings.filter((finding) => finding.environments.includes(environment));
    const count = (/** @type {string} */ severity) => own.filter(({ weight }) => weight === severity).length;
    const cell = (/** @type {number} */ number, /** @type {string} */ severity, /** @type {string} */ title) =>
      element(
        'td',
        { class: number === 0 ? 'zero' : severity },
        number === 0
          ? '0'
          : element(
              'button',
              {
                type: 'button',
                'aria-label': `${title} in ${environment}: ${number}`,
                click: () => choose(environment, severity),
              },
              number.toLocaleString('en'),
            ),
      );
    const changed = changes.filter((change) => change.environments.includes(environment)).length;
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, environment),
      cell(changed, '', 'Changes'),
      ...columns.map(([severity, title]) => cell(count(severity), severity, title)),
    );
  };
  return element(
    'table',
    { class: 'overview' },
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        ...['Environment', 'Changes', ...columns.map(([, title]) => title)].map((title) =>
          element('th', { scope: 'col' }, title),
        ),
      ),
    ),
    element('tbody', {}, ...environments.map(row)),
  );
}

/** @param {PageData['policies']} policies */
function policyTable(policies) {
  const failing = policies.filter(({ findings }) => findings > 0).length;
  const title =
    failing === 0
      ? `${counted(policies.length, 'policy').replace(/policys$/, 'policies')} evaluated, none broken`
      : `${failing} of ${policies.length} policies broken`;
  return element(
    'details',
    {},
    element('summary', {}, title),
    element(
      'table',
      {},
      element(
        'thead',
        {},
        element('tr', {}, ...['Policy', 'Objects', 'Findings'].map((name) => element('th', { scope: 'col' }, name))),
      ),
      element(
        'tbody',
        {},
        ...policies.map(({ name, objects, findings }) =>
          element(
            'tr',
            {},
            element('th', { scope: 'row' }, name),
            element('td', {}, objects.toLocaleString('en')),
            element('td', { class: findings > 0 ? 'warning' : 'zero' }, String(findings)),
          ),
        ),
      ),
    ),
  );
}

/** @param {PageData} page */
function sidesOf({ base, head }) {
  const side = (/** @type {PageData['base']} */ { name, commit }) => [
    element('code', {}, name),
    commit === undefined || commit.startsWith(name) ? null : ` ${commit.slice(0, 7)}`,
  ];
  return [
    ...side(base),
    element('span', { class: 'sr' }, ' to '),
    element('span', { class: 'to', 'aria-hidden': 'true' }, ' → '),
    ...side(head),
  ];
}
