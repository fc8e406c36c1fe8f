import type { Release, Released } from '../apps/model';
import { UserError } from '../core/errors';
import type { Decision } from './change';
import { changeLocks, type ChangedLocks, type Copy, type LockCommand } from './change-locks';
import { versionOf } from './releases';
import { compareSources, timeOfCommit } from './source-order';

/** An image that was built and pushed, and where it comes from. */
export interface BuiltImage {
  readonly service: string;
  /** With registry and tag: `registry.offerfit.local/service-a:3f2c1ab`. */
  readonly image: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** The commit that it was built from, 40 hexadecimal digits. */
  readonly source: string;
  /** When that commit was made, UTC to the second. @default asked of Git, where the platform's repository has it */
  readonly sourceTime?: string;
}

export interface BumpOptions extends LockCommand {
  readonly environment: string;
  readonly images: readonly BuiltImage[];
}

/** Why a hold keeps its release. */
export function describeHold({ hold }: Release): string {
  return `held since ${hold!.since} by ${hold!.by}: ${hold!.reason}`;
}

function undecided(service: string, source: string): UserError {
  return new UserError(`whether ${source.slice(0, 7)} is newer than what ${service} runs cannot be told`, {
    repair: 'say when its commit was made with --source-time, as `git log -1 --format=%cI <commit>` answers',
  });
}

/** Whether a lock takes a release that claims to be newer. */
export async function decideByAge(service: string, lock: Release, next: Released, { git }: Copy): Promise<Decision> {
  if (lock.hold !== undefined) return { state: 'held', reason: describeHold(lock) };
  if (lock.unreleased) return { state: 'landed', release: next };
  if (lock.digest === next.digest && lock.source === next.source && lock.version === next.version) {
    return { state: 'current' };
  }
  const order = await compareSources(git, next, lock);
  if (order === 'unknown') throw undecided(service, next.source ?? next.version);
  if (order === 'older') {
    return { state: 'superseded', reason: `${lock.version} is there, of ${lock.source ?? 'an unknown commit'}` };
  }
  return { state: 'landed', release: next };
}

/**
 * Records images as what an environment runs, all in one commit. An image whose source is older than what a lock names
 * is superseded, and a lock that is held stays; both are reported and are no error.
 *
 * @throws UserError where a service or environment is not there, or which image is newer cannot be told
 */
export function bump(options: BumpOptions): Promise<ChangedLocks> {
  const { environment, images } = options;
  const byService = new Map(images.map((image) => [image.service, image]));
  return changeLocks({
    ...options,
    services: [...byService.keys()],
    telling: { action: 'bump', environment },
    decide: async (service, lock, copy) => {
      const { image, digest, source, sourceTime } = byService.get(service)!;
      const time = sourceTime ?? (await timeOfCommit(copy.git, source));
      const next = {
        image,
        digest,
        version: versionOf(source),
        source,
        ...(time !== undefined && { sourceTime: time }),
      };
      return decideByAge(service, lock, next, copy);
    },
  });
}
