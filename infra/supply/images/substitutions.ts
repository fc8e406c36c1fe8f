import { images, type Image, type ImageName } from '../../versions';

/** An image that is not what its name says where it was assembled. */
export interface Substitution {
  readonly image: ImageName;
  readonly reference: string;
  readonly note: string;
  /** Both, as `up`, `doctor` and the docs print it. */
  readonly line: string;
}

/** Everything that stands in for something else where registries cannot be reached. */
export function substitutions(): readonly Substitution[] {
  return (Object.entries(images) as [ImageName, Image][]).flatMap(([image, { reference, substitute: note }]) =>
    note === undefined ? [] : [{ image, reference, note, line: `${reference}: ${note}` }],
  );
}
