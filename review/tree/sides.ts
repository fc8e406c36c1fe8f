import { UserError } from '../../core/errors';
import { createFinding } from '../finding';
import type { Finding, Side } from '../model';
import type { GitReader } from './git';

/** What is compared with what. */
export interface Sides {
  readonly base: Side & { readonly commit: string };
  readonly head: Side;
  readonly findings: readonly Finding[];
}

export const workingTree = 'working tree';

/** Where pull requests go, the nearest first. */
const mainBranches = ['origin/main', 'main', 'origin/master', 'master'];

/** What the platform's own copy had when it was last fetched: what runs, and no change of this clone. */
const platformCopy = 'slipway/platform';

/**
 * Finds the commits of both sides.
 *
 * @param base a branch, tag or commit. @default the newest commit that the head shares with the main branch or with the
 * platform's copy
 * @param head a branch, tag or commit. @default the working tree
 * @throws UserError where there is no such revision
 */
export async function findSides(git: GitReader, base?: string, head?: string): Promise<Sides> {
  const [inside, headCommit, copy, ...mains] = await Promise.all([
    git.try('rev-parse', '--is-shallow-repository'),
    commitOf(git, head ?? 'HEAD'),
    base === undefined ? commitOf(git, `refs/remotes/${platformCopy}`) : undefined,
    ...(base === undefined ? mainBranches : [base]).map((name) => commitOf(git, name)),
  ]);
  if (inside.exitCode !== 0) {
    throw new UserError(`${git.folder} is not in a Git repository`, { repair: 'run this in a clone of the project' });
  }
  const shallow = inside.stdout.trim() === 'true';
  if (headCommit === undefined) throw unknownRevision(head ?? 'HEAD', shallow);
  const side: Side = head === undefined ? { name: workingTree } : { name: head, commit: headCommit };
  if (base !== undefined) {
    if (mains[0] === undefined) throw unknownRevision(base, shallow);
    return { base: { name: base, commit: mains[0] }, head: side, findings: [] };
  }
  const found = mains.findIndex((commit) => commit !== undefined);
  if (found < 0) {
    throw new UserError('there is no main branch to compare with', {
      repair:
        'name the base: `slipway review --base <branch or commit>`, or fetch the branch: ' +
        '`git fetch origin main:refs/remotes/origin/main`',
    });
  }
  const [name, main] = [mainBranches[found]!, mains[found]!];
  const [names, tips] = copy === undefined ? [name, [main]] : [`${name} and ${platformCopy}`, [main, copy]];
  const common = await git.try('merge-base', headCommit, ...tips);
  if (common.exitCode === 0) {
    return { base: { name: `merge base with ${names}`, commit: common.stdout.trim() }, head: side, findings: [] };
  }
  return { base: { name, commit: main }, head: side, findings: [noMergeBase(name, shallow)] };
}

async function commitOf(git: GitReader, revision: string): Promise<string | undefined> {
  const { exitCode, stdout } = await git.try(
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${revision}^{commit}`,
  );
  return exitCode === 0 ? stdout.trim().split('\n').at(-1) : undefined;
}

function unknownRevision(revision: string, shallow: boolean): UserError {
  return new UserError(`there is no commit "${revision}"`, {
    repair: shallow
      ? "the clone is shallow: `git fetch --unshallow origin '+refs/heads/*:refs/remotes/origin/*'` first, and then " +
        'name a branch as origin/<branch>'
      : 'name a branch, a tag or a commit of this repository',
  });
}

function noMergeBase(name: string, shallow: boolean): Finding {
  return createFinding({
    rule: 'no-merge-base',
    category: 'input',
    severity: 'warning',
    message: `compared with the newest commit of ${name}: there is no common ancestor`,
    reason: shallow
      ? 'the clone is shallow; what others merged since appears here as undone'
      : 'the two histories have nothing in common',
    repair: shallow ? '`git fetch --unshallow` (in a workflow: `fetch-depth: 0`), or name the base' : 'name the base',
    places: [],
    discriminator: name,
  });
}
