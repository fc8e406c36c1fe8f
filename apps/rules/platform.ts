import { looksLikeProduction, type ClusterProps, type NodeProps } from '../cluster';
import { defaults } from '../defaults';
import type { PlatformProps } from '../model';
import { Suggestions } from '../suggest';
import { listed, show } from '../violation';
import { clusterPorts } from './cluster-ports';
import type { Rule } from './rule';

const tiers = ['backend', 'backstage'];
const tierSuggestions = new Suggestions(tiers);

interface Placed<Props> {
  readonly field: string;
  readonly props: Props;
}

/** Every cluster and where it stands, the platform's own first. */
export function clustersOf({ cluster, clusters = {} }: PlatformProps): readonly Placed<ClusterProps>[] {
  const others = Object.entries(clusters).map(([name, props]) => ({ field: `clusters.${name}`, props }));
  return [{ field: 'cluster', props: cluster }, ...others];
}

/** The nodes that are ours to make, where they stand. */
function nodesOf(platform: PlatformProps): readonly Placed<readonly NodeProps[]>[] {
  return clustersOf(platform).flatMap(({ field, props }) =>
    props.driver === 'existing' ? [] : [{ field: `${field}.nodes`, props: props.nodes }],
  );
}

/** Each port of this machine serves one thing. */
export const distinctPorts: Rule = function* ({ platform: { file, props } }) {
  const owners = new Map<number, string>();
  for (const { field, port } of clustersOf(props).flatMap((one, index) => clusterPorts(one.props, one.field, index))) {
    const owner = owners.get(port);
    if (owner === undefined) {
      owners.set(port, field.replace(/^cluster\./, ''));
    } else if (!Number.isNaN(port)) {
      yield {
        file,
        field,
        problem: `${port} is the port of ${owner} too`,
        allowed: 'a port of its own',
        repair: `choose another one, such as ${port + 1000 <= 65535 ? port + 1000 : port - 1000}`,
      };
    }
  }
};

/** One control plane, and a worker for the pods of each tier. */
export const nodesForEveryTier: Rule = function* ({ platform: { file, props, faulty } }) {
  for (const { field, props: nodes } of nodesOf(props)) {
    if (faulty(field)) continue;
    const controlPlanes = nodes.filter(({ role }) => role === 'control-plane').length;
    if (controlPlanes !== 1) {
      yield {
        file,
        field,
        problem: `${controlPlanes} nodes have the role "control-plane"`,
        allowed: 'exactly one',
      };
    }
    const served = new Set(nodes.filter(({ role }) => role === 'worker').map(({ labels }) => labels?.['tier']));
    for (const tier of tiers) {
      if (served.has(tier)) continue;
      yield {
        file,
        field,
        problem: `no worker has the label tier "${tier}"`,
        allowed: 'at least one worker of each tier',
        repair: `add { role: 'worker', labels: { tier: '${tier}' } }`,
      };
    }
  }
};

/** A worker of no tier would never run a pod of ours. */
export const workersHaveTiers: Rule = function* ({ platform: { file, props, faulty } }) {
  for (const { field, props: nodes } of nodesOf(props)) {
    if (faulty(field)) continue;
    for (const [index, { role, labels }] of nodes.entries()) {
      const tier = labels?.['tier'];
      if (role !== 'worker' || (tier !== undefined && tiers.includes(tier))) continue;
      const repair = tier === undefined ? undefined : tierSuggestions.for(tier);
      yield {
        file,
        field: `${field}[${index}].labels.tier`,
        problem: tier === undefined ? 'is missing' : `${show(tier)} is not a tier`,
        allowed: listed(tiers),
        ...(repair && { repair }),
      };
    }
  }
};

/** The copies of Redis that agree with each other each want a node of their own. */
const nodesForHighAvailability = 3;

export const nodesForSeveralArgoCds: Rule = function* ({ platform: { file, props, faulty } }) {
  const { cluster, argocd } = props;
  if (argocd?.highAvailability !== true || cluster.driver === 'existing' || faulty('cluster.nodes')) return;
  const backstage = cluster.nodes.filter(({ role, labels }) => role === 'worker' && labels?.['tier'] === 'backstage');
  if (backstage.length >= nodesForHighAvailability) return;
  yield {
    file,
    field: 'argocd.highAvailability',
    problem: `${backstage.length} of the workers are of tier "backstage"`,
    allowed: `true with ${nodesForHighAvailability} of them or more, each for one copy of Redis`,
    repair: 'add workers of tier "backstage" to cluster.nodes, or remove it',
  };
};

/** Nobody's customers meet a platform because of a context that was current by chance. */
export const productionIsToldTwice: Rule = function* ({ platform: { file, props } }) {
  for (const { field, props: cluster } of clustersOf(props)) {
    if (cluster.driver !== 'existing') continue;
    const { context, confirmProduction } = cluster;
    if (confirmProduction === undefined ? !looksLikeProduction(context) : confirmProduction === context) continue;
    yield {
      file,
      field: `${field}.confirmProduction`,
      problem:
        confirmProduction === undefined
          ? `is missing, and the context ${show(context)} looks like production`
          : `${show(confirmProduction)} is not the context`,
      allowed: 'the name of the context once more',
      repair: `choose another context, or write confirmProduction: ${show(context)} once you are sure`,
    };
  }
};

/** Clusters that work together reach each other, and pull from one registry. */
export const clustersOfOneKind: Rule = function* ({ platform: { file, props, faulty } }) {
  const { cluster, clusters = {} } = props;
  if (faulty('cluster.driver')) return;
  for (const [name, other] of Object.entries(clusters)) {
    const field = `clusters.${name}`;
    if (faulty(`${field}.driver`)) continue;
    if (cluster.driver === 'minikube' || other.driver !== cluster.driver) {
      yield {
        file,
        field: `${field}.driver`,
        problem: `${show(other.driver)} stands beside a cluster of the driver ${show(cluster.driver)}`,
        allowed: 'several clusters of kind, or several existing ones',
        repair: cluster.driver === 'minikube' ? 'remove it, or use kind for both' : `write ${show(cluster.driver)}`,
      };
    } else if (other.driver === 'existing' && cluster.driver === 'existing') {
      if (other.registry.host === cluster.registry.host) continue;
      yield {
        file,
        field: `${field}.registry.host`,
        problem: `${show(other.registry.host)} is not the registry of the platform's own cluster`,
        allowed: `${show(cluster.registry.host)}: images have one name wherever they run`,
      };
    } else if ('registryPort' in other && other.registryPort !== undefined) {
      yield {
        file,
        field: `${field}.registryPort`,
        problem: 'is not used: all clusters pull from one local registry',
        allowed: `no port here; cluster.registryPort is ${defaults.platform.registryPort} unless you set it`,
        repair: 'remove it',
      };
    }
  }
};
