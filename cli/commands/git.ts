import path from 'node:path';
import { UserError } from '../../core/errors';
import { Repository, type Remote } from '../../delivery/git';
import type { CommandContext } from '../context';
import { forgeRemote } from '../platform/forge';
import { createKubectl } from '../platform/kubectl';
import { loadProject, type Project } from '../platform/project';

type Arguments = (remote: Remote, folder: string) => readonly string[];

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
function verb(args: Arguments, inside: boolean) {
  return async ({ root, signal, progress }: CommandContext, flags: GitFlags, folder = '.'): Promise<void> => {
    const project = await loadProject(root);
    const remote = await remoteOf(project, signal, flags);
    const target = path.resolve(folder);
    const git = new Repository(inside ? target : process.cwd(), remote, signal);
    const result = await git.try(args(remote, target), { onLine: (line) => progress.say(line) });
    if (result.exitCode !== 0) {
      throw new UserError(`git ended with ${result.exitCode}`, { details: result.stderr.trim().split('\n').slice(-3) });
    }
  };
}

export const clone = verb(({ url, branch }, folder) => ['clone', '--branch', branch, url, folder], false);
/** A branch, and where a review looks for what the platform has. */
const followed = (branch: string): string => `+refs/heads/${branch}:refs/remotes/slipway/platform`;

export const fetch = verb(({ url, branch }) => ['fetch', url, followed(branch)], true);
export const pull = verb(({ url, branch }) => ['pull', '--rebase', url, followed(branch)], true);
export const push = verb(({ url, branch }) => ['push', url, `HEAD:refs/heads/${branch}`], true);
