import type { Finding } from '../model';
import type { EffectInput, EffectRule } from './rule';

/** Every rule; each is a file or a small family, and has its line in docs/review.md. */
const effectRules: readonly EffectRule[] = [];

/** What a change will do. */
export function findEffects(input: EffectInput): Finding[] {
  return effectRules.flatMap((rule) => [...rule(input)]);
}
