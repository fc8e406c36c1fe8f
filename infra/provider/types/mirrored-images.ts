import { digestInRegistry, mirrorPath, pushArchive } from '../../supply/images';
import type { Operation, ResourceType } from '../resource-type';
import type { Surroundings } from '../surroundings';

export interface MirroredImagesInputs {
  /** As manifests name them. */
  readonly references: readonly string[];
  /** The registry for clients on this machine. */
  readonly address: string;
}

/** Images under their upstream names in the local registry, for nodes that reach no other. They go with the registry. */
export function mirroredImages(surroundings: Surroundings): ResourceType<MirroredImagesInputs> {
  const push = async ({ references, address }: MirroredImagesInputs, { progress, signal }: Operation) => {
    const crane = await surroundings.tool('crane');
    await Promise.all(
      references.map((reference) =>
        progress.step(`bring ${reference} into the local registry`, async () => {
          const archive = await surroundings.imageArchive(reference);
          signal.throwIfAborted();
          await pushArchive(archive, mirrorPath(reference), { crane, address });
        }),
      ),
    );
    return {};
  };

  return {
    // at another address the registry is the same one, or a new one that lacks them
    replaceOn: [],
    timeoutSeconds: 3600,
    create: async (inputs, operation) => ({ id: 'mirrored-images', outputs: await push(inputs, operation) }),
    async inspect(_id, { references, address }) {
      const found = await Promise.all(references.map((reference) => digestInRegistry(mirrorPath(reference), address)));
      return found.includes(undefined) ? 'changed' : 'present';
    },
    update: (_id, _state, inputs, operation) => push(inputs, operation),
  };
}
