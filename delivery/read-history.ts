import { UserError } from '../core/errors';
import type { Remote } from './git';
import { lockHistory, type LockEntry } from './lock-history';
import { withScratch } from './scratch';

export interface ReadHistoryOptions {
  readonly root: string;
  readonly remote: Remote;
  readonly service: string;
  readonly environment: string;
  /** The newest so many states. @default all */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** The history of a lock in the platform's repository, newest first; nothing is changed. */
export function readHistory(options: ReadHistoryOptions): Promise<readonly LockEntry[]> {
  return withScratch({ ...options, history: 'all' }, async ({ git }) => {
    const branch = await git.fetch(options.remote);
    if (branch === undefined) throw new UserError(`${options.remote.url} has no branch ${options.remote.branch}`);
    return lockHistory(git, { ...options, branch });
  });
}
