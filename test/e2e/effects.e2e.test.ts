import { compose } from '../../review/review';
import { placed } from '../review/effects/objects';
import { facts, table } from '../review/effects/table';
import { treesOf } from '../review/trees';
import { effectsCluster, type EffectsCluster } from './support/effects-cluster';
import { foretold, observed } from './support/effects-seen';
import { RowNamespace } from './support/row-namespace';

/*
 * Every row of the table of effects, on a cluster with nodes: the base is applied and then the head, as Argo CD would do
 * it, and what is seen must be what the review foretells, no more and no less. Rows are tried side by side, each in a
 * namespace of its own.
 */
const rows = table.filter(({ unseen }) => unseen === undefined);

let cluster: EffectsCluster;

beforeAll(async () => {
  cluster = await effectsCluster();
}, 3_600_000);

afterAll(async () => {
  await cluster?.stop();
}, 300_000);

test('there are enough changes to try', () => {
  expect(rows.length).toBeGreaterThanOrEqual(25);
});

test.concurrent.each(rows.map((row, index) => [row.name, index, row] as const))(
  'a cluster shows what a review foretells when %s',
  async (_name, index, row) => {
    const space = await RowNamespace.create(cluster.server, `row-${index}`, cluster.image);
    try {
      const { findings } = compose(treesOf(placed(row.base), placed(row.head)), { facts });
      expect(await observed(row, space)).toEqual(foretold(findings, cluster.workers));
    } finally {
      await space.remove();
    }
  },
);
