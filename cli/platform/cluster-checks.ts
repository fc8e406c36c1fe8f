import type { Cluster, ExistingCluster } from '../../apps/cluster';
import { UserError } from '../../core/errors';
import { silentProgress } from '../../core/progress';
import { clusterFolder, existingSpec, inspectExisting } from '../../infra/cluster';
import { findCommand } from '../../infra/host/machine';
import { namespacesIn } from '../../infra/namespaces';
import type { Supply, SupplyPlan } from '../../infra/supply';
import { tools, type ToolName } from '../../infra/versions';
import type { Check } from './check';
import type { Project } from './project';

export interface ClusterCheckOptions {
  readonly supply: Supply;
  readonly plan: SupplyPlan | undefined;
  /** A command that is on this machine already. @default looked for on PATH */
  readonly find?: (command: string) => string | undefined;
}

/** One of the platform's clusters; `key` is how the catalog calls a further one. */
interface NamedCluster {
  readonly cluster: Cluster;
  readonly key: string | undefined;
  /** Of the cluster on this machine. */
  readonly name: string;
}

/** The platform's clusters, the one with Argo CD first. */
export function clustersOf({ catalog, settings }: Pick<Project, 'catalog' | 'settings'>): readonly NamedCluster[] {
  const { cluster, clusters } = catalog.platform;
  return [
    { cluster, key: undefined, name: settings.name },
    ...Object.entries(clusters).map(([key, further]) => ({
      cluster: further,
      key,
      name: `${settings.name}-${key}`,
    })),
  ];
}

/** How many clusters have their nodes on this machine. */
export function madeHere(project: Pick<Project, 'catalog' | 'settings'>): number {
  return clustersOf(project).filter(({ cluster }) => cluster.driver !== 'existing').length;
}

const isCached = (plan: SupplyPlan | undefined, name: ToolName): boolean =>
  plan?.items.some((item) => item.kind === 'tool' && item.name === name && item.how === 'cached') === true;

/** A kubectl that is at hand: nothing is fetched or built only to look. */
async function kubectlAtHand({ supply, plan, find = findCommand }: ClusterCheckOptions): Promise<string | undefined> {
  return isCached(plan, 'kubectl') ? supply.tool('kubectl') : find('kubectl');
}

/** Everything that stands in the way in a cluster of somebody else, which is not changed. */
async function existingChecks(
  project: Project,
  { cluster, key, name }: NamedCluster & { readonly cluster: ExistingCluster },
  kubectl: string | undefined,
): Promise<readonly Check[]> {
  const what = `cluster ${key ?? name}`;
  if (kubectl === undefined) {
    const finding = `context "${cluster.context}" is looked at by \`up\` before it changes anything: there is no kubectl yet`;
    return [{ name: what, state: 'handled', finding }];
  }
  const spec = existingSpec(cluster, {
    name,
    namespaces: namespacesIn(project.catalog.environments, key),
    hostsArgoCd: key === undefined,
    root: project.root,
  });
  try {
    const { server, adopted, obstacles } = await inspectExisting(spec, {
      platform: { name: project.settings.name, stateFolder: project.state },
      folder: clusterFolder(project.state, project.settings.name, name),
      progress: silentProgress,
      tool: async () => kubectl,
    });
    if (obstacles.length > 0) {
      return obstacles.map(({ problem, repair }) => ({ name: what, state: 'broken', finding: problem, repair }));
    }
    const state = adopted ? 'holds this platform' : 'is ready: version, rights, tiers and names fit';
    return [{ name: what, state: 'ok', finding: `context "${cluster.context}" (${server}) ${state}` }];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const finding = [error.message, ...error.details].join('; ');
    return [{ name: what, state: 'broken', finding, ...(error.repair !== undefined && { repair: error.repair }) }];
  }
}

/** The driver's own command: there, or to be had. */
function driverCheck({ cluster, key, name }: NamedCluster, { plan }: ClusterCheckOptions): Check {
  const command = cluster.driver as 'kind' | 'minikube';
  const { version } = tools[command];
  const what = `cluster ${key ?? name}`;
  const made = `${cluster.driver} ${version} makes it with Kubernetes ${cluster.kubernetesVersion}`;
  return isCached(plan, command)
    ? { name: what, state: 'ok', finding: made }
    : { name: what, state: 'handled', finding: `${made}; \`up\` brings the command` };
}

/** Whether every cluster of the catalog can be made, or be used as it is. */
export async function clusterChecks(project: Project, options: ClusterCheckOptions): Promise<readonly Check[]> {
  const named = clustersOf(project);
  const kubectl = named.some(({ cluster }) => cluster.driver === 'existing') ? await kubectlAtHand(options) : undefined;
  const found = await Promise.all(
    named.map(async (one) =>
      one.cluster.driver === 'existing'
        ? existingChecks(project, { ...one, cluster: one.cluster }, kubectl)
        : [driverCheck(one, options)],
    ),
  );
  return found.flat();
}
