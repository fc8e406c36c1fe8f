import { furtherClusters } from '../../apps/derived';
import { synthesize } from '../../manifests/synth';
import { UserError } from '../../core/errors';
import type { CommandContext } from '../context';
import { addresses } from '../platform/addresses';
import { lookForCommits } from '../platform/deliveries';
import { createKubectl, type KubernetesObject } from '../platform/kubectl';
import { loadProject, type Project } from '../platform/project';
import { table } from '../platform/summary';
import { expectations, isGood, lookAt, rootApplication, type Seen } from '../platform/wait';
import { ExitError } from '../run';

/** How Argo CD finds one Application. */
export interface PartState {
  readonly sync: string;
  readonly health: string;
  /** Why it is not Synced and Healthy. */
  readonly reason?: string;
}

/** One service in one environment. */
export interface StatusRow extends PartState {
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly source?: string;
  readonly url?: string;
}

/** What differs between catalog, dist/, the platform's copy and the cluster. */
export interface Drift {
  /** Whether dist/ is what the catalog renders, and what is wrong otherwise. */
  readonly dist: string;
  /** Local commits that the platform does not have. */
  readonly pending: readonly string[];
  readonly uncommitted: readonly string[];
  /** Why the platform's copy could not be asked. @default it could */
  readonly unknown?: string;
  /** Applications that the cluster has not as Git has them, by Argo CD's account; `slipway drift` says what of them. */
  readonly cluster: readonly string[];
}

export interface Status {
  readonly healthy: boolean;
  readonly platform: string;
  readonly services: readonly StatusRow[];
  /** Namespace and policies of each environment. */
  readonly environments: readonly (PartState & { readonly environment: string })[];
  /** What brings projects, environments and services out of Git. */
  readonly delivery: PartState;
  readonly drift: Drift;
}

/** Of the first cluster, and of further ones that environments are on; Argo CD tells where one of these is silent. */
async function deployments(project: Project, signal: AbortSignal): Promise<readonly KubernetesObject[]> {
  const kubectl = createKubectl(project, signal);
  const clusters = [undefined, ...furtherClusters(project.catalog.environments)];
  const lists = clusters.map(async (cluster): Promise<readonly KubernetesObject[]> => {
    const list = kubectl.on(cluster).list('deployments', ['--all-namespaces', '--selector=slipway.dev/service']);
    if (cluster === undefined) return list;
    return list.catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      return [];
    });
  });
  return (await Promise.all(lists)).flat();
}

/** A service that was never released runs nowhere, which is no fault. */
const unreleased = {
  sync: 'Unreleased',
  health: 'Unreleased',
  reason: 'has no release yet; `slipway bump` or `slipway promote` makes the first',
} as const;

function rowsOf(
  project: Project,
  seen: readonly Seen[],
  running: readonly KubernetesObject[],
  isReleased: (part: string) => boolean,
): readonly StatusRow[] {
  const list = addresses(project.catalog, project.settings);
  return project.catalog.deployments.map(({ name, environment, namespace }) => {
    const found = seen.find(({ application }) => application === `${environment}-${name}`)!;
    const verdict = found.object === undefined && !isReleased(`${environment}/${name}`) ? unreleased : found.verdict;
    const object = running.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
    const source = object?.metadata.annotations?.['slipway.dev/source-commit'];
    const url = list.find((address) => address.what === name && address.environment === environment)?.url;
    return {
      service: name,
      environment,
      version: object?.metadata.annotations?.['slipway.dev/version'] ?? 'none',
      sync: verdict.sync,
      health: verdict.health,
      ...(source !== undefined && { source }),
      ...(url !== undefined && { url }),
      ...(verdict.reason !== undefined && { reason: verdict.reason }),
    };
  });
}

/** What differs, and whether the platform's copy has a release; it is believed to have one where nobody can say. */
async function compare(
  project: Project,
  context: CommandContext,
): Promise<{ readonly drift: Omit<Drift, 'cluster'>; readonly isReleased: (part: string) => boolean }> {
  const [dist, preview] = await Promise.all([
    synthesize({ root: project.root, check: true }).then(
      () => 'rendered',
      (error: unknown) => (error instanceof UserError ? error.message : String(error)),
    ),
    // a forge that is away is shown by the rows above, and must not hide them
    lookForCommits(project, context).catch((error: unknown) => ({
      pending: [],
      uncommitted: [],
      deployed: undefined,
      unknown: error instanceof Error ? error.message : String(error),
    })),
  ]);
  const { pending, uncommitted, deployed } = preview;
  return {
    drift: {
      dist,
      ...('unknown' in preview && { unknown: preview.unknown }),
      pending: pending.map(({ commit, subject }) => `${commit.slice(0, 7)} ${subject}`),
      uncommitted,
    },
    isReleased: (part) => deployed?.includes(part) ?? true,
  };
}

async function readStatus(project: Project, context: CommandContext): Promise<Status> {
  const [seen, running, { drift, isReleased }] = await Promise.all([
    lookAt(createKubectl(project, context.signal), expectations(project.catalog)),
    deployments(project, context.signal),
    compare(project, context),
  ]);
  const stateOf = (application: string): PartState => {
    const { sync, health, reason } = seen.find((one) => one.application === application)!.verdict;
    return { sync, health, ...(reason !== undefined && { reason }) };
  };
  const services = rowsOf(project, seen, running, isReleased);
  const absent = new Set(
    services
      .filter(({ health }) => health === unreleased.health)
      .map(({ environment, service }) => `${environment}-${service}`),
  );
  return {
    healthy:
      seen.every(({ service, verdict }) => service !== undefined || isGood(verdict)) &&
      services.every((row) => row.health === unreleased.health || isGood(row)),
    platform: project.settings.name,
    services,
    delivery: stateOf(rootApplication),
    environments: project.catalog.environments.map(({ name }) => ({ environment: name, ...stateOf(name) })),
    drift: {
      ...drift,
      cluster: seen
        .filter(({ application, verdict }) => verdict.sync !== 'Synced' && !absent.has(application))
        .map(({ application }) => application),
    },
  };
}

/** One line: where `slipway drift` would find something. */
function summaryOf({ dist, pending, uncommitted, unknown, cluster }: Drift): string {
  const found = [
    ...(dist === 'rendered' ? [] : ['dist/ is not rendered']),
    ...(pending.length > 0 ? [`${pending.length} of your commits not delivered`] : []),
    ...(uncommitted.length > 0 ? [`${uncommitted.length} files not committed`] : []),
    ...(cluster.length > 0 ? [`not Synced: ${cluster.join(', ')}`] : []),
    ...(unknown === undefined ? [] : [`the platform's copy could not be asked (${unknown})`]),
  ];
  return found.length === 0 ? 'drift: none' : `drift: ${found.join('; ')}; \`npx slipway drift\` says more`;
}

function describe({ services, environments, delivery, drift }: Status): string {
  const rows = services.map(({ service, environment, version, sync, health, source, url }) => [
    service,
    environment,
    version,
    sync,
    health,
    source?.slice(0, 7) ?? '',
    url ?? '',
  ]);
  const reasons = [...services, ...environments].filter(({ reason }) => reason !== undefined);
  const lines = [
    table(['service', 'environment', 'version', 'sync', 'health', 'source', 'URL'], rows),
    ...reasons.map((one) => `${'service' in one ? `${one.service} in ` : ''}${one.environment}: ${one.reason}`),
  ];
  if (delivery.reason !== undefined) lines.push(`delivery from Git: ${delivery.reason}`);
  if (drift.dist !== 'rendered') lines.push(drift.dist);
  if (drift.pending.length > 0) lines.push(`not delivered yet (npx slipway deliver): ${drift.pending.join('; ')}`);
  if (drift.uncommitted.length > 0)
    lines.push(
      `not committed: ${drift.uncommitted.slice(0, 5).join(', ')}${drift.uncommitted.length > 5 ? ', ...' : ''}`,
    );
  lines.push(summaryOf(drift));
  return lines.join('\n');
}

/** 0 healthy, 1 not, 2 where it cannot be said. */
export async function status(context: CommandContext, flags: { readonly json?: boolean }): Promise<number> {
  let found: Status;
  try {
    found = await readStatus(await loadProject(context.root), context);
  } catch (error) {
    throw error instanceof UserError ? new ExitError(2, error) : error;
  }
  context.out(flags.json ? JSON.stringify(found, null, 2) : describe(found));
  return found.healthy ? 0 : 1;
}
