import { deleteRegistry, ensureRegistry, registryName, type RegistryContext } from '../../cluster';
import type { Operation, ResourceType } from '../resource-type';
import type { Surroundings } from '../surroundings';

export interface RegistryInputs {
  /** The platform's name; the container is called `<platform>-registry`. */
  readonly platform: string;
  /** Port on 127.0.0.1 to which this machine pushes. */
  readonly hostPort: number;
}

export interface RegistryOutputs {
  /** The registry for clients on this machine: `127.0.0.1:5001`. */
  readonly address: string;
}

/** The local registry: a container with a volume. */
export function registry(surroundings: Surroundings): ResourceType<RegistryInputs, RegistryOutputs> {
  const contextOf = async ({ platform }: RegistryInputs, operation: Operation): Promise<RegistryContext> => ({
    engine: await surroundings.engine(operation.progress),
    platform: { name: platform, stateFolder: surroundings.stateFolder },
    progress: operation.progress,
    signal: operation.signal,
  });
  const ensure = async (inputs: RegistryInputs, operation: Operation): Promise<RegistryOutputs> => {
    const image = await surroundings.engineImage('registry');
    await ensureRegistry({ image, hostPort: inputs.hostPort }, await contextOf(inputs, operation));
    return { address: `127.0.0.1:${inputs.hostPort}` };
  };
  const find = async (state: RegistryInputs, operation: Operation) => {
    const { engine } = await contextOf(state, operation);
    return engine.inspect('container', registryName(state.platform));
  };

  return {
    replaceOn: ['platform'],
    timeoutSeconds: 900,
    create: async (inputs, operation) => ({
      id: registryName(inputs.platform),
      outputs: await ensure(inputs, operation),
    }),
    read: async (_id, state, operation) => ((await find(state, operation)) === undefined ? undefined : state),
    // gone is no reason to replace: it comes back over its volume, with the images that were pushed
    inspect: async (_id, state, operation) =>
      (await find(state, operation))?.State.Running === true ? 'present' : 'changed',
    update: (_id, _state, inputs, operation) => ensure(inputs, operation),
    delete: async (_id, state, operation) => deleteRegistry(await contextOf(state, operation)),
  };
}
