import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { localRegistryHosting } from '../cluster';
import type { ClusterNode } from '../cluster';
import { KindCluster, Registry } from '../provider/resources';
import type { ImageMirror } from './images';

export interface ClusterArgs {
  /** The platform's name, which containers and network carry. */
  readonly platform: string;
  readonly kubernetesVersion: string;
  readonly nodes: readonly Pick<ClusterNode, 'role' | 'labels'>[];
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly registryPort: number;
  /** `registry.<domain>` */
  readonly registryHost: string;
  /** The nodes reach no registry but the local one. */
  readonly mirrorEverything: boolean;
}

/** A cluster with a local registry, and how to put something into it. */
export class Cluster extends pulumi.ComponentResource {
  /** Another one for every cluster, even of the same name. */
  readonly clusterId: pulumi.Output<string>;
  readonly kubeconfigFile: pulumi.Output<string>;
  readonly registry: Registry;
  readonly provider: k8s.Provider;
  /** Where nodes that reach no registry get images; undefined where they pull for themselves. */
  readonly mirror: ImageMirror | undefined;
  private readonly nodes: KindCluster;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:Cluster', name, {}, opts);
    const { platform, registryPort, ...rest } = args;
    this.registry = new Registry(`${name}-registry`, { platform, hostPort: registryPort }, { parent: this });
    this.nodes = new KindCluster(name, { platform, ...rest }, { parent: this });
    this.clusterId = this.nodes.clusterId;
    this.kubeconfigFile = this.nodes.kubeconfigFile;
    this.mirror = args.mirrorEverything ? { address: this.registry.address } : undefined;
    this.provider = this.connect(name);
    this.announceRegistry(name, registryPort);
    this.registerOutputs({ clusterId: this.clusterId, kubeconfigFile: this.kubeconfigFile });
  }

  /**
   * Options for what lives in the cluster: made by its provider, and gone with it. Nothing is deleted one by one when
   * the cluster goes, so `pulumi destroy` works on a cluster that does not answer any more.
   */
  inside(): pulumi.ComponentResourceOptions {
    return {
      providers: [this.provider],
      transformations: [({ props, opts }) => ({ props, opts: { ...opts, deletedWith: this.nodes } })],
    };
  }

  private connect(name: string): k8s.Provider {
    return new k8s.Provider(
      name,
      {
        kubeconfig: this.nodes.kubeconfig,
        // a new cluster under the old name and port is another one, of which the old objects are no part
        clusterIdentifier: this.nodes.clusterId,
        deleteUnreachable: true,
        enableServerSideApply: true,
        enableConfigMapMutable: true,
        enableSecretMutable: true,
      },
      { parent: this, deletedWith: this.nodes },
    );
  }

  private announceRegistry(name: string, registryPort: number): void {
    const { metadata, data } = localRegistryHosting(registryPort);
    new k8s.core.v1.ConfigMap(
      `${name}-local-registry-hosting`,
      { metadata, data },
      {
        parent: this,
        provider: this.provider,
        deletedWith: this.nodes,
      },
    );
  }
}
