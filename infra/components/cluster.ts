import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { Cluster as ClusterFacts } from '../../apps/cluster';
import { localRegistryHosting } from '../cluster';
import { KubernetesCluster, Registry } from '../provider/resources';
import type { ImageMirror } from './images';

export interface ClusterArgs {
  /** The platform's name, which containers and network carry. */
  readonly platform: string;
  /** Of this cluster; further ones are called after the platform's own. @default the platform's */
  readonly clusterName?: string;
  /** With the ports of this machine. */
  readonly cluster: ClusterFacts;
  /** `registry.<domain>` */
  readonly registryHost: string;
  /** The nodes reach no registry but the local one. */
  readonly mirrorEverything: boolean;
  /** Namespaces that the platform will make in it. */
  readonly namespaces: readonly string[];
  /** The cluster of the platform whose registry this one uses. @default it has its own: Argo CD runs here */
  readonly beside?: Cluster;
}

/** A cluster with a registry, and how to put something into it: the same whoever makes or keeps it. */
export class Cluster extends pulumi.ComponentResource {
  /** Another one for every cluster, even of the same name. */
  readonly clusterId: pulumi.Output<string>;
  readonly kubeconfigFile: pulumi.Output<string>;
  readonly kubeconfig: pulumi.Output<string>;
  /** Where this machine reaches the ingress; empty where the ingress is a load balancer, which tells itself. */
  readonly ingressAddress: pulumi.Output<string>;
  /** URL of the API server for pods of the platform's other clusters. */
  readonly serverForOthers: pulumi.Output<string>;
  /** Host and port to which this machine pushes images. */
  readonly registryAddress: pulumi.Output<string>;
  /** What has to be there before images are pushed. */
  readonly pushable: pulumi.Resource[];
  readonly provider: k8s.Provider;
  /** Where nodes that reach no registry get images; undefined where they pull for themselves. */
  readonly mirror: ImageMirror | undefined;
  /** The ingress gets its own address from the cluster's load balancers instead of its node's. */
  readonly balanced: boolean;
  /** Its DNS is ours to teach names. */
  readonly ownsNames: boolean;
  /** Brings no metrics of its own, and whether its kubelets' certificates can be checked. */
  readonly metrics: 'none' | 'trusting' | 'checking';
  readonly storageClass: string;
  /** Whoever made it keeps it: what is put into it is taken out again one by one. */
  readonly kept: boolean;
  private readonly nodes: KubernetesCluster;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:Cluster', name, {}, opts);
    const { platform, cluster, clusterName = platform, beside, registryHost, mirrorEverything, namespaces } = args;
    const existing = cluster.driver === 'existing' ? cluster : undefined;
    this.kept = existing !== undefined;
    this.balanced = existing !== undefined && existing.ingressAddress === undefined;
    this.ownsNames = !this.kept;
    this.metrics = metricsOf(cluster);
    this.storageClass = storageClassOf(cluster);
    const registry = this.addRegistry(name, args);
    this.registryAddress = registry.address;
    this.pushable = registry.resources;
    this.nodes = new KubernetesCluster(
      name,
      {
        platform,
        name: clusterName,
        cluster,
        registryHost,
        mirrorEverything,
        namespaces,
        hostsArgoCd: beside === undefined,
      },
      // minikube's nodes are introduced to the registry
      { parent: this, ...(cluster.driver === 'minikube' && { dependsOn: registry.resources }) },
    );
    this.clusterId = this.nodes.clusterId;
    this.kubeconfig = this.nodes.kubeconfig;
    this.kubeconfigFile = this.nodes.kubeconfigFile;
    this.ingressAddress = this.nodes.ingressAddress;
    this.serverForOthers = this.nodes.serverForOthers;
    const mirrors = existing === undefined ? mirrorEverything : existing.registry.mirrorsEverything;
    this.mirror = mirrors ? { address: this.registryAddress } : undefined;
    this.provider = this.connect(name);
    if (cluster.driver !== 'existing' && beside === undefined) this.announceRegistry(name, cluster.registryPort);
    this.registerOutputs({ clusterId: this.clusterId, kubeconfigFile: this.kubeconfigFile });
  }

  /**
   * Options for what lives in the cluster: made by its provider, and gone with it. Nothing is deleted one by one when
   * a cluster of ours goes, so `pulumi destroy` works on one that does not answer any more.
   */
  inside(): pulumi.ComponentResourceOptions {
    return {
      providers: [this.provider],
      ...(!this.kept && {
        transformations: [({ props, opts }) => ({ props, opts: { ...opts, deletedWith: this.nodes } })],
      }),
    };
  }

  private addRegistry(
    name: string,
    { platform, cluster, beside }: ClusterArgs,
  ): { readonly address: pulumi.Output<string>; readonly resources: pulumi.Resource[] } {
    if (cluster.driver === 'existing') {
      return { address: pulumi.output(cluster.registry.pushAddress), resources: [] };
    }
    if (beside !== undefined) return { address: beside.registryAddress, resources: [] };
    const args = { platform, hostPort: cluster.registryPort };
    const registry = new Registry(`${name}-registry`, args, { parent: this });
    return { address: registry.address, resources: [registry] };
  }

  private connect(name: string): k8s.Provider {
    return new k8s.Provider(
      name,
      {
        kubeconfig: this.nodes.kubeconfig,
        // a new cluster under the old name and port is another one, of which the old objects are no part
        clusterIdentifier: this.nodes.clusterId,
        // what is in a cluster of others is not forgotten because the way to it is closed for a while
        deleteUnreachable: !this.kept,
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

function metricsOf(cluster: ClusterFacts): Cluster['metrics'] {
  if (cluster.driver !== 'existing') return 'trusting';
  if (!cluster.metricsServer) return 'none';
  return cluster.kubeletInsecureTls ? 'trusting' : 'checking';
}

function storageClassOf(cluster: ClusterFacts): string {
  switch (cluster.driver) {
    case 'kind':
      return 'standard';
    case 'minikube':
      // of the provisioner that works on every node
      return 'local-path';
    case 'existing':
      return cluster.storageClass;
  }
}
