import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailed } from '../core/exec';
import { UserError } from '../core/errors';
import { explainRemote, type Remote, type Repository } from './git';

export interface PublishOptions {
  readonly git: Repository;
  readonly remote: Remote;
  /**
   * Makes the commit to push from what the branch holds now (undefined where there is no branch yet); undefined where
   * there is nothing to push. Called anew whenever somebody else was faster.
   */
  readonly prepare: (branch: string | undefined) => Promise<string | undefined>;
  /** How often in all. @default 12 */
  readonly attempts?: number;
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
const UNREACHABLE =
  /Could not resolve host|Failed to connect|Connection (refused|reset)|timed out|returned error: 5\d\d|hung up/i;

function reasonToRetry(output: string): string | undefined {
  if (/hook declined|protected branch/i.test(output)) return undefined;
  if (OVERTAKEN.test(output)) return 'somebody else delivered first';
  return UNREACHABLE.test(output) ? 'the repository did not answer' : undefined;
}

/** From half to all of a time that doubles up to five seconds, so that rivals do not meet again. */
function pauseMs(attempt: number): number {
  return Math.min(5000, 100 * 2 ** attempt) * (0.5 + Math.random() / 2);
}

/**
 * Pushes one commit onto a branch that others push to as well: never by force, and prepared again from the new state
 * whenever the branch moved meanwhile.
 *
 * @throws UserError where the repository refuses, or after the last attempt
 */
export async function publish(options: PublishOptions): Promise<Published> {
  const { git, remote } = options;
  const limit = options.attempts ?? 12;
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted();
    const branch = await git.fetch(remote);
    const commit = await options.prepare(branch);
    if (commit === undefined || commit === branch) {
      return { commit: (commit ?? branch)!, pushed: false, attempts: attempt };
    }
    const args = ['push', '--porcelain', remote.url, `${commit}:refs/heads/${remote.branch}`];
    const result = await git.try(args, { timeoutMs: 120_000 });
    if (result.exitCode === 0) return { commit, pushed: true, attempts: attempt };
    const output = result.stdout + result.stderr;
    const reason = reasonToRetry(output);
    if (reason === undefined) {
      const failed = new CommandFailed('git', args, `exited with ${result.exitCode}`, { ...result, stderr: output });
      const explained = explainRemote(remote, failed);
      throw explained === failed
        ? new UserError(`${remote.url} refuses the delivery`, { details: failed.details, cause: failed })
        : explained;
    }
    if (attempt >= limit) {
      throw new UserError(`nothing was delivered in ${limit} attempts: ${reason}`, {
        details: output.trim().split('\n').slice(-3),
        repair: 'run `npx slipway deliver` again',
      });
    }
    options.onRetry?.(attempt, reason);
    await sleep(pauseMs(attempt), undefined, { signal: options.signal });
  }
}
