import { withoutHold } from '../apps/release';
import type { Released } from '../apps/model';
import { listed } from '../apps/violation';
import { UserError } from '../core/errors';
import { changeLocks, type ChangedLocks, type LockCommand } from './change-locks';
import { holdNow } from './hold';
import { lockHistory, runs, sameRelease } from './lock-history';

export interface RollbackOptions extends LockCommand {
  readonly service: string;
  readonly environment: string;
  readonly reason: string;
  /** The first digits of a source commit, or a version. @default what ran before */
  readonly to?: string;
}

/** Whether a release is what a person calls `name`. */
function isCalled({ version, source }: Released, name: string): boolean {
  return (
    version === name ||
    version === name.replace(/^v/, '') ||
    (/^[0-9a-f]{4,40}$/.test(name) && !!source?.startsWith(name))
  );
}

/** The release to go back to, out of what ran, newest first. */
function choose(former: readonly Released[], { service, environment, to }: RollbackOptions): Released {
  const distinct = former.filter((one, index) => former.findIndex((other) => sameRelease(one, other)) === index);
  const known = listed(distinct.map(({ version }) => version));
  const place = `${service} in ${environment}`;
  if (to === undefined) {
    if (distinct[0] !== undefined) return distinct[0];
    throw new UserError(`there is nothing to go back to: ${place} ran nothing before this release`);
  }
  const found = distinct.filter((release) => isCalled(release, to));
  if (found.length === 1) return found[0]!;
  // one version that was built twice: the latest that ran is meant
  if (found.length > 1 && found.every(({ version }) => version === found[0]!.version)) return found[0]!;
  throw new UserError(
    found.length === 0
      ? `${place} never ran ${to}`
      : `${to} may be any of ${listed(found.map(({ source }) => source ?? 'unknown'))}`,
    {
      details: [known === '' ? 'it ran nothing before' : `it ran ${known}`],
      repair: `npx slipway history ${service} --env ${environment}`,
    },
  );
}

/**
 * Lets an environment run again what it ran before, and holds it there, in one commit; so no bump undoes it. A hold that is
 * there gives way: who rolls back has looked.
 *
 * @throws UserError where it never ran what is asked for
 */
export function rollback(options: RollbackOptions): Promise<ChangedLocks> {
  const { service, environment, reason, actor } = options;
  const hold = holdNow(reason, actor);
  return changeLocks({
    ...options,
    services: [service],
    telling: { action: 'rollback', environment, reason },
    decide: async (_service, lock, { git, commit }) => {
      const entries = await lockHistory(git, { service, environment, branch: commit });
      const former = runs(entries).map(({ release }) => release);
      const begun = former.findLastIndex((one) => sameRelease(one, lock));
      const release = choose(options.to === undefined ? former.slice(begun + 1) : former, options);
      return { state: 'landed', release: { ...withoutHold(release), hold } };
    },
  });
}
