import type { CommitParser } from 'conventional-commits-parser';
import semver from 'semver';
import type { Repository } from './git';

/** How much a commit moves the version. */
export type Level = 'major' | 'minor' | 'patch';

export interface VersionedCommit {
  readonly commit: string;
  readonly level: Level;
  /** As in `fix(cart): ...`. */
  readonly scope?: string;
  readonly subject: string;
}

export interface VersionPlan {
  /** The newest tagged version; undefined before the first. */
  readonly current?: string;
  /** The next one; undefined where no commit asks for one. */
  readonly next?: string;
  /** The commit that it is for. */
  readonly commit: string;
  /** Those that ask for it, newest first. */
  readonly changes: readonly VersionedCommit[];
}

/** Where tags of the platform's repository are kept in a scratch repository. */
export const TAGS = 'refs/slipway-tags';

const FIRST_VERSION = '0.1.0';
const LEVELS: Readonly<Record<string, Level>> = { feat: 'minor', fix: 'patch', perf: 'patch', revert: 'patch' };
const ORDER: readonly Level[] = ['patch', 'minor', 'major'];

const HEADER = /^(\w+)(?:\(([^)]*)\))?!?: (.*)$/;
const BREAKING = /^(\w+)(?:\(([^)]*)\))?!: (.*)$/;

/** The parser is published as an ES module alone, which is loaded when it is needed. */
async function createParser(): Promise<CommitParser> {
  const { CommitParser: Parser } = await import('conventional-commits-parser');
  return new Parser({ headerPattern: HEADER, breakingHeaderPattern: BREAKING });
}

function levelOf(parser: CommitParser, commit: string, message: string): VersionedCommit | undefined {
  if (message.trim() === '') return undefined;
  const { type, scope, subject, notes } = parser.parse(message);
  const breaking = notes.some(({ title }) => title.startsWith('BREAKING'));
  const level = type && breaking ? 'major' : LEVELS[type ?? ''];
  if (level === undefined) return undefined;
  return { commit, level, subject: subject ?? '', ...(scope && { scope }) };
}

/** Before 1.0.0 nothing is promised, so what breaks moves the minor version. */
function nextVersion(current: string | undefined, changes: readonly VersionedCommit[]): string | undefined {
  if (changes.length === 0) return undefined;
  if (current === undefined) return FIRST_VERSION;
  const most = ORDER[Math.max(...changes.map(({ level }) => ORDER.indexOf(level)))]!;
  const level = most === 'major' && semver.major(current) === 0 ? 'minor' : most;
  return semver.inc(current, level) ?? undefined;
}

/**
 * The next semantic version of a branch, from the conventional commits since its newest tag `v<version>`.
 *
 * @param git a repository that has the tags below `TAGS`
 */
export async function planVersion(git: Repository, branch: string): Promise<VersionPlan> {
  const names = await git.lines(['for-each-ref', `--merged=${branch}`, '--format=%(refname)', TAGS]);
  const versions = names
    .map((name) => name.slice(`${TAGS}/v`.length))
    .filter((version) => semver.valid(version) === version && semver.prerelease(version) === null);
  const current = semver.rsort(versions)[0];
  const range = current === undefined ? branch : `${TAGS}/v${current}..${branch}`;
  const log = await git.run(['log', '--no-merges', '--format=%H%n%B%x1e', range]);
  const parser = await createParser();
  const changes = log
    .split('\u001e')
    .map((entry) => entry.trim().split('\n'))
    .map(([commit, ...message]) => levelOf(parser, commit!, message.join('\n')))
    .filter((change) => change !== undefined);
  const next = nextVersion(current, changes);
  return { commit: branch, changes, ...(current && { current }), ...(next && { next }) };
}

/** Markdown: what breaks first, then what is new, then what is mended. */
export function releaseNotes({ changes }: Pick<VersionPlan, 'changes'>): string {
  const titles: Readonly<Record<Level, string>> = { major: 'Breaking', minor: 'New', patch: 'Fixed' };
  return ORDER.toReversed()
    .map((level) => [level, changes.filter((change) => change.level === level)] as const)
    .filter(([, list]) => list.length > 0)
    .map(([level, list]) =>
      [
        `### ${titles[level]}`,
        '',
        ...list.map(({ scope, subject, commit }) => `- ${scope ? `${scope}: ` : ''}${subject} (${commit.slice(0, 7)})`),
      ].join('\n'),
    )
    .join('\n\n');
}
