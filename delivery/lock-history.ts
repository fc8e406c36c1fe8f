import { parseRelease } from '../apps/release';
import type { Release, Released } from '../apps/model';
import { trailers } from './change';
import type { Repository } from './git';
import { lockPath } from './lock-tree';

/** One state of a lock. */
export interface LockEntry {
  /** The commit of the platform's repository. */
  readonly commit: string;
  /** When it got there, UTC to the second. */
  readonly since: string;
  /** Until when; undefined for what is there now. */
  readonly until?: string;
  readonly by: string;
  /** Who merged the pull request, where there was one. */
  readonly mergedBy?: string;
  /** `bump`, `promote`, ...; `change` where somebody edited the file. */
  readonly action: string;
  readonly subject: string;
  readonly reason?: string;
  readonly forced?: string;
  readonly release: Release;
}

interface Logged {
  readonly commit: string;
  readonly time: string;
  readonly author: string;
  readonly merger?: string;
  readonly parents: readonly string[];
  readonly subject: string;
  readonly action: string;
  readonly reason: string;
  readonly forced: string;
}

const trailer = (name: string): string => `%(trailers:key=${name},valueonly,separator=%x20)`;

const FORMAT = [
  '%H',
  '%ct',
  '%an',
  '%P',
  '%s',
  trailer(trailers.action),
  trailer(trailers.reason),
  trailer(trailers.forced),
  trailer(trailers.by),
].join('%x1f');

async function log(git: Repository, args: readonly string[]): Promise<readonly Logged[]> {
  const lines = await git.lines(['log', `--format=${FORMAT}`, ...args]);
  return lines.map((line) => {
    const [commit, time, author, parents, subject, action, reason, forced, by] = line.split('\u001f') as string[];
    return {
      commit: commit!,
      time: `${new Date(Number(time) * 1000).toISOString().slice(0, 19)}Z`,
      // a forge that squashes a pull request puts its own user in the place of the author
      author: by || author!,
      parents: parents!.split(' ').filter(Boolean),
      subject: subject!,
      action: action!,
      reason: reason!,
      forced: forced!,
    };
  });
}

/** What a merge brought is told by the commit that it merged. */
async function told(git: Repository, entry: Logged, file: string): Promise<Logged> {
  const [first, second] = entry.parents;
  if (second === undefined) return entry;
  const [inner] = await log(git, ['-1', `${first}..${second}`, '--', file]);
  return inner === undefined ? entry : { ...inner, commit: entry.commit, time: entry.time, merger: entry.author };
}

async function releaseIn(git: Repository, commit: string, file: string): Promise<Release | undefined> {
  const { exitCode, stdout } = await git.try(['show', `${commit}:${file}`]);
  if (exitCode !== 0) return undefined;
  try {
    return parseRelease(stdout, file);
  } catch {
    // somebody committed what is no lock, and mended it later
    return undefined;
  }
}

export interface LockHistoryOptions {
  readonly service: string;
  readonly environment: string;
  /** A commit of the platform's branch. */
  readonly branch: string;
  /** @default all */
  readonly limit?: number;
}

/** Every state that a lock had on the platform's branch, newest first. */
export async function lockHistory(
  git: Repository,
  { service, environment, branch, limit }: LockHistoryOptions,
): Promise<readonly LockEntry[]> {
  const file = lockPath(service, environment);
  // by what the branch was, not by what its merges were made of
  const most = limit === undefined ? [] : [`--max-count=${limit}`];
  const logged = await log(git, ['--first-parent', ...most, branch, '--', file]);
  const entries: LockEntry[] = [];
  let until: string | undefined;
  for (const one of logged) {
    const release = await releaseIn(git, one.commit, file);
    if (release !== undefined) {
      const { commit, time, author, merger, subject, action, reason, forced } = await told(git, one, file);
      entries.push({
        commit,
        since: time,
        ...(until !== undefined && { until }),
        by: author,
        ...(merger !== undefined && { mergedBy: merger }),
        action: action || 'change',
        subject,
        ...(reason !== '' && { reason }),
        ...(forced !== '' && { forced }),
        release,
      });
    }
    until = one.time;
  }
  return entries;
}

/** The entries at which another release began to run: holds come and go without one. */
export function runs(entries: readonly LockEntry[]): readonly (LockEntry & { readonly release: Released })[] {
  return entries.filter((entry, index): entry is LockEntry & { readonly release: Released } => {
    const before = entries[index + 1]?.release;
    return !entry.release.unreleased && (before === undefined || !sameRelease(entry.release, before));
  });
}

export function sameRelease(one: Release, other: Release): boolean {
  if (one.unreleased || other.unreleased) return one.unreleased === other.unreleased;
  return one.digest === other.digest && one.version === other.version && one.source === other.source;
}

/** The release that was recorded for a commit: the newest whose source is that commit or comes before it. */
export async function releaseAt(
  git: Repository,
  { source, ...lock }: LockHistoryOptions & { readonly source: string },
): Promise<Released | undefined> {
  for (const { release } of runs(await lockHistory(git, lock))) {
    const { exitCode } =
      release.source === undefined
        ? { exitCode: 1 }
        : await git.try(['merge-base', '--is-ancestor', release.source, source]);
    if (exitCode === 0) return release;
  }
  return undefined;
}
