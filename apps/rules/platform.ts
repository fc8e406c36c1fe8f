import type { ClusterProps } from '../model';
import { defaults } from '../defaults';
import { Suggestions } from '../suggest';
import { listed, show } from '../violation';
import type { Rule } from './rule';

const tiers = ['backend', 'backstage'];
const tierSuggestions = new Suggestions(tiers);

/** Each port of this machine serves one thing. */
export const distinctPorts: Rule = function* ({ platform: { file, props } }) {
  const owners = new Map<number, string>();
  for (const key of ['httpPort', 'httpsPort', 'registryPort'] as const satisfies (keyof ClusterProps)[]) {
    const port = props.cluster[key] ?? defaults.platform[key];
    const owner = owners.get(port);
    if (owner === undefined) {
      owners.set(port, key);
    } else if (!Number.isNaN(port)) {
      yield {
        file,
        field: `cluster.${key}`,
        problem: `${port} is the port of ${owner} too`,
        allowed: 'a port of its own',
        repair: `choose another one, such as ${port + 1000 <= 65535 ? port + 1000 : port - 1000}`,
      };
    }
  }
};

/** One control plane, and a worker for the pods of each tier. */
export const nodesForEveryTier: Rule = function* ({ platform: { file, props, faulty } }) {
  if (faulty('cluster.nodes')) return;
  const { nodes } = props.cluster;
  const controlPlanes = nodes.filter(({ role }) => role === 'control-plane').length;
  if (controlPlanes !== 1) {
    yield {
      file,
      field: 'cluster.nodes',
      problem: `${controlPlanes} nodes have the role "control-plane"`,
      allowed: 'exactly one',
    };
  }
  const served = new Set(nodes.filter(({ role }) => role === 'worker').map(({ labels }) => labels?.['tier']));
  for (const tier of tiers) {
    if (served.has(tier)) continue;
    yield {
      file,
      field: 'cluster.nodes',
      problem: `no worker has the label tier "${tier}"`,
      allowed: 'at least one worker of each tier',
      repair: `add { role: 'worker', labels: { tier: '${tier}' } }`,
    };
  }
};

/** A worker of no tier would never run a pod of ours. */
export const workersHaveTiers: Rule = function* ({ platform: { file, props, faulty } }) {
  if (faulty('cluster.nodes')) return;
  for (const [index, { role, labels }] of props.cluster.nodes.entries()) {
    const tier = labels?.['tier'];
    if (role !== 'worker' || (tier !== undefined && tiers.includes(tier))) continue;
    const repair = tier === undefined ? undefined : tierSuggestions.for(tier);
    yield {
      file,
      field: `cluster.nodes[${index}].labels.tier`,
      problem: tier === undefined ? 'is missing' : `${show(tier)} is not a tier`,
      allowed: listed(tiers),
      ...(repair && { repair }),
    };
  }
};
