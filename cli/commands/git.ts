import path from 'node:path';
import { UserError } from '../../core/errors';
import { Repository, type Remote } from '../../delivery/git';
import type { CommandContext } from '../context';
import { forgeRemote } from '../platform/forge';
import { createKubectl } from '../platform/kubectl';
import { loadProject } from '../platform/project';

type Arguments = (remote: Remote, folder: string) => readonly string[];

/** Runs Git against the platform's copy; what it says goes to standard error as it comes. */
function verb(args: Arguments, inside: boolean) {
  return async ({ root, signal, progress }: CommandContext, _flags: object, folder = '.'): Promise<void> => {
    const project = await loadProject(root);
    const remote = await forgeRemote(project, createKubectl(project, signal), signal);
    const target = path.resolve(folder);
    const git = new Repository(inside ? target : process.cwd(), remote, signal);
    const result = await git.try(args(remote, target), { onLine: (line) => progress.say(line) });
    if (result.exitCode !== 0) {
      throw new UserError(`git ended with ${result.exitCode}`, { details: result.stderr.trim().split('\n').slice(-3) });
    }
  };
}

export const clone = verb(({ url, branch }, folder) => ['clone', '--branch', branch, url, folder], false);
export const fetch = verb(({ url, branch }) => ['fetch', url, branch], true);
export const pull = verb(({ url, branch }) => ['pull', '--rebase', url, branch], true);
export const push = verb(({ url, branch }) => ['push', url, `HEAD:refs/heads/${branch}`], true);
