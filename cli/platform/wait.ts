import { setTimeout as sleep } from 'node:timers/promises';
import { furtherClusters, policiesApplication } from '../../apps/derived';
import type { Catalog } from '../../apps/model';
import { UserError } from '../../core/errors';
import type { Step } from '../../core/progress';
import { judge, looksAtDelivery, type Application, type Verdict } from './applications';
import type { Kubectl } from './kubectl';
import { podFault, type Pod, type PodEvent } from './pod-faults';

/** What one Application is expected to deploy. */
export interface Expectation {
  /** Name of the Application. */
  readonly application: string;
  /** As people call it: `service-a in developer`. */
  readonly what: string;
  readonly namespace: string;
  /** The cluster that it is deployed to, as the catalog calls it. @default the one with Argo CD */
  readonly cluster?: string;
  /** Pods of this service tell why it is not healthy. @default all of the namespace */
  readonly service?: string;
}

/** The one Application that Pulumi makes; it brings projects, environments and services out of Git. */
export const rootApplication = 'bootstrap';

/**
 * The Applications of a catalog: the one that brings the others, one per environment for its namespace, one per further
 * cluster for its policies, one per service in each environment.
 */
export function expectations(catalog: Catalog): readonly Expectation[] {
  const clusters = new Map(catalog.environments.map(({ name, cluster }) => [name, cluster]));
  const on = (environment: string): Pick<Expectation, 'cluster'> => {
    const cluster = clusters.get(environment);
    return cluster === undefined ? {} : { cluster };
  };
  return [
    { application: rootApplication, what: 'what Argo CD does with dist/', namespace: 'argocd' },
    ...catalog.environments.map(({ name, namespace }) => ({
      application: name,
      what: `environment ${name}`,
      namespace,
      ...on(name),
    })),
    ...furtherClusters(catalog.environments).map((cluster) => ({
      application: policiesApplication(cluster),
      what: `policies of the cluster ${cluster}`,
      namespace: 'default',
      cluster,
    })),
    ...catalog.deployments.map(({ name, environment, namespace }) => ({
      application: `${environment}-${name}`,
      what: `${name} in ${environment}`,
      namespace,
      ...on(environment),
      service: name,
    })),
  ];
}

/**
 * Those of the expectations that Argo CD has a release for.
 *
 * @param deployed as `<environment>/<service>`
 */
export function released(expected: readonly Expectation[], deployed: readonly string[]): readonly Expectation[] {
  const applications = new Set(deployed.map((one) => one.replace('/', '-')));
  return expected.filter(({ application, service }) => service === undefined || applications.has(application));
}

export interface Seen extends Expectation {
  readonly verdict: Verdict;
  readonly object: Application | undefined;
}

/** The pods of one cluster, and what the kubelet noted of them. */
interface Workloads {
  readonly pods: readonly Pod[];
  readonly events: readonly PodEvent[];
}

async function workloadsOf(kubectl: Kubectl): Promise<Workloads> {
  const pods = await kubectl.list<Pod>('pods');
  return { pods, events: await probeEvents(kubectl, pods) };
}

/** Of every cluster that something is expected on; of a further one that does not answer there is nothing. */
async function workloads(
  kubectl: Kubectl,
  expected: readonly Expectation[],
): Promise<ReadonlyMap<string | undefined, Workloads | undefined>> {
  const clusters = [...new Set([undefined, ...expected.map(({ cluster }) => cluster)])];
  const found = clusters.map(async (cluster): Promise<[string | undefined, Workloads | undefined]> => {
    if (cluster === undefined) return [cluster, await workloadsOf(kubectl)];
    const silent = (error: unknown): undefined => {
      if (!(error instanceof UserError)) throw error;
    };
    return [cluster, await workloadsOf(kubectl.on(cluster)).catch(silent)];
  });
  return new Map(await Promise.all(found));
}

/** What is expected beside what is there. */
export async function lookAt(kubectl: Kubectl, expected: readonly Expectation[]): Promise<readonly Seen[]> {
  const [applications, byCluster] = await Promise.all([
    kubectl.list<Application>('applications.argoproj.io', ['--namespace=argocd']),
    workloads(kubectl, expected),
  ]);
  return expected.map((one) => {
    const object = applications.find(({ metadata }) => metadata.name === one.application);
    const there = byCluster.get(one.cluster);
    if (there === undefined) {
      // Argo CD shows for a while what it saw last
      const { sync } = judge(object, [], []);
      return { ...one, object, verdict: { sync, health: 'Unknown', reason: `cluster ${one.cluster} does not answer` } };
    }
    const { pods, events } = there;
    const mine = pods.filter(
      ({ metadata }) =>
        metadata.namespace === one.namespace &&
        (one.service === undefined || metadata.labels?.['app.kubernetes.io/name'] === one.service),
    );
    return { ...one, object, verdict: judge(object, mine, events) };
  });
}

/**
 * What the kubelet noted of probes, oldest first; asked only where a pod is not ready.
 *
 * @param namespace @default all
 */
export async function probeEvents(
  kubectl: Kubectl,
  pods: readonly Pod[],
  namespace?: string,
): Promise<readonly PodEvent[]> {
  if (pods.every((pod) => podFault(pod) === undefined)) return [];
  const where = namespace === undefined ? '--all-namespaces' : `--namespace=${namespace}`;
  return kubectl.list<PodEvent>('events', [where, '--field-selector=reason=Unhealthy', '--sort-by=.lastTimestamp']);
}

export function isGood({ sync, health }: Verdict): boolean {
  return sync === 'Synced' && health === 'Healthy';
}

/** Asks Argo CD to look at the repository now instead of at its next round. */
export async function refresh(kubectl: Kubectl): Promise<void> {
  const annotate = (kind: string, annotation: string): Promise<string> =>
    kubectl.run(['annotate', kind, '--all', '--namespace=argocd', '--overwrite', annotation]);
  await annotate('applications.argoproj.io', 'argocd.argoproj.io/refresh=normal');
  await annotate('applicationsets.argoproj.io', 'argocd.argoproj.io/application-set-refresh=true');
}

export interface WaitOptions {
  readonly signal: AbortSignal;
  /** Only what Argo CD found after this counts. @default whatever it shows */
  readonly since?: Date;
  /** Without any progress for this long the wait ends. @default 300 */
  readonly patienceSeconds?: number;
}

function describe({ what, verdict }: Seen): string {
  return `${what}: ${verdict.sync}, ${verdict.health}${verdict.reason === undefined ? '' : ` (${verdict.reason})`}`;
}

/** What goes on counting where a container ends, or a sync fails, again and again: no progress. */
const COUNTS = /\d+ restarts|attempt #\d+ at \S+/g;

/**
 * Waits until everything expected is Synced and Healthy, telling what it waits for and why.
 *
 * @throws UserError naming what is not, and why, when nothing has changed for too long
 */
export async function waitForApplications(
  kubectl: Kubectl,
  expected: readonly Expectation[],
  step: Step,
  options: WaitOptions,
): Promise<readonly Seen[]> {
  const patienceMs = (options.patienceSeconds ?? 300) * 1000;
  let lastChangeMs = Date.now();
  const known = new Set<string>();
  let asked = false;
  for (;;) {
    const seen = await lookAt(kubectl, expected).catch((error: unknown) => {
      // an API server that is busy for a moment is no reason to give up at the last step
      if (!(error instanceof UserError) || options.signal.aborted || Date.now() - lastChangeMs > patienceMs)
        throw error;
      step.detail(error.message);
      return undefined;
    });
    if (seen === undefined) {
      await sleep(1500, undefined, { signal: options.signal });
      continue;
    }
    const { since } = options;
    const fresh = ({ object }: Seen): boolean =>
      since === undefined || (object !== undefined && looksAtDelivery(object, since));
    const open = seen.filter((one) => !fresh(one) || !isGood(one.verdict));
    step.advance((seen.length - open.length) / Math.max(1, seen.length));
    if (open.length === 0) return seen;
    step.detail(fresh(open[0]!) ? describe(open[0]!) : `${open[0]!.what}: Argo CD is looking at the new commit`);
    const now = open.map((one) => describe(one).replaceAll(COUNTS, '')).join('\n');
    if (!known.has(now)) lastChangeMs = Date.now();
    known.add(now);
    const quietMs = Date.now() - lastChangeMs;
    if (quietMs > patienceMs) {
      throw new UserError(`${open.length} of ${seen.length} Applications are not Synced and Healthy`, {
        details: open.map(describe),
        repair: '`npx slipway status` shows them; `npx slipway up` continues where it was',
      });
    }
    // a generator or a sync that failed once waits for minutes unless it is asked again
    if (quietMs > 20_000 && !asked) {
      asked = true;
      await refresh(kubectl).catch(() => undefined);
    } else if (quietMs < 20_000) {
      asked = false;
    }
    await sleep(1500, undefined, { signal: options.signal });
  }
}
