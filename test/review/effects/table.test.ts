import { compose } from '../../../review/review';
import { treesOf } from '../trees';
import { placed } from './objects';
import { facts, table } from './table';

describe('a review foretells what happens when', () => {
  test.each(table.map((row) => [row.name, row] as const))('%s', (_name, { base, head, effects }) => {
    const { findings } = compose(treesOf(placed(base), placed(head)), { facts });
    expect(findings.map(({ severity, rule, message }) => `${severity} ${rule}: ${message}`)).toEqual(effects);
    // whatever is dangerous says how to mend it
    for (const { severity, repair } of findings) if (severity !== 'info') expect(repair).toBeDefined();
  });
});

test('nothing happens when nothing changes', () => {
  for (const { base } of table) {
    expect(compose(treesOf(placed(base), placed(base)), { facts }).findings).toEqual([]);
  }
});

test('names of rows are their own', () => {
  expect(new Set(table.map(({ name }) => name)).size).toBe(table.length);
});
