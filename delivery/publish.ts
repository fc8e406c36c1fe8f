import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailed } from '../core/exec';
import { UserError } from '../core/errors';
import { explainRemote, isUnreachable, type Remote, type Repository } from './git';

export interface PublishOptions {
  readonly git: Repository;
  readonly remote: Remote;
  /**
   * Makes the commit to push from what the branch holds now (undefined where there is no branch yet); undefined where
   * there is nothing to push. Called anew whenever somebody else was faster.
   */
  readonly prepare: (branch: string | undefined) => Promise<string | undefined>;
  /** A branch of one's own that takes the commit instead, and loses what it had; the other one is only read. @default none */
  readonly proposal?: string;
  /** How often in all that somebody else may be faster. @default 12 */
  readonly attempts?: number;
  /** How long a repository that does not answer is asked again. @default 20000 */
  readonly patienceMs?: number;
  readonly onRetry?: (attempt: number, reason: string) => void;
  readonly signal?: AbortSignal;
}

export interface Published {
  /** The branch's commit afterwards. */
  readonly commit: string;
  readonly pushed: boolean;
  readonly attempts: number;
}

/** What somebody else's push in between looks like, from Git's own words and from servers that lock references. */
const OVERTAKEN =
  /\[rejected\]|fetch first|non-fast-forward|failed to update ref|cannot lock ref|incorrect old value|stale info/i;

const OVERTAKEN_REASON = 'somebody else delivered first';
const SILENT_REASON = 'the repository did not answer';

/** From half to all of a time that doubles up to `longestMs`, so that rivals do not meet again. */
function pauseMs(attempt: number, longestMs: number): number {
  return Math.min(longestMs, 100 * 2 ** attempt) * (0.5 + Math.random() / 2);
}

type Attempt =
  | Omit<Published, 'attempts'>
  | { readonly again: typeof OVERTAKEN_REASON | typeof SILENT_REASON; readonly error: UserError };

/** What to push where: onto the branch and never by force, or into the proposal's own branch as it was looked at. */
async function pushArguments(options: PublishOptions, commit: string): Promise<readonly string[]> {
  const { git, remote, proposal } = options;
  const push = ['push', '--porcelain'];
  if (proposal === undefined) return [...push, remote.url, `${commit}:refs/heads/${remote.branch}`];
  const there = await git.fetch({ ...remote, branch: proposal });
  const lease = `--force-with-lease=refs/heads/${proposal}:${there ?? ''}`;
  return [...push, lease, remote.url, `${commit}:refs/heads/${proposal}`];
}

async function once(options: PublishOptions): Promise<Attempt> {
  const { git, remote, prepare } = options;
  let branch: string | undefined;
  try {
    branch = await git.fetch(remote);
  } catch (error) {
    if (error instanceof UserError && isUnreachable(error)) return { again: SILENT_REASON, error };
    throw error;
  }
  const commit = await prepare(branch);
  if (commit === undefined || commit === branch) return { commit: (commit ?? branch)!, pushed: false };
  const args = await pushArguments(options, commit);
  const result = await git.try(args, { timeoutMs: 120_000 });
  if (result.exitCode === 0) return { commit, pushed: true };
  const output = result.stdout + result.stderr;
  const failed = new CommandFailed('git', args, `exited with ${result.exitCode}`, { ...result, stderr: output });
  const error = explainRemote(remote, failed);
  if (!/hook declined|protected branch|rule violations/i.test(output)) {
    if (OVERTAKEN.test(output)) return { again: OVERTAKEN_REASON, error: failed };
    if (isUnreachable(error)) return { again: SILENT_REASON, error };
  }
  throw error === failed
    ? new UserError(`${remote.url} refuses the delivery`, { details: failed.details, cause: failed })
    : error;
}

/**
 * Pushes one commit onto a branch that others push to as well: never by force, and prepared again from the new state
 * whenever the branch moved meanwhile. A push whose answer was lost is found by the next look at the branch.
 *
 * @throws UserError where the repository refuses, or after the last attempt
 */
export async function publish(options: PublishOptions): Promise<Published> {
  const limit = options.attempts ?? 12;
  const patienceMs = options.patienceMs ?? 20_000;
  let silentSince: number | undefined;
  for (let attempt = 1, overtaken = 0; ; attempt += 1) {
    options.signal?.throwIfAborted();
    const result = await once(options);
    if (!('again' in result)) return { ...result, attempts: attempt };
    if (result.again === SILENT_REASON) {
      silentSince ??= Date.now();
      if (Date.now() - silentSince > patienceMs) throw result.error;
    } else {
      silentSince = undefined;
      overtaken += 1;
      if (overtaken >= limit) {
        throw new UserError(`nothing was delivered in ${attempt} attempts: ${result.again}`, {
          details: result.error.details.slice(-3),
          repair: 'run the same command again',
        });
      }
    }
    options.onRetry?.(attempt, result.again);
    const longestMs = result.again === SILENT_REASON ? 5000 : 1000;
    await sleep(pauseMs(overtaken || attempt, longestMs), undefined, { signal: options.signal });
  }
}
