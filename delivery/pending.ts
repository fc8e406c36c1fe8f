import type { Repository } from './git';

/** A local commit that the platform's copy does not have. */
export interface PendingCommit {
  readonly commit: string;
  readonly subject: string;
  /** For a merge: which parent (from 1) it is compared with. */
  readonly mainline?: number;
}

/** Written into a delivered commit: the local commit that it came from. */
export const DELIVERED_FROM = 'Delivered-from';

interface Link {
  readonly commit: string;
  readonly parents: readonly string[];
  readonly subject: string;
}

/** The local commits that `platform`, a commit of the platform's copy, holds under other hashes. */
export async function deliveredCommits(git: Repository, platform: string): Promise<ReadonlySet<string>> {
  const format = `--format=%(trailers:key=${DELIVERED_FROM},valueonly)`;
  return new Set(await git.lines(['log', format, platform]));
}

async function history(git: Repository, head: string): Promise<readonly Link[]> {
  const lines = await git.lines(['log', '--first-parent', '--format=%H%x09%P%x09%s', head]);
  return lines.map((line) => {
    const [commit, parents, ...subject] = line.split('\t');
    return { commit: commit!, parents: parents!.split(' ').filter(Boolean), subject: subject.join('\t') };
  });
}

/**
 * What `head` has and the platform's copy has not, oldest first: the way back along first parents until a commit that
 * was delivered. A merge with something of the platform's copy stands for all that was done before it, compared with
 * that side, so that what its author resolved is neither lost nor asked again.
 *
 * @returns undefined where the two share no history
 */
export async function pendingCommits(
  git: Repository,
  head: string,
  platform: string,
): Promise<readonly PendingCommit[] | undefined> {
  const delivered = await deliveredCommits(git, platform);
  const theirs = new Set(await git.lines(['rev-list', platform]));
  const known = (commit: string): boolean => theirs.has(commit) || delivered.has(commit);
  const pending: PendingCommit[] = [];
  for (const { commit, parents, subject } of await history(git, head)) {
    if (known(commit)) return pending.toReversed();
    const taken = parents.findIndex((parent) => theirs.has(parent));
    pending.push({ commit, subject, ...(parents.length > 1 && { mainline: Math.max(taken, 0) + 1 }) });
    if (parents.length > 1 && taken >= 0) return pending.toReversed();
  }
  return undefined;
}

/** Those of `commits` that change anything but `dist/`, which is rendered anew with every delivery. */
export async function withContent(
  git: Repository,
  commits: readonly PendingCommit[],
): Promise<readonly PendingCommit[]> {
  const changes = await Promise.all(
    commits.map(({ commit, mainline }) =>
      git.try(['diff', '--quiet', `${commit}^${mainline ?? 1}`, commit, '--', ':(top)', ':(top,exclude)dist']),
    ),
  );
  // without a parent there is nothing to compare with, and such a commit counts
  return commits.filter((_commit, index) => changes[index]!.exitCode !== 0);
}
