import { withoutHold } from '../apps/release';
import type { Hold } from '../apps/model';
import { describeHold } from './bump';
import type { Actor } from './change';
import { changeLocks, type ChangedLocks, type LockCommand } from './change-locks';
import { toInstant } from './source-order';

export interface HoldOptions extends LockCommand {
  readonly services: readonly string[];
  readonly environment: string;
  readonly reason: string;
}

/** A hold from now on. */
export function holdNow(reason: string, actor: Actor): Hold {
  return { reason: reason.replaceAll(/\s+/g, ' ').trim(), by: actor.name, since: toInstant(new Date()) };
}

/** Keeps releases where they are: no bump and no promotion moves them. Somebody else's hold is left as it is. */
export function hold(options: HoldOptions): Promise<ChangedLocks> {
  const { environment, reason, actor } = options;
  const held = holdNow(reason, actor);
  return changeLocks({
    ...options,
    telling: { action: 'hold', environment, reason },
    decide: async (_service, lock) =>
      lock.hold === undefined
        ? { state: 'landed', release: { ...lock, hold: held } }
        : { state: 'held', reason: describeHold(lock) },
  });
}

/** Lets releases move again. */
export function releaseHold(
  options: Omit<HoldOptions, 'reason'> & { readonly reason?: string },
): Promise<ChangedLocks> {
  const { environment, reason } = options;
  return changeLocks({
    ...options,
    telling: { action: 'release-hold', environment, ...(reason !== undefined && { reason }) },
    decide: async (_service, lock) =>
      lock.hold === undefined ? { state: 'current' } : { state: 'landed', release: withoutHold(lock) },
  });
}
