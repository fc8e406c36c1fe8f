import type * as pulumi from '@pulumi/pulumi';
import { MirroredImages } from '../provider/resources';

/** Where the nodes of a cluster get images. */
export interface ImageMirror {
  /** The local registry for clients on this machine. */
  readonly address: pulumi.Input<string>;
}

/**
 * Makes sure that nodes which reach no registry find these images in the local one.
 *
 * @param mirror undefined where nodes pull for themselves: then there is nothing to do
 * @returns what has to be there before pods start
 */
export function mirrorImages(
  name: string,
  references: readonly string[],
  mirror: ImageMirror | undefined,
  opts: pulumi.CustomResourceOptions,
): readonly pulumi.Resource[] {
  if (mirror === undefined || references.length === 0) return [];
  return [new MirroredImages(`${name}-images`, { references, address: mirror.address }, opts)];
}
