import path from 'node:path';
import type { ExistingCluster } from '../../../apps/cluster';

/** A cluster that somebody else made and keeps. */
export interface ExistingSpec {
  /** The platform's name, or that of one of its further clusters. */
  readonly name: string;
  readonly context: string;
  /** Absolute path. @default the user's own */
  readonly kubeconfig?: string;
  /** The context once more, where it looks like production. */
  readonly confirmProduction?: string;
  /** The release that the manifests are written for: `v1.36.1`. */
  readonly kubernetesVersion: string;
  /** Namespaces that the platform will make in it. */
  readonly namespaces: readonly string[];
  /** The platform brings a metrics-server. */
  readonly metricsServer: boolean;
  /** Argo CD and the Git forge run here as well. */
  readonly hostsArgoCd: boolean;
  /** Where the ingress is reached. @default only the ingress itself can tell */
  readonly ingressAddress?: string;
}

export interface ExistingSpecOptions extends Pick<ExistingSpec, 'name' | 'namespaces' | 'hostsArgoCd'> {
  /** Folder that a relative path of the catalog starts from. */
  readonly root: string;
}

/** What the catalog says of a cluster, with what the platform will put into it. */
export function existingSpec(cluster: ExistingCluster, { root, ...given }: ExistingSpecOptions): ExistingSpec {
  const { context, kubernetesVersion, metricsServer, kubeconfig, confirmProduction, ingressAddress } = cluster;
  return {
    ...given,
    context,
    kubernetesVersion,
    metricsServer,
    ...(kubeconfig !== undefined && { kubeconfig: path.resolve(root, kubeconfig) }),
    ...(confirmProduction !== undefined && { confirmProduction }),
    ...(ingressAddress !== undefined && { ingressAddress }),
  };
}
