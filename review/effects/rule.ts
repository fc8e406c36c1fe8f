import { identityOf, placeOf, type Difference } from '../diff/differences';
import { createFinding, type FindingProps } from '../finding';
import type { Finding } from '../model';
import type { DistTree } from '../tree/dist-tree';
import type { DistObject } from '../tree/object';

/** A node of the platform, as far as pods care. */
export interface NodeFacts {
  readonly labels: Readonly<Record<string, string>>;
  /** What pods may ask for: CPU in cores, memory in bytes. @default unknown */
  readonly allocatable?: { readonly cpu: number; readonly memory: number };
  /** Only pods that tolerate it run there: control planes. @default none */
  readonly tainted?: boolean;
}

/** What is known besides the two trees. */
export interface EffectFacts {
  /** In promotion order. */
  readonly environments: readonly { readonly name: string; readonly promotesFrom?: string }[];
  /** @default unknown: nothing is said about where pods fit */
  readonly nodes?: readonly NodeFacts[];
}

export interface EffectInput extends EffectFacts {
  readonly base: DistTree;
  readonly head: DistTree;
  /** Every object that is not the same on both sides. */
  readonly differences: readonly Difference[];
}

/** What a change will do, as far as one rule sees it. */
export type EffectRule = (input: EffectInput) => Iterable<Finding>;

type EffectProps = Omit<FindingProps, 'category' | 'object' | 'places' | 'source' | 'exception'>;

/** A finding about an object of a tree. */
export function effectOn(object: DistObject, props: EffectProps): Finding {
  return createFinding({ ...props, category: 'effect', object: object.identity, places: [object.place] });
}

/** A finding about an object that is not the same on both sides. */
export function effectOf(difference: Difference, props: EffectProps): Finding {
  return createFinding({
    ...props,
    category: 'effect',
    object: identityOf(difference),
    places: [placeOf(difference)],
  });
}

/** Differences of objects that are there before and after, under whatever name. */
export function kept(differences: readonly Difference[]): (Difference & { before: DistObject; after: DistObject })[] {
  return differences.filter(
    (difference): difference is Difference & { before: DistObject; after: DistObject } => difference.type === 'changed',
  );
}

/** Objects that are no longer there under their name. */
export function gone(differences: readonly Difference[]): DistObject[] {
  return differences.flatMap(({ type, before }) =>
    (type === 'removed' || type === 'renamed') && before !== undefined ? [before] : [],
  );
}

/** Objects that are there under their name for the first time. */
export function arrived(differences: readonly Difference[]): DistObject[] {
  return differences.flatMap(({ type, after }) =>
    (type === 'added' || type === 'renamed') && after !== undefined ? [after] : [],
  );
}

/** `a, b and c`; what is beyond `most` is counted. */
export function listed(items: readonly string[], most = 4): string {
  if (items.length > most) return `${items.slice(0, most).join(', ')} and ${items.length - most} more`;
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** `1 pod`, `2 pods`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Whether a change leaves fewer replicas than there were. */
export function replicasFell({ fields }: Difference): boolean {
  const change = fields.find(({ path }) => path === 'spec.replicas');
  return change !== undefined && Number(change.after ?? 1) < Number(change.before ?? 1);
}
