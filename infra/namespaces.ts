import type { Environment } from '../apps/model';

/** Of Argo CD. */
export const argoCdNamespace = 'argocd';

/** Of whichever ingress controller runs. */
export const ingressNamespace = 'ingress-nginx';

/** Of the Git forge in the cluster. */
export const forgeNamespace = 'gitea';

/** Of the account in a further cluster by which Argo CD deploys to it. */
export const deliveryNamespace = 'slipway-delivery';

/** The namespaces of the environments on one cluster. @param cluster undefined for the platform's own */
export function environmentsOn(environments: readonly Environment[], cluster: string | undefined): readonly string[] {
  return environments.filter((environment) => environment.cluster === cluster).map(({ namespace }) => namespace);
}

/** Namespaces that the platform makes in one of its clusters. @param cluster undefined for its own */
export function namespacesIn(environments: readonly Environment[], cluster: string | undefined): readonly string[] {
  const own = cluster === undefined ? [argoCdNamespace, forgeNamespace] : [deliveryNamespace];
  return [...own, ingressNamespace, ...environmentsOn(environments, cluster)];
}
