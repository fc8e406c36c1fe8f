import type { Operation, ResourceType } from '../resource-type';
import type { ForgeConnection } from '../forge/connection';

export interface FirstDeliveryInputs {
  /** The forge in the cluster. @default `url` as it is, with the credentials of the environment */
  readonly forge?: ForgeConnection;
  /** A new cluster has a new, empty repository. @default the repository outlives clusters */
  readonly cluster?: string;
  /** The repository's URL by HTTP, without a port. */
  readonly url: string;
  readonly branch: string;
  /** `registry.<domain>`: the registry's name in image references. */
  readonly registryHost: string;
  /** Host and port to which this machine pushes images. */
  readonly registryAddress: string;
}

export interface FirstDeliveryOutputs {
  /** The commit of the platform's own copy after it. */
  readonly commit: string;
}

/** Builds what has no release yet, and gives the platform its own copy of the project, rendered. */
export type Deliver = (inputs: FirstDeliveryInputs, operation: Operation) => Promise<FirstDeliveryOutputs>;

const where = ['cluster', 'url', 'branch'] as const;

/** The first delivery into a repository. It runs once for each; later commits are sent when the user says so. */
export function firstDelivery(deliver: Deliver): ResourceType<FirstDeliveryInputs, FirstDeliveryOutputs> {
  return {
    replaceOn: [],
    timeoutSeconds: 1800,
    create: async (inputs, operation) => ({ id: 'first-delivery', outputs: await deliver(inputs, operation) }),
    // how the forge and the registry are reached may change; what was delivered stays
    update: async (_id, state, inputs, operation) =>
      where.every((key) => state[key] === inputs[key]) ? { commit: state.commit } : deliver(inputs, operation),
  };
}
