import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from '../../../review/model';
import type { YamlMap } from '../../../review/tree/object';
import type { Row } from '../../review/effects/table';
import { identityOf, type Item, type RowNamespace } from './row-namespace';

/** What a cluster shows of a rule; the others show that nothing else happens. */
const shows: Readonly<Record<string, string>> = {
  'immutable-field': 'refused',
  'template-not-selected': 'refused',
  'request-beyond-limit': 'refused',
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

/** How many pods the words of a review are about; of a DaemonSet one on every worker. */
const countIn = (text: string, workers: number): number => Number(/\d+/.exec(text)?.[0] ?? workers);

/** How many pods serve all the time while others are replaced, by the reason that a review gives. */
function keptReady({ reason, message }: Finding, workers: number): number {
  const kept = /keeps (\d+) of \d+ ready/.exec(reason)?.[1];
  if (kept !== undefined) return Number(kept);
  return reason.includes('Recreate') ? 0 : countIn(message, workers) - 1;
}

/** What findings of a review say a cluster will show. */
export function foretold(findings: readonly Finding[], workers: number): string[] {
  const facts = findings.flatMap((finding) => {
    const { rule, message } = finding;
    const count = countIn(message, workers);
    if (rule === 'pods-restart') return [`replaced: ${count}`, `ready all the time: ${keptReady(finding, workers)}`];
    if (rule === 'replicas-to-zero') return [`fewer pods: ${count}`];
    if (rule === 'replicas-change') return [`${message.includes('start') ? 'more' : 'fewer'} pods: ${count}`];
    if (rule === 'data-at-risk' && message.startsWith('its volume is deleted')) return ['volume gone'];
    return shows[rule] ?? [];
  });
  return [...new Set(facts)].sort();
}

const isReady = ({ metadata, status }: Item): boolean =>
  metadata.deletionTimestamp === undefined &&
  (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True');

/** A pod that will not start however long it is waited for. */
const isStuck = ({ status }: Item): boolean =>
  (status?.conditions ?? []).some(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable') ||
  (status?.containerStatuses ?? []).some(({ state }) => /^(?:Create|Err|Image)/.test(state.waiting?.reason ?? ''));

/** Pods that are not even made. */
const failsToMakePods = ({ status }: Item): boolean =>
  (status?.conditions ?? []).some(({ type, status: is }) => type === 'ReplicaFailure' && is === 'True');

const isObserved = ({ metadata, status }: Item): boolean => status?.observedGeneration === metadata.generation;

function isRolledOut(resource: string, item: Item): boolean {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, ...status } = item.status ?? {};
  if (!isObserved(item)) return false;
  if (resource === 'daemonsets') {
    const { desiredNumberScheduled: desired = 0, updatedNumberScheduled = 0, numberReady = 0 } = status;
    return numberReady === desired && (onDelete(item) || updatedNumberScheduled === desired);
  }
  return readyReplicas === replicas && (onDelete(item) || updatedReplicas === replicas);
}

const onDelete = ({ spec }: Item): boolean => spec.updateStrategy?.type === 'OnDelete';

interface Settled {
  readonly pods: readonly Item[];
  /** The least that there was at any time until then. */
  readonly fewestReady: number;
  readonly stuck: boolean;
}

const patienceMs = 180_000;
const quietMs = 2500;

/** Waits until rollouts have come to their end, or cannot come to one, and nothing has changed for a moment. */
async function settle(space: RowNamespace): Promise<Settled> {
  let [before, since, fewestReady] = ['', Date.now(), Number.POSITIVE_INFINITY];
  for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(250)) {
    const pods = await space.list('pods');
    fewestReady = Math.min(fewestReady, pods.filter(isReady).length);
    const now = JSON.stringify(pods.map((pod) => [pod.metadata, isReady(pod), isStuck(pod)]));
    if (now !== before) [before, since] = [now, Date.now()];
    if (Date.now() - since < quietMs) continue;
    if (pods.some((pod) => pod.metadata.deletionTimestamp !== undefined || !(isReady(pod) || isStuck(pod)))) continue;
    const stuck = pods.some(isStuck) || (await space.list('replicasets')).some(failsToMakePods);
    if (stuck || (await isAtRest(space))) return { pods, fewestReady, stuck };
  }
  throw new Error(`${space.name} did not come to rest within ${patienceMs / 1000} s: ${before}`);
}

async function isAtRest(space: RowNamespace): Promise<boolean> {
  for (const resource of ['deployments', 'statefulsets', 'daemonsets'] as const) {
    if (!(await space.list(resource)).every((item) => isRolledOut(resource, item))) return false;
  }
  return (await space.list('poddisruptionbudgets')).every(isObserved);
}

interface Look extends Settled {
  readonly grants: readonly string[];
  readonly volumes: readonly string[];
  readonly admitsAnyPod: boolean;
}

async function look(space: RowNamespace): Promise<Look> {
  return {
    ...(await settle(space)),
    grants: await space.grants(),
    volumes: (await space.list('persistentvolumeclaims')).flatMap(({ spec }) => spec.volumeName ?? []),
    admitsAnyPod: await space.admitsAnyPod(),
  };
}

const inCluster = (objects: readonly YamlMap[]): YamlMap[] =>
  objects.filter(({ apiVersion }) => !String(apiVersion).startsWith('argoproj.io/'));

const keyOf = (object: YamlMap): string => `${identityOf(object).kind}/${identityOf(object).name}`;

/** Applies the base and then the head of a row, and tells what the cluster made of it. */
export async function observed(row: Row, space: RowNamespace): Promise<string[]> {
  const [base, head] = [inCluster(row.base), inCluster(row.head)];
  for (const object of base) {
    if (!(await space.apply(object))) throw new Error(`${keyOf(object)} of the base is refused`);
  }
  const then = await look(space);
  if (then.stuck) throw new Error('pods of the base do not start');
  const taken: boolean[] = [];
  for (const object of head) taken.push(await space.apply(object));
  const left = base.filter((object) => !head.some((other) => keyOf(other) === keyOf(object)));
  for (const object of left) await space.prune(object);
  if (row.restart === true) await space.deletePod(then.pods[0]!.metadata.name);
  const now = await look(space);
  return (await factsOf({ then, now, left, refused: taken.includes(false) }, space)).sort();
}

interface Seen {
  readonly then: Look;
  readonly now: Look;
  /** What was pruned. */
  readonly left: readonly YamlMap[];
  readonly refused: boolean;
}

async function factsOf({ then, now, left, refused }: Seen, space: RowNamespace): Promise<string[]> {
  const uids = new Set(then.pods.map(({ metadata }) => metadata.uid));
  const kept = now.pods.filter(({ metadata }) => uids.has(metadata.uid)).length;
  const fresh = now.pods.filter((pod) => !uids.has(pod.metadata.uid) && isReady(pod)).length;
  const moved = left.some(({ kind }) => kind === 'Deployment');
  const replaced = moved ? 0 : Math.min(then.pods.length - kept, fresh);
  const more = now.pods.length - then.pods.length;
  const settledNumbers = !now.stuck && !moved;
  const facts: [boolean, string][] = [
    [refused, 'refused'],
    [replaced > 0, `replaced: ${replaced}`],
    [replaced > 0, `ready all the time: ${now.fewestReady}`],
    [more > 0 && settledNumbers, `more pods: ${more}`],
    [more < 0 && settledNumbers, `fewer pods: ${-more}`],
    [await unanswered(space, now.pods), 'unanswered'],
    [now.stuck, 'stuck'],
    [await blocked(space, now.pods), 'not evictable'],
    [(await space.list('poddisruptionbudgets')).some(({ status }) => status?.expectedPods === 0), 'unprotected'],
    [now.admitsAnyPod && !then.admitsAnyPod, 'admits more'],
    [now.grants.some((grant) => !then.grants.includes(grant)), 'grants more'],
    [left.length > 0, 'gone'],
    [await lost(then.volumes, now.volumes, space), 'volume gone'],
  ];
  return facts.filter(([seen]) => seen).map(([, fact]) => fact);
}

/** A Service that sends requests to no pod though there are pods that serve. */
async function unanswered(space: RowNamespace, pods: readonly Item[]): Promise<boolean> {
  if (!pods.some(isReady)) return false;
  const slices = await space.list('endpointslices');
  return (await space.list('services')).some(
    ({ metadata }) =>
      !slices
        .filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name)
        .some(
          ({ endpoints, ports }) =>
            (ports ?? []).length > 0 && (endpoints ?? []).some(({ conditions }) => conditions.ready === true),
        ),
  );
}

async function blocked(space: RowNamespace, pods: readonly Item[]): Promise<boolean> {
  const budgets = await space.list('poddisruptionbudgets');
  const protects = budgets.some(({ status }) => (status?.expectedPods ?? 0) > 0);
  return protects && pods.length > 0 && !(await space.evictable(pods[0]!.metadata.name));
}

/** Whether a volume went with its claim, which its provisioner may take a while to do. */
async function lost(then: readonly string[], now: readonly string[], space: RowNamespace): Promise<boolean> {
  const released = then.filter((volume) => !now.includes(volume));
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const there = await Promise.all(released.map((volume) => space.exists(`/api/v1/persistentvolumes/${volume}`)));
    if (!there.every(Boolean)) return true;
    if (released.length === 0) return false;
    await sleep(1000);
  }
  return false;
}
