import type { Difference } from '../diff/differences';
import type { Finding } from '../model';
import type { DistTree } from '../tree/dist-tree';

/** What is known besides the two trees. */
export interface EffectFacts {
  /** In promotion order. */
  readonly environments: readonly { readonly name: string; readonly promotesFrom?: string }[];
}

export interface EffectInput extends EffectFacts {
  readonly base: DistTree;
  readonly head: DistTree;
  /** Every object that is not the same on both sides. */
  readonly differences: readonly Difference[];
}

/** What a change will do, as far as one rule sees it. */
export type EffectRule = (input: EffectInput) => Iterable<Finding>;
