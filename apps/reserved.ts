/** The folder of each environment in dist that the platform alone syncs: namespace, default-deny, policies. */
export const platformFolder = 'platform';

/** Label of the images that a fresh clone builds, and version of what was never released. */
export const unreleasedVersion = 'unreleased';

/** Namespaces and projects of the platform itself, and names that dist or Kubernetes uses. */
const reservedNames = new Set([
  'argocd',
  'bootstrap',
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

/** What `isReserved` refuses, for messages. */
export const reservedList = [...reservedNames, 'kube-*'].join(', ');

/** Variables that the platform sets in every container. */
export const platformVariables = ['APP_VERSION', 'PORT'] as const;

/** Port of this machine on which the receiver of the local forge's events listens, unless `up` was told another. */
export const receiverPort = 9797;
