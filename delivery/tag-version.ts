import { CommandFailed } from '../core/exec';
import { UserError } from '../core/errors';
import { explainRemote, type Remote, type Repository } from './git';
import { withScratch } from './scratch';
import { planVersion, releaseNotes, TAGS, type VersionPlan } from './version-plan';

export interface VersionOptions {
  readonly root: string;
  readonly remote: Remote;
  readonly signal?: AbortSignal;
}

/** Others tag at most so often in between. */
const ATTEMPTS = 5;

/** The branch's commit, with all tags. */
async function fetchTags(git: Repository, remote: Remote): Promise<string> {
  const branch = await git.fetch(remote);
  if (branch === undefined) throw new UserError(`${remote.url} has no branch ${remote.branch}`);
  const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--prune', remote.url];
  try {
    await git.run([...args, `+refs/tags/*:${TAGS}/*`], { timeoutMs: 120_000 });
  } catch (error) {
    throw error instanceof CommandFailed ? explainRemote(remote, error) : error;
  }
  return branch;
}

/** What the next version of the platform's repository is; nothing is changed. */
export function planRelease(options: VersionOptions): Promise<VersionPlan> {
  return withScratch({ ...options, history: 'all' }, async ({ git }) =>
    planVersion(git, await fetchTags(git, options.remote)),
  );
}

/** The commit of a version's tag. @throws UserError where there is no such tag */
export function commitOfVersion(options: VersionOptions, version: string): Promise<string> {
  return withScratch({ ...options, history: 'all' }, async ({ git }) => {
    await fetchTags(git, options.remote);
    const commit = await git.commit(`${TAGS}/v${version}`);
    if (commit !== undefined) return commit;
    throw new UserError(`there is no tag v${version} at ${options.remote.url}`, {
      repair: '`npx slipway release plan` says the next version, `npx slipway release tag` makes its tag',
    });
  });
}

/**
 * Tags the branch with its next version. Of two that do so at once one makes the tag, and the other finds nothing left
 * to tag.
 *
 * @returns what was tagged; `next` is undefined where no commit asked for a version
 * @throws UserError where the repository refuses
 */
export function tagRelease(options: VersionOptions): Promise<VersionPlan> {
  const { remote } = options;
  return withScratch({ ...options, history: 'all' }, async ({ git }) => {
    for (let attempt = 1; ; attempt += 1) {
      const plan = await planVersion(git, await fetchTags(git, remote));
      if (plan.next === undefined) return plan;
      const tag = `refs/tags/v${plan.next}`;
      await git.run(['tag', '--force', '--annotate', '--cleanup=verbatim', '--file=-', `v${plan.next}`, plan.commit], {
        input: `${plan.next}\n\n${releaseNotes(plan)}\n`,
      });
      const args = ['push', '--porcelain', remote.url, `${tag}:${tag}`];
      const result = await git.try(args, { timeoutMs: 120_000 });
      const output = result.stdout + result.stderr;
      // two that tag within one second make the very same tag, and the slower one has nothing to push
      const made = result.exitCode === 0 && !output.includes('[up to date]');
      if (made) return plan;
      if (/already exists|\[rejected\]|cannot lock ref|\[up to date\]/i.test(output) && attempt < ATTEMPTS) continue;
      const failed = new CommandFailed('git', args, `exited with ${result.exitCode}`, { ...result, stderr: output });
      throw explainRemote(remote, failed);
    }
  });
}
