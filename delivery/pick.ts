import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors';
import type { Repository } from './git';
import { isLock, mergeLock } from './locks';
import { DELIVERED_FROM, type PendingCommit } from './pending';

/** Where stages of a conflict lie in Git's index. */
const STAGES = { base: 1, platform: 2, local: 3 } as const;

async function stage(git: Repository, which: keyof typeof STAGES, file: string): Promise<string | undefined> {
  const result = await git.try(['show', `:${STAGES[which]}:${file}`]);
  return result.exitCode === 0 ? result.stdout : undefined;
}

/** dist/ as the branch had it: it is rendered after the last commit, so no commit's own version of it counts. */
async function restoreDist(git: Repository): Promise<void> {
  await git.run(['rm', '-r', '-f', '--quiet', '--ignore-unmatch', '--', 'dist']);
  await rm(path.join(git.folder, 'dist'), { recursive: true, force: true });
  const had = await git.run(['ls-tree', '--name-only', 'HEAD', '--', 'dist']);
  if (had !== '') await git.run(['checkout', '--quiet', 'HEAD', '--', 'dist']);
}

/** Settles one conflict of a release lock. @returns whether it could */
async function settleLock(git: Repository, file: string): Promise<boolean> {
  const [base, platform, local] = await Promise.all([
    stage(git, 'base', file),
    stage(git, 'platform', file),
    stage(git, 'local', file),
  ]);
  const merged = mergeLock({ base, platform, local });
  if (merged === 'conflict') return false;
  if (merged === 'deleted') {
    await git.run(['rm', '-f', '--quiet', '--', file]);
  } else {
    await writeFile(path.join(git.folder, file), merged.content);
    await git.run(['add', '--', file]);
  }
  return true;
}

function conflict(commit: PendingCommit, files: readonly string[], output: string): UserError {
  const locks = files.filter(isLock);
  return new UserError(
    `commit ${commit.commit.slice(0, 7)} "${commit.subject}" conflicts with what the platform's copy has; nothing was delivered`,
    {
      details: files.length > 0 ? files.map((file) => `conflict: ${file}`) : output.trim().split('\n').slice(-5),
      repair:
        locks.length > 0
          ? "`npx slipway git pull` puts your commits onto the platform's; decide there which release the lock names"
          : "`npx slipway git pull` puts your commits onto the platform's; resolve the conflict there",
    },
  );
}

/**
 * Puts one local commit onto the current commit of `git`, keeping its author and message.
 *
 * @returns false where nothing of it was left to add
 * @throws UserError where it changes the same lines as the platform's copy, outside of dist/ and release locks
 */
export async function pick(git: Repository, commit: PendingCommit): Promise<boolean> {
  const mainline = commit.mainline === undefined ? [] : ['--mainline', String(commit.mainline)];
  const picked = await git.try(['cherry-pick', '--no-commit', ...mainline, commit.commit]);
  await restoreDist(git);
  const unmerged = await git.lines(['diff', '--name-only', '--diff-filter=U']);
  const unsettled: string[] = [];
  for (const file of unmerged) {
    if (!isLock(file) || !(await settleLock(git, file))) unsettled.push(file);
  }
  if (
    unsettled.length > 0 ||
    (picked.exitCode !== 0 && !/conflict|could not apply/i.test(picked.stdout + picked.stderr))
  ) {
    throw conflict(commit, unsettled, picked.stderr);
  }
  if ((await git.try(['diff', '--cached', '--quiet'])).exitCode === 0) return false;
  await commitAs(git, commit.commit);
  return true;
}

/** Commits the index with author and message of `original`, noting where it came from. */
async function commitAs(git: Repository, original: string): Promise<void> {
  const [name, email, date, ...body] = (await git.run(['log', '-1', '--format=%an%n%ae%n%aI%n%B', original])).split(
    '\n',
  );
  const message = await git.run(['interpret-trailers', '--trailer', `${DELIVERED_FROM}: ${original}`], {
    input: `${body.join('\n').trim() || 'No message'}\n`,
  });
  await git.run(['commit', '--quiet', '--no-verify', '--cleanup=verbatim', '--file=-'], {
    input: `${message}\n`,
    env: { GIT_AUTHOR_NAME: name || 'unknown', GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date },
  });
}
