import type { Repository } from './git';

/** Where an image comes from. */
export interface Source {
  /** The commit, 40 hexadecimal digits. */
  readonly source?: string;
  /** When it was made, UTC to the second. */
  readonly sourceTime?: string;
}

/** What a source is, compared with another one; `unknown` where nothing tells. */
export type SourceOrder = 'newer' | 'same' | 'older' | 'unknown';

async function isAncestor(git: Repository, ancestor: string, commit: string): Promise<boolean | undefined> {
  const { exitCode } = await git.try(['merge-base', '--is-ancestor', ancestor, commit]);
  return exitCode > 1 ? undefined : exitCode === 0;
}

/** An instant as locks write it. */
export function toInstant(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** When a commit was made, as locks write it; undefined where the repository does not have it. */
export async function timeOfCommit(git: Repository, commit: string): Promise<string | undefined> {
  const { exitCode, stdout } = await git.try(['log', '-1', '--format=%ct', commit, '--']);
  return exitCode === 0 ? toInstant(new Date(Number(stdout.trim()) * 1000)) : undefined;
}

async function timeOf(git: Repository, { source, sourceTime }: Source): Promise<string | undefined> {
  return sourceTime ?? (source === undefined ? undefined : await timeOfCommit(git, source));
}

/**
 * Whether `candidate` is newer than `current`. Within one history the order of commits decides. Where the two commits
 * do not follow each other (another repository, a rewritten branch) the time they were made decides, and where even that is equal
 * their names do, so that those who race agree on who wins.
 */
export async function compareSources(git: Repository, candidate: Source, current: Source): Promise<SourceOrder> {
  const [mine, theirs] = [candidate.source, current.source];
  if (theirs === undefined && current.sourceTime === undefined) return 'newer';
  if (mine !== undefined && theirs !== undefined) {
    if (mine === theirs) return 'same';
    if (await isAncestor(git, theirs, mine)) return 'newer';
    if (await isAncestor(git, mine, theirs)) return 'older';
  }
  const [myTime, theirTime] = await Promise.all([timeOf(git, candidate), timeOf(git, current)]);
  if (theirTime === undefined) return 'newer';
  if (myTime === undefined) return 'unknown';
  if (myTime !== theirTime) return myTime > theirTime ? 'newer' : 'older';
  return (mine ?? '') > (theirs ?? '') ? 'newer' : 'older';
}
