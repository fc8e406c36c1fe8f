/** Kinds that policies look at, by API group; all of them are of version v1. */
const groups = {
  '': ['ConfigMap', 'Namespace', 'Pod', 'ReplicationController', 'Secret', 'Service', 'ServiceAccount'],
  apps: ['DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'],
  batch: ['CronJob', 'Job'],
  'networking.k8s.io': ['Ingress', 'NetworkPolicy'],
  'rbac.authorization.k8s.io': ['Role', 'RoleBinding'],
} as const;

export type PolicyKind = (typeof groups)[keyof typeof groups][number];

/** Kinds that make pods, and pods. */
export const workloads = [
  'CronJob',
  'DaemonSet',
  'Deployment',
  'Job',
  'Pod',
  'ReplicaSet',
  'ReplicationController',
  'StatefulSet',
] as const satisfies readonly PolicyKind[];

/** The name of a kind in paths of the API: `networkpolicies` for `NetworkPolicy`. */
export function resourceOf(kind: string): string {
  const name = kind.toLowerCase();
  if (name === 'endpoints') return name;
  if (/(s|x|ch)$/.test(name)) return `${name}es`;
  return /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}

/** The kinds by the group that they belong to, both sorted. */
export function resourcesByGroup(kinds: readonly PolicyKind[]): readonly (readonly [string, readonly string[]])[] {
  return Object.entries(groups)
    .map(([group, all]) => [group, all.filter((kind) => kinds.includes(kind)).map(resourceOf)] as const)
    .filter(([, resources]) => resources.length > 0);
}
