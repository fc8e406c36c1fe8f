import { kindDriver, withIngressPorts, type ClusterContext, type ClusterNode, type ClusterSpec } from '../../cluster';
import type { Operation, ResourceType } from '../resource-type';
import type { Surroundings } from '../surroundings';

export interface KindClusterInputs {
  /** The platform's name, which is the cluster's. */
  readonly platform: string;
  /** A release of Kubernetes: `v1.36.1`. */
  readonly kubernetesVersion: string;
  readonly nodes: readonly Pick<ClusterNode, 'role' | 'labels'>[];
  readonly httpPort: number;
  readonly httpsPort: number;
  /** `registry.<domain>`: the registry's name in image references. */
  readonly registryHost: string;
  /** Nodes ask the local registry for the images of all others, for machines that reach none. */
  readonly mirrorEverything: boolean;
}

export interface KindClusterOutputs {
  /** Another one for every cluster, even of the same name. */
  readonly clusterId: string;
  /** Content of a kubeconfig for this machine, with an administrator's key. */
  readonly kubeconfig: string;
  readonly kubeconfigFile: string;
}

/** A cluster of containers on this machine. */
export function kindCluster(surroundings: Surroundings): ResourceType<KindClusterInputs, KindClusterOutputs> {
  const contextOf = async ({ platform }: KindClusterInputs, operation: Operation): Promise<ClusterContext> => ({
    engine: await surroundings.engine(operation.progress),
    platform: { name: platform, stateFolder: surroundings.stateFolder },
    progress: operation.progress,
    tool: (name) => surroundings.tool(name),
    signal: operation.signal,
  });
  const specOf = async (inputs: KindClusterInputs): Promise<ClusterSpec> => ({
    name: inputs.platform,
    image: await surroundings.engineImage('node'),
    nodes: withIngressPorts(inputs.nodes, inputs),
    registry: { host: inputs.registryHost, mirrorEverything: inputs.mirrorEverything },
  });
  const idOf = async ({ platform }: KindClusterInputs, { engine }: ClusterContext): Promise<string | undefined> =>
    (await engine.inspect('container', `${platform}-control-plane`))?.Id;
  const describe = async (
    inputs: KindClusterInputs,
    context: ClusterContext,
    kubeconfigFile: string,
  ): Promise<KindClusterOutputs> => {
    const kubeconfig = await kindDriver.kubeconfig(inputs.platform, context);
    return { clusterId: (await idOf(inputs, context))!, kubeconfig, kubeconfigFile };
  };
  const lookAt = async (state: KindClusterInputs, operation: Operation) =>
    kindDriver.inspect(await specOf(state), await contextOf(state, operation));

  return {
    // other settings need a new cluster too, and whoever changes them is told so before anything is lost
    replaceOn: ['platform'],
    secretOutputs: ['kubeconfig'],
    timeoutSeconds: 1200,
    async create(inputs, operation) {
      const context = await contextOf(inputs, operation);
      const { kubeconfigFile } = await kindDriver.create(await specOf(inputs), context);
      return { id: inputs.platform, outputs: await describe(inputs, context, kubeconfigFile) };
    },
    read: async (_id, state, operation) => ((await lookAt(state, operation)).state === 'absent' ? undefined : state),
    async inspect(_id, state, operation) {
      const found = await lookAt(state, operation);
      if (found.state === 'absent') return 'gone';
      // somebody made it anew under its name: nothing of what was in it is there
      if ((await idOf(state, await contextOf(state, operation))) !== state.clusterId) return 'gone';
      return found.state === 'healthy' ? 'present' : 'changed';
    },
    async update(_id, _state, inputs, operation) {
      const context = await contextOf(inputs, operation);
      const { kubeconfigFile } = await kindDriver.repair(await specOf(inputs), context);
      return describe(inputs, context, kubeconfigFile);
    },
    async delete(id, state, operation) {
      const context = await contextOf(state, operation);
      const there = await idOf(state, context);
      // the one that has taken its place is another resource's
      if (there === undefined || there === state.clusterId) await kindDriver.delete(id, context);
    },
  };
}
