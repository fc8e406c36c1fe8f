import type { Platform } from '../../apps/model';
import { podPolicies } from './pods';
import { podSecurity } from './pod-security';
import type { Policy } from './policy';
import { secretPolicies } from './secrets';
import { surroundings } from './surroundings';

export type { Policy } from './policy';

/** Every policy, sorted by name. */
export function policies({ registry }: Pick<Platform, 'registry'>): readonly Policy[] {
  return [...podSecurity, ...podPolicies(registry.repositories), ...secretPolicies, ...surroundings].toSorted(
    (left, right) => (left.name < right.name ? -1 : 1),
  );
}
