import path from 'node:path';
import type { Cluster } from '../../../apps/cluster';
import { projectRoot } from '../../../core/paths';
import { UserError } from '../../../core/errors';
import {
  clusterFolder,
  existingDriver,
  existingSpec,
  kindDriver,
  minikubeDriver,
  registryEndpoint,
  withIngressPorts,
  type ClusterChange,
  type ClusterDriver,
  type ClusterState,
  type DriverContext,
} from '../../cluster';
import type { Operation, ResourceType } from '../resource-type';
import type { Surroundings } from '../surroundings';
import { modernizeCluster } from './kind-cluster-state';

export interface KubernetesClusterInputs {
  /** The platform's name. */
  readonly platform: string;
  /** The cluster's own name: the platform's, or one that begins with it. */
  readonly name: string;
  /** What it is made of, with this machine's own ports. */
  readonly cluster: Cluster;
  /** `registry.<domain>`: the registry's name in image references. */
  readonly registryHost: string;
  /** Nodes ask the local registry for the images of all others, for machines that reach none. */
  readonly mirrorEverything: boolean;
  /** Namespaces that the platform will make in it. */
  readonly namespaces: readonly string[];
  /** Argo CD and the Git forge run here. */
  readonly hostsArgoCd: boolean;
}

export interface KubernetesClusterOutputs {
  /** Another one for every cluster, even of the same name. */
  readonly clusterId: string;
  /** Content of a kubeconfig for this machine, with an administrator's key. */
  readonly kubeconfig: string;
  readonly kubeconfigFile: string;
  /** Where this machine reaches the ingress; empty where only the ingress itself can tell. */
  readonly ingressAddress: string;
  /** URL of the API server for pods of the platform's other clusters. */
  readonly serverForOthers: string;
}

/** A driver with what it works on: from here on nobody knows which one it is. */
interface Bound {
  inspect(): Promise<ClusterState>;
  create(): Promise<ClusterChange>;
  repair(): Promise<ClusterChange>;
  delete(): Promise<void>;
  kubeconfig(): Promise<string>;
  identity(): Promise<string | undefined>;
  ingressAddress(): Promise<string | undefined>;
  serverForOthers(): Promise<string>;
}

function bind<Spec extends { readonly name: string }, Context extends DriverContext>(
  driver: ClusterDriver<Spec, Context>,
  spec: Spec,
  context: Context,
): Bound {
  const { name } = spec;
  return {
    inspect: () => driver.inspect(spec, context),
    create: () => driver.create(spec, context),
    repair: () => driver.repair(spec, context),
    delete: () => driver.delete(name, context),
    kubeconfig: () => driver.kubeconfig(name, context),
    identity: () => driver.identity(name, context),
    ingressAddress: () => driver.ingressAddress(spec, context),
    serverForOthers: () => driver.serverForOthers(spec, context),
  };
}

/** A path of the catalog as this machine knows it. */
const onThisMachine = (file: string): string => path.resolve(projectRoot, file);

async function choose(
  inputs: KubernetesClusterInputs,
  surroundings: Surroundings,
  operation: Operation,
): Promise<Bound> {
  const { platform, name, cluster } = inputs;
  const { stateFolder } = surroundings;
  const common: DriverContext = {
    platform: { name: platform, stateFolder },
    folder: clusterFolder(stateFolder, platform, name),
    progress: operation.progress,
    tool: (tool) => surroundings.tool(tool),
    signal: operation.signal,
  };
  if (cluster.driver === 'existing') {
    const { namespaces, hostsArgoCd } = inputs;
    return bind(existingDriver, existingSpec(cluster, { name, namespaces, hostsArgoCd, root: projectRoot }), common);
  }
  const registry = {
    host: inputs.registryHost,
    mirrorEverything: inputs.mirrorEverything,
    endpoint: registryEndpoint(platform),
  };
  const context = { ...common, engine: await surroundings.engine(operation.progress) };
  if (cluster.driver === 'minikube') {
    const { kubernetesVersion, nodes } = cluster;
    return bind(minikubeDriver, { name, kubernetesVersion, nodes, registry }, context);
  }
  const nodes = cluster.nodes.map((node) => ({
    ...node,
    mounts: node.mounts.map((mount) => ({ ...mount, hostPath: onThisMachine(mount.hostPath) })),
  }));
  const image = await surroundings.engineImage('node');
  return bind(kindDriver, { name, image, nodes: withIngressPorts(nodes, cluster), registry }, context);
}

/** Starts or mends a cluster that is there and does not run; nothing is made where there is none. */
export async function wakeCluster(
  inputs: KubernetesClusterInputs,
  surroundings: Surroundings,
  operation: Operation,
): Promise<void> {
  const bound = await choose(inputs, surroundings, operation);
  const { state } = await bound.inspect();
  if (state === 'stopped' || state === 'broken') await bound.repair();
}

async function describe(bound: Bound, { kubeconfigFile }: ClusterChange): Promise<KubernetesClusterOutputs> {
  const [clusterId, kubeconfig, ingressAddress, serverForOthers] = await Promise.all([
    bound.identity(),
    bound.kubeconfig(),
    bound.ingressAddress(),
    bound.serverForOthers(),
  ]);
  return { clusterId: clusterId!, kubeconfig, kubeconfigFile, ingressAddress: ingressAddress ?? '', serverForOthers };
}

/** @throws UserError where another driver is asked for: what is in the one cluster would be lost with it */
function refuseOtherDriver(state: KubernetesClusterInputs, inputs: KubernetesClusterInputs): void {
  if (state.cluster.driver === inputs.cluster.driver) return;
  throw new UserError(
    `the platform runs on a cluster of the driver "${state.cluster.driver}", not "${inputs.cluster.driver}"`,
    { repair: '`npx slipway down` removes it, then `npx slipway up` makes the other; or set the driver back' },
  );
}

/** A cluster, whatever makes or keeps it. */
export function kubernetesCluster(
  surroundings: Surroundings,
): ResourceType<KubernetesClusterInputs, KubernetesClusterOutputs> {
  return {
    // other settings need a new cluster too, and whoever changes them is told so before anything is lost
    replaceOn: ['platform', 'name'],
    modernize: modernizeCluster,
    secretOutputs: ['kubeconfig'],
    timeoutSeconds: 1800,
    async create(inputs, operation) {
      const bound = await choose(inputs, surroundings, operation);
      return { id: inputs.name, outputs: await describe(bound, await bound.create()) };
    },
    async read(_id, state, operation) {
      const bound = await choose(state, surroundings, operation);
      return (await bound.inspect()).state === 'absent' ? undefined : state;
    },
    async inspect(_id, state, operation) {
      const bound = await choose(state, surroundings, operation);
      const found = await bound.inspect();
      if (found.state === 'absent') return 'gone';
      // somebody made it anew under its name: nothing of what was in it is there
      if ((await bound.identity()) !== state.clusterId) return 'gone';
      return found.state === 'healthy' ? 'present' : 'changed';
    },
    async update(_id, state, inputs, operation) {
      refuseOtherDriver(state, inputs);
      const bound = await choose(inputs, surroundings, operation);
      return describe(bound, await bound.repair());
    },
    async delete(_id, state, operation) {
      const bound = await choose(state, surroundings, operation);
      const there = await bound.identity();
      // the one that has taken its place is another resource's
      if (there === undefined || there === state.clusterId) await bound.delete();
    },
  };
}
