import path from 'node:path';
import { UserError } from '../../core/errors';
import { Repository, type Remote } from '../../delivery/git';
import { pendingCommits } from '../../delivery/pending';
import type { CommandContext } from '../context';
import { forgeRemote } from '../platform/forge';
import { createKubectl } from '../platform/kubectl';
import { loadProject, type Project } from '../platform/project';

/** What Git is asked to do, one after the other. @param git of the folder that was named, or of this one */
type Work = (
  git: Repository,
  place: { readonly remote: Remote; readonly folder: string; readonly own: boolean },
) => AsyncIterable<readonly string[]> | Iterable<readonly string[]>;

export interface GitFlags {
  /** Another repository of the forge, as `owner/name`. @default the platform's own */
  readonly repository?: string;
}

/** Another repository of the same forge. What is not the platform's is the administrator's to read and write. */
async function remoteOf(project: Project, signal: AbortSignal, { repository }: GitFlags): Promise<Remote> {
  if (repository === undefined) return forgeRemote(project, createKubectl(project, signal), signal);
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
    throw new UserError(`"${repository}" is not a repository; allowed: <owner>/<name>, such as offerfit/hello`);
  }
  const remote = await forgeRemote(project, createKubectl(project, signal), signal, 'git');
  return { ...remote, url: `${new URL(remote.url).origin}/${repository}.git` };
}

/** Runs Git against the platform's copy; what it says goes to standard error as it comes. */
function verb(work: Work, inside = true) {
  return async ({ root, signal, progress }: CommandContext, flags: GitFlags, folder = '.'): Promise<void> => {
    const project = await loadProject(root);
    const remote = await remoteOf(project, signal, flags);
    const target = path.resolve(folder);
    const git = new Repository(inside ? target : process.cwd(), remote, signal);
    for await (const args of work(git, { remote, folder: target, own: flags.repository === undefined })) {
      const result = await git.try(args, { onLine: (line) => progress.say(line) });
      if (result.exitCode === 0) continue;
      throw new UserError(`git ended with ${result.exitCode}`, { details: result.stderr.trim().split('\n').slice(-3) });
    }
  };
}

/** Where a review looks for what the platform has. */
const PLATFORM = 'refs/remotes/slipway/platform';
const fetching = ({ url, branch }: Remote): readonly string[] => ['fetch', url, `+refs/heads/${branch}:${PLATFORM}`];

/**
 * The commits of a folder put onto those of the platform. What was delivered is there under other names, with the releases
 * that came of it, and is not put onto itself again.
 */
async function* pulling(git: Repository): AsyncGenerator<readonly string[]> {
  const pending = await pendingCommits(git, 'HEAD', PLATFORM);
  const first = pending?.at(0)?.commit;
  // of merges Git knows better what they stand for
  if (pending === undefined || pending.some(({ mainline }) => mainline !== undefined)) yield ['rebase', PLATFORM];
  else yield ['rebase', '--onto', PLATFORM, first === undefined ? 'HEAD' : `${first}^`];
}

export const clone = verb(
  (_git, { remote: { url, branch }, folder }) => [['clone', '--branch', branch, url, folder]],
  false,
);
export const fetch = verb((_git, { remote }) => [fetching(remote)]);
export const pull = verb(async function* (git, { remote, own }) {
  if (!own) return yield ['pull', '--rebase', remote.url, remote.branch];
  yield fetching(remote);
  yield* pulling(git);
});
export const push = verb((_git, { remote: { url, branch } }) => [['push', url, `HEAD:refs/heads/${branch}`]]);
