import type { Operation, ResourceType } from '../resource-type';

export interface ServiceImagesInputs {
  /** Host and port to which this machine pushes images. */
  readonly registryAddress: string;
}

/** Builds the images of services that have no release and pushes them; the first delivery finds them there. */
export type BuildServices = (inputs: ServiceImagesInputs, operation: Operation) => Promise<void>;

/**
 * The images of the first delivery, built while the cluster is still being made. They go with the registry, and what
 * was missed is built by the delivery itself.
 */
export function serviceImages(build: BuildServices): ResourceType<ServiceImagesInputs> {
  return {
    replaceOn: [],
    timeoutSeconds: 1800,
    create: async (inputs, operation) => {
      await build(inputs, operation);
      return { id: 'service-images', outputs: {} };
    },
    update: async () => ({}),
  };
}
