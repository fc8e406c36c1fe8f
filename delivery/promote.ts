import { withoutHold } from '../apps/release';
import type { Released } from '../apps/model';
import { UserError } from '../core/errors';
import { decideByAge } from './bump';
import { changeLocks, type ChangedLocks, type Copy, type LockCommand } from './change-locks';
import { releaseAt } from './lock-history';
import { readLocks } from './lock-tree';

export interface PromoteOptions extends LockCommand {
  readonly services: readonly string[];
  readonly from: string;
  readonly to: string;
  /** What the release is called from now on, in its tag and as what the service answers. @default as it was */
  readonly version?: string;
  /** What was recorded for this commit or before it. @default what is recorded now */
  readonly at?: string;
  /** Of all services, those with another image are meant; the others stay as they are, unreleased ones too. @default false */
  readonly whatChanged?: boolean;
  /** Refuses, by throwing, a release that must not go on; and does what it takes for it to be there. */
  readonly admit: (service: string, release: Released) => Promise<void>;
  /** What `admit` lets pass though it would refuse it, and why. @default nothing */
  readonly forced?: string;
}

async function sourceRelease(
  service: string,
  { from, at }: PromoteOptions,
  { git, commit }: Copy,
): Promise<Released | undefined> {
  if (at !== undefined) return releaseAt(git, { service, environment: from, branch: commit, source: at });
  const release = (await readLocks(git.folder, [service], from)).get(service)!;
  return release.unreleased ? undefined : release;
}

/** The same image under another name: what runs is its digest. */
function renamed(held: Released, version: string | undefined): Released {
  const release = withoutHold(held);
  if (version === undefined) return release;
  return { ...release, version, image: `${release.image.slice(0, release.image.lastIndexOf(':'))}:${version}` };
}

/**
 * Lets an environment run what another one runs: the same digest, never another build. A release that is older than what is
 * there is superseded: going back is a rollback.
 *
 * @throws UserError where a service has no release to promote, or `admit` refuses one
 */
export function promote(options: PromoteOptions): Promise<ChangedLocks> {
  const { from, to, services, forced } = options;
  const admitted = new Map<string, string>();
  return changeLocks({
    ...options,
    telling: { action: 'promote', environment: to, ...(forced !== undefined && { forced }) },
    services,
    decide: async (service, lock, copy) => {
      const release = await sourceRelease(service, options, copy);
      if (options.whatChanged && (release === undefined || (!lock.unreleased && release.digest === lock.digest))) {
        return { state: 'current' };
      }
      if (release === undefined) {
        throw new UserError(`${service} has no release in ${from} to promote`, {
          repair: `npx slipway bump ${service} --env ${from} --image <image>@<digest> --source <commit>`,
        });
      }
      const next = renamed(release, options.version);
      const decision = await decideByAge(service, lock, next, copy);
      if (decision.state !== 'landed' || admitted.get(service) === next.digest) return decision;
      await options.admit(service, next);
      admitted.set(service, next.digest);
      return decision;
    },
  });
}
