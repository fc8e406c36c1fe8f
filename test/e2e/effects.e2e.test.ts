import { setTimeout as sleep } from 'node:timers/promises';
import type { YamlMap } from '../../review/tree/object';
import { table, type Row } from '../review/effects/table';
import { heldImage, RowNamespace, type Item } from './support/effects-cluster';

/*
 * Every row of the table of effects, on a cluster with nodes: what is applied is the base and then the head, as Argo CD
 * would do it, and what is seen must be what the review foretells, no more and no less. Any kind cluster will do:
 * SLIPWAY_E2E_KUBECONFIG=<file> npx jest --config jest.e2e.config.js --testMatch '**\/effects.e2e.test.ts'
 */
const kubeconfig = process.env['SLIPWAY_E2E_KUBECONFIG'];
const rows = table.filter(({ unseen }) => unseen === undefined);

/** What a cluster shows of a rule; the others show that nothing else happens. */
const shows: Readonly<Record<string, string>> = {
  'immutable-field': 'refused',
  'template-not-selected': 'refused',
  'request-beyond-limit': 'refused',
  'pods-restart': 'replaced',
  'replicas-to-zero': 'fewer pods',
  'selector-matches-nothing': 'unanswered',
  'port-matches-nothing': 'unanswered',
  'dangling-reference': 'stuck',
  'refused-by-pod-security': 'stuck',
  'no-node-for-pods': 'stuck',
  'pod-fits-no-node': 'stuck',
  'budget-blocks-drain': 'not evictable',
  'budget-protects-nothing': 'unprotected',
  'weaker-pod-security': 'admits more',
  'wider-permissions': 'grants more',
  'object-pruned': 'gone',
};

function foretold({ effects }: Row): string[] {
  const facts = effects.flatMap((effect) => {
    const [, rule, message] = /^\w+ ([\w-]+): (.*)$/.exec(effect) as unknown as [string, string, string];
    if (rule === 'replicas-change') return [message.includes('start') ? 'more pods' : 'fewer pods'];
    if (rule === 'data-at-risk' && message.startsWith('its volume is deleted')) return ['volume gone'];
    return shows[rule] ?? [];
  });
  return [...new Set(facts)].sort();
}

const inCluster = (objects: readonly YamlMap[]): YamlMap[] =>
  objects.filter(({ apiVersion }) => !String(apiVersion).startsWith('argoproj.io/'));
const identity = (object: YamlMap): string =>
  `${String(object['kind']).toLowerCase()}/${(object['metadata'] as { name: string }).name}`;
const ready = (pod: Item): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

interface Look {
  readonly pods: readonly Item[];
  readonly grants: string;
  readonly volumes: readonly string[];
  readonly privileged: boolean;
}

/** Waits until nothing changes any more, for rollouts that end and for those that never do. */
async function settle(space: RowNamespace): Promise<readonly Item[]> {
  let before = '';
  for (let quiet = 0, round = 0; quiet < 5 && round < 60; round += 1) {
    const pods = space.list('pods');
    const now = JSON.stringify(pods.map((pod) => [pod.metadata.name, ready(pod), pod.metadata.deletionTimestamp]));
    quiet = now === before && pods.every(({ metadata }) => metadata.deletionTimestamp === undefined) ? quiet + 1 : 0;
    before = now;
    await sleep(1000);
  }
  return space.list('pods');
}

async function look(space: RowNamespace): Promise<Look> {
  const probe = ['run', 'probe', '--image=probe', '--dry-run=server', '--namespace', space.name];
  return {
    pods: await settle(space),
    grants: space.succeeds('get', 'serviceaccount', 'reader', '--namespace', space.name)
      ? space.kubectl(
          'auth',
          'can-i',
          '--list',
          '--namespace',
          space.name,
          `--as=system:serviceaccount:${space.name}:reader`,
        )
      : '',
    volumes: space
      .list('persistentvolumeclaims')
      .flatMap(({ spec }) => (spec?.['volumeName'] as string | undefined) ?? []),
    privileged: space.succeeds(...probe),
  };
}

function unanswered(space: RowNamespace): boolean {
  const slices = space.list('endpointslices');
  return space
    .list('services')
    .some(
      () =>
        !slices.some(
          ({ endpoints = [], ports }) =>
            (ports ?? []).length > 0 && endpoints.some(({ conditions }) => conditions.ready),
        ),
    );
}

async function observed(row: Row, space: RowNamespace): Promise<string[]> {
  const [base, head] = [inCluster(row.base), inCluster(row.head)];
  expect(base.filter((object) => !space.apply(object)).map(identity)).toEqual([]);
  const then = await look(space);
  const taken = head.map((object) => space.apply(object));
  const left = base.filter((object) => !head.some((other) => identity(other) === identity(object)));
  for (const object of left)
    space.kubectl('delete', identity(object), '--namespace', space.name, '--wait=true', '--timeout=60s');
  if (row.restart === true) space.kubectl('delete', 'pod', then.pods[0]!.metadata.name, '--namespace', space.name);
  const now = await look(space);
  const uids = new Set(then.pods.map(({ metadata }) => metadata.uid));
  const workloads = now.pods.filter(ready).length;
  const kept = now.pods.filter(({ metadata }) => uids.has(metadata.uid)).length;
  const stuck = now.pods.some((pod) => !ready(pod)) || failedCreate(space);
  const facts: [boolean, string][] = [
    [taken.includes(false), 'refused'],
    [
      then.pods.length > 0 && workloads > 0 && kept === 0 && left.every((object) => object['kind'] !== 'Deployment'),
      'replaced',
    ],
    [now.pods.length > then.pods.length && !stuck, 'more pods'],
    [workloads < then.pods.length && !stuck && left.length === 0, 'fewer pods'],
    [space.list('services').length > 0 && workloads > 0 && unanswered(space), 'unanswered'],
    [stuck, 'stuck'],
    [blocked(space, now.pods), 'not evictable'],
    [space.list('poddisruptionbudgets').some(({ status }) => status?.expectedPods === 0), 'unprotected'],
    [now.privileged && !then.privileged, 'admits more'],
    [now.grants.length > then.grants.length, 'grants more'],
    [
      left.length > 0 && left.every((object) => !space.succeeds('get', identity(object), '--namespace', space.name)),
      'gone',
    ],
    [then.volumes.some((volume) => !space.succeeds('get', 'persistentvolume', volume)), 'volume gone'],
  ];
  return facts
    .filter(([seen]) => seen)
    .map(([, fact]) => fact)
    .sort();
}

/** Pods that are not even made. */
function failedCreate(space: RowNamespace): boolean {
  return space
    .list('replicasets')
    .some(({ status }) => status?.conditions?.some(({ type }) => type === 'ReplicaFailure') === true);
}

function blocked(space: RowNamespace, pods: readonly Item[]): boolean {
  const budgets = space.list('poddisruptionbudgets').filter(({ status }) => (status?.expectedPods ?? 0) > 0);
  return budgets.length > 0 && pods.length > 0 && !space.evictable(pods[0]!.metadata.name);
}

(kubeconfig === undefined ? describe.skip : describe)('a cluster shows what a review foretells when', () => {
  const image = kubeconfig === undefined ? '' : heldImage(kubeconfig);
  test.each(rows.map((row, index) => [row.name, index, row] as const))('%s', async (_name, index, row) => {
    const space = new RowNamespace(kubeconfig!, `row-${index}`, image);
    const own = [...row.base, ...row.head].some(({ kind }) => kind === 'Namespace');
    if (!own) space.kubectl('create', 'namespace', space.name);
    try {
      expect(await observed(row, space)).toEqual(foretold(row));
    } finally {
      space.remove();
    }
  });
});
