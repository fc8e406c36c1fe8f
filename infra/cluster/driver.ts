import type { Progress } from '../../core/progress';
import type { Engine } from '../engine';
import type { Platform } from './ownership';
import type { ImageSource } from './images';

export interface PortMapping {
  /** Port on 127.0.0.1 of this machine. */
  readonly hostPort: number;
  /** Port on the node. */
  readonly nodePort: number;
  /** Which setting moves `hostPort` elsewhere, named when it is taken. @default `the port setting` */
  readonly setting?: string;
}

/** A folder of this machine that a node sees. */
export interface NodeMount {
  readonly hostPath: string;
  readonly nodePath: string;
  /** @default false */
  readonly readOnly?: boolean;
}

export interface ClusterNode {
  readonly role: 'control-plane' | 'worker';
  readonly labels?: Readonly<Record<string, string>>;
  readonly ports?: readonly PortMapping[];
  readonly mounts?: readonly NodeMount[];
}

/** Where the nodes find the local registry. */
export interface ClusterRegistry {
  /** The registry's name in image references, as in `registry.offerfit.local`. */
  readonly host: string;
  /** Ask the local registry for the images of every other registry too, and only it: for machines that reach none. */
  readonly mirrorEverything: boolean;
  /** URL at which nodes find it. @default the container `<name of the cluster>-registry` */
  readonly endpoint?: string;
}

/** What every cluster of containers on this machine is described by. */
export interface NodesSpec {
  /** Name of the cluster; its containers are named after it. */
  readonly name: string;
  /** One control plane, any number of workers. */
  readonly nodes: readonly ClusterNode[];
  readonly registry: ClusterRegistry;
}

export interface ClusterSpec extends NodesSpec {
  /** The node image; it decides the Kubernetes version. */
  readonly image: ImageSource;
}

export type ClusterState =
  | { readonly state: 'absent' }
  | { readonly state: 'healthy' }
  | { readonly state: 'stopped'; readonly reason: string }
  /** `unfinished`: its creation was cut off, so there is nothing in it that anybody could miss. */
  | { readonly state: 'broken'; readonly reason: string; readonly unfinished: boolean }
  /** Ours and finished, but made with settings that cannot be changed in place. */
  | { readonly state: 'different'; readonly reason: string }
  /** Somebody else's, under the same name. */
  | { readonly state: 'foreign'; readonly reason: string };

export interface ClusterChange {
  readonly change: 'none' | 'created' | 'started' | 'repaired' | 'recreated';
  /** Why, where something had to be mended. */
  readonly reason?: string;
  /** The cluster's own kubeconfig, in the state folder. */
  readonly kubeconfigFile: string;
}

/** Writes down what became of the cluster whose kubeconfig is there. */
export const changeOf =
  (kubeconfigFile: string) =>
  (change: ClusterChange['change'], reason?: string): ClusterChange => ({
    change,
    kubeconfigFile,
    ...(reason !== undefined && { reason }),
  });

/** What every driver is given. */
export interface DriverContext {
  /** Whose cluster it is; its state folder keeps kubeconfig and logs. */
  readonly platform: Platform;
  /** Where this cluster's own files lie. @default the state folder */
  readonly folder?: string;
  readonly progress: Progress;
  /** Absolute path of a tool. */
  readonly tool: (name: ClusterTool) => Promise<string>;
  readonly signal?: AbortSignal;
}

export type ClusterTool = 'kind' | 'minikube' | 'kubectl';

/** What a driver is given whose nodes are containers. */
export interface ClusterContext extends DriverContext {
  readonly engine: Engine;
}

/** One way to have a cluster. Every operation may be repeated, and after being interrupted anywhere. */
export interface ClusterDriver<
  Spec extends { readonly name: string } = ClusterSpec,
  Context extends DriverContext = ClusterContext,
> {
  /** Looks without changing anything; takes up to half a minute where a cluster does not answer. */
  inspect(spec: Spec, context: Context): Promise<ClusterState>;
  /**
   * Makes sure the cluster is there and healthy: adopts its own, starts a stopped one, mends or remakes a broken one.
   *
   * @throws UserError where the name or a port belongs to somebody else, or the settings need a new cluster
   */
  create(spec: Spec, context: Context): Promise<ClusterChange>;
  /**
   * Makes a stopped or broken cluster healthy: first by starting and restarting its nodes, which keeps everything in
   * it; where that does not help, or its creation was never finished, by making it anew.
   */
  repair(spec: Spec, context: Context): Promise<ClusterChange>;
  /**
   * Removes the cluster with everything in it, or, where somebody else keeps it, what was put there and nothing more.
   *
   * @throws UserError where it is somebody else's
   */
  delete(name: string, context: Context): Promise<void>;
  /** Content of a kubeconfig for this machine. */
  kubeconfig(name: string, context: Context): Promise<string>;
  /** Another one for every cluster, even of the same name; undefined where there is none. */
  identity(name: string, context: Context): Promise<string | undefined>;
  /** Where this machine reaches the ingress; undefined where only the ingress itself can tell. */
  ingressAddress(spec: Spec, context: Context): Promise<string | undefined>;
  /** URL of the API server for pods of the platform's other clusters. */
  serverForOthers(spec: Spec, context: Context): Promise<string>;
}

/** The nodes with ports 80 and 443 of the one that carries the ingress controller published on this machine. */
export function withIngressPorts(
  nodes: readonly ClusterNode[],
  ports: { readonly httpPort: number; readonly httpsPort: number },
  tier = 'backstage',
): readonly ClusterNode[] {
  const ingress = nodes.findIndex((node) => node.labels?.['tier'] === tier);
  const mappings: readonly PortMapping[] = [
    { hostPort: ports.httpPort, nodePort: 80, setting: '--http-port' },
    { hostPort: ports.httpsPort, nodePort: 443, setting: '--https-port' },
  ];
  return nodes.map((node, index) =>
    index === ingress ? { ...node, ports: [...(node.ports ?? []), ...mappings] } : node,
  );
}
