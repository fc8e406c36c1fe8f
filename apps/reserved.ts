/** The folder of each environment in dist that the platform alone syncs: namespace, default-deny, policies. */
export const platformFolder = 'platform';

/** Label of the images that a fresh clone builds, and version of what was never released. */
export const unreleasedVersion = 'unreleased';

/** Namespaces and projects of the platform itself, and names that dist or Kubernetes uses. */
const reservedNames = new Set([
  'argocd',
  'bootstrap',
  'policies',
  'gitea',
  'ingress-nginx',
  'default',
  'kubernetes',
  platformFolder,
]);

/** Whether environments, namespaces and services may not bear this name. */
export function isReserved(name: string): boolean {
  return name.startsWith('kube-') || reservedNames.has(name);
}

/** How names begin that discovered repositories are given: of namespaces, projects and Applications. */
const discoveredNames = ['addon-', 'add-ons', 'deployment-', 'deployments-'] as const;

/** Whether environments may not bear this name because it belongs to what is discovered. */
export function isDiscovered(name: string): boolean {
  return discoveredNames.some((beginning) => name.startsWith(beginning) || `${name}-` === beginning);
}

/** What `isDiscovered` refuses, for messages. */
export const discoveredList = discoveredNames.map((beginning) => `${beginning}*`).join(', ');

/** What `isReserved` refuses, for messages. */
export const reservedList = [...reservedNames, 'kube-*'].join(', ');

/** Variables that the platform sets in every container. */
export const platformVariables = ['APP_VERSION', 'PORT'] as const;

/** Port of this machine on which the receiver of the local forge's events listens, unless `up` was told another. */
export const receiverPort = 9797;
