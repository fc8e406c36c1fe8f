import { defaults } from './defaults';
import type { AbsolutePath, CpuQuantity, MemoryQuantity } from './model';

/** A port of a node that this machine reaches besides those of the ingress. */
export interface NodePortProps {
  /** Port on 127.0.0.1 of this machine. */
  readonly hostPort: number;
  /** Port on the node. */
  readonly nodePort: number;
}

/** A folder of this machine that a node sees. */
export interface NodeMountProps {
  /** Absolute, or relative to the project. */
  readonly hostPath: string;
  readonly nodePath: AbsolutePath;
  /** @default false */
  readonly readOnly?: boolean;
}

export interface NodeProps {
  readonly role: 'control-plane' | 'worker';
  /** Labels of the node; a worker needs `tier`. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** What pods may ask for in all. With it a review says when they no longer fit. @default unknown */
  readonly allocatable?: Allocatable;
}

export interface Allocatable {
  readonly cpu: CpuQuantity;
  readonly memory: MemoryQuantity;
}

export interface KindNodeProps extends NodeProps {
  /** @default none but those of the ingress */
  readonly ports?: readonly NodePortProps[];
  /** @default none */
  readonly mounts?: readonly NodeMountProps[];
}

/** Containers of this machine as nodes, made by kind; the cluster is called as the platform. */
export interface KindClusterProps {
  readonly driver: 'kind';
  /** A release of Kubernetes: `v1.36.1`. */
  readonly kubernetesVersion: string;
  /** Exactly one control plane, and at least one worker of each tier. */
  readonly nodes: readonly KindNodeProps[];
  /** Port of this machine's loopback that reaches the ingress by HTTP. @default 80 */
  readonly httpPort?: number;
  /** Port of this machine's loopback that reaches the ingress by HTTPS. @default 443 */
  readonly httpsPort?: number;
  /** Port of this machine's loopback to which images are pushed. @default 5001 */
  readonly registryPort?: number;
}

/** Containers of this machine as nodes, made by minikube in a home of its own; ingress at a node's own address. */
export interface MinikubeClusterProps {
  readonly driver: 'minikube';
  /** A release of Kubernetes: `v1.36.1`. */
  readonly kubernetesVersion: string;
  /** Exactly one control plane, and at least one worker of each tier. */
  readonly nodes: readonly NodeProps[];
  /** Port of this machine's loopback to which images are pushed. @default 5001 */
  readonly registryPort?: number;
}

/** A registry that is there already. */
export interface ExistingRegistryProps {
  /** As images are named and nodes pull them: `ghcr.io/acme`, `localhost:5001`. */
  readonly host: string;
  /** Host and port to which this machine pushes. @default the first part of `host` */
  readonly pushAddress?: string;
  /** The nodes ask it for the images of every other registry too, and find there what was pushed. @default false */
  readonly mirrorsEverything?: boolean;
}

/** A cluster that somebody else made and keeps: only what the platform puts into it is ever removed. */
export interface ExistingClusterProps {
  readonly driver: 'existing';
  /** Name of a context of the kubeconfig. */
  readonly context: string;
  /** The release that it runs: `v1.36.1`. */
  readonly kubernetesVersion: string;
  readonly registry: ExistingRegistryProps;
  /** A kubeconfig, absolute or relative to the project. @default $KUBECONFIG, else ~/.kube/config */
  readonly kubeconfig?: string;
  /** The context once more, where it looks like production. @default not confirmed */
  readonly confirmProduction?: string;
  /** Address of the node that carries the ingress. @default the ingress is a Service of type LoadBalancer */
  readonly ingressAddress?: string;
  /** Port of `ingressAddress` that reaches the ingress by HTTP. @default 80 */
  readonly httpPort?: number;
  /** Port of `ingressAddress` that reaches the ingress by HTTPS. @default 443 */
  readonly httpsPort?: number;
  /** False where the cluster has a metrics-server of its own. @default true */
  readonly metricsServer?: boolean;
  /**
   * True where kubelets sign their certificates themselves, as kind's and kubeadm's do by default: the platform's
   * metrics-server then takes them as they are, and would otherwise never be ready.
   *
   * @default false
   */
  readonly kubeletInsecureTls?: boolean;
  /** Class of the volume of the Git forge. @default 'standard' */
  readonly storageClass?: string;
}

/** One way to have a cluster; `driver` says which. */
export type ClusterProps = KindClusterProps | MinikubeClusterProps | ExistingClusterProps;

export type ClusterDriver = ClusterProps['driver'];

export interface Node {
  readonly role: 'control-plane' | 'worker';
  readonly labels: Readonly<Record<string, string>>;
  readonly allocatable?: Allocatable;
}

export interface KindNode extends Node {
  readonly ports: readonly NodePortProps[];
  readonly mounts: readonly Required<NodeMountProps>[];
}

/** What every cluster has. */
interface ClusterFacts {
  readonly kubernetesVersion: string;
  readonly httpPort: number;
  readonly httpsPort: number;
}

export interface KindCluster extends ClusterFacts {
  readonly driver: 'kind';
  readonly nodes: readonly KindNode[];
  readonly registryPort: number;
}

export interface MinikubeCluster extends ClusterFacts {
  readonly driver: 'minikube';
  readonly nodes: readonly Node[];
  readonly registryPort: number;
}

export interface ExistingCluster extends ClusterFacts {
  readonly driver: 'existing';
  readonly context: string;
  readonly kubeconfig?: string;
  readonly confirmProduction?: string;
  readonly ingressAddress?: string;
  readonly registry: Required<ExistingRegistryProps>;
  readonly metricsServer: boolean;
  readonly kubeletInsecureTls: boolean;
  readonly storageClass: string;
}

export type Cluster = KindCluster | MinikubeCluster | ExistingCluster;

/** Words that people put into the names of what must not be broken. */
const productionWords = /(^|[^a-z])(prod|prd|production|live)([^a-z]|$)/i;

/** Whether a name, of a context or a cluster, looks as if customers depended on it. */
export function looksLikeProduction(name: string): boolean {
  return productionWords.test(name);
}

/** The port of loopback to which images are pushed; not used where the registry is somebody else's. */
export function registryPortOf(cluster: Cluster): number {
  return cluster.driver === 'existing' ? defaults.platform.registryPort : cluster.registryPort;
}

/** The nodes that are ours to make; nothing where somebody else made them. */
export function nodesOf(cluster: Cluster): readonly Node[] {
  return cluster.driver === 'existing' ? [] : cluster.nodes;
}
