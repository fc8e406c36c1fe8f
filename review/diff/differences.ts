import type { FieldChange, ObjectIdentity, Place } from '../model';
import type { Trees } from '../tree/load';
import { keyOf, type DistObject } from '../tree/object';
import { fieldChanges } from './fields';
import { pairRenamed } from './renames';

/** One object that is not the same on both sides; at least one of `before` and `after` is there. */
export interface Difference {
  readonly type: 'added' | 'removed' | 'changed' | 'renamed';
  readonly before?: DistObject;
  readonly after?: DistObject;
  /** Of `changed` and `renamed`. */
  readonly fields: readonly FieldChange[];
}

/** Every object that is not the same on both sides. */
export function findDifferences({ base, head, differing }: Pick<Trees, 'base' | 'head' | 'differing'>): Difference[] {
  const touched = new Set(
    [base, head].flatMap(({ objects }) =>
      objects.filter(({ place }) => differing.has(place.file)).map(({ identity }) => keyOf(identity)),
    ),
  );
  const removed: DistObject[] = [];
  const added: DistObject[] = [];
  const changed: Difference[] = [];
  for (const key of touched) {
    const [before, after] = [base.get(key), head.get(key)];
    if (before === undefined) added.push(after!);
    else if (after === undefined) removed.push(before);
    else if (before.text !== after.text) {
      const fields = fieldChanges(before.manifest, after.manifest);
      if (fields.length > 0) changed.push({ type: 'changed', before, after, fields });
    }
  }
  const { renamed, left } = pairRenamed(removed, added);
  return [
    ...changed,
    ...renamed.map(([before, after]) => ({
      type: 'renamed' as const,
      before,
      after,
      fields: fieldChanges(before.manifest, after.manifest),
    })),
    ...left.removed.map((before) => ({ type: 'removed' as const, before, fields: [] })),
    ...left.added.map((after) => ({ type: 'added' as const, after, fields: [] })),
  ];
}

/** What the object is, or was before it was removed. */
export function identityOf({ before, after }: Difference): ObjectIdentity {
  return (after ?? before!).identity;
}

export function placeOf({ before, after }: Difference): Place {
  return (after ?? before!).place;
}
