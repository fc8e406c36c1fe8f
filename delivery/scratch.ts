import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors';
import { withLock } from '../core/lock';
import { stateFolder } from '../core/paths';
import { Repository, type GitSettings, type Remote } from './git';

/** A repository of its own that sees the project's commits, so that the user's working tree is never touched. */
export interface Scratch {
  readonly git: Repository;
  /** Absolute path of its work tree. */
  readonly folder: string;
  /** The project's current commit. */
  readonly head: string;
  /** The project has a part of its history only, as a clone with `--depth` does. */
  readonly shallow: boolean;
}

export interface ScratchOptions {
  /** The project's folder, which must be the top of a Git work tree. */
  readonly root: string;
  readonly remote: Remote;
  readonly signal?: AbortSignal;
  readonly onWait?: (pid: number) => void;
  /**
   * `all`: the scratch repository has the remote's whole history once that is fetched, also where the project has a part
   * of its own only.
   *
   * @default 'of the project': what the project has is borrowed and need not be fetched
   */
  readonly history?: 'of the project' | 'all';
  /** Folders that the work tree has, beside files at its top: the fewer, the faster it is there. @default all */
  readonly folders?: readonly string[];
}

/** The project's current commit. @throws UserError where the folder is no work tree of its own or has no commit */
export async function projectHead(root: string, git = new Repository(root)): Promise<string> {
  const top = await git.try(['rev-parse', '--show-prefix']);
  if (top.exitCode !== 0) {
    throw new UserError(`${root} is not a Git work tree; the platform is delivered from commits`, {
      repair: 'git init && git add --all && git commit --message "Start the platform"',
    });
  }
  if (top.stdout.trim() !== '') {
    throw new UserError(`${root} lies inside a larger Git work tree; the platform is a repository of its own`, {
      repair: 'clone or move the project to a folder outside of it',
    });
  }
  const head = await git.commit('HEAD');
  if (head === undefined) {
    throw new UserError('the project has no commit yet', {
      repair: 'git add --all && git commit --message "Start the platform"',
    });
  }
  return head;
}

/** Files of the project that differ from its current commit; they are not delivered. */
export async function uncommitted(root: string): Promise<readonly string[]> {
  const lines = await new Repository(root).lines(['status', '--porcelain', '--untracked-files=normal']);
  return lines.map((line) => line.slice(3));
}

/** Who commits, and no waiting for a disk: what is not pushed is made again. */
async function settings(project: Repository): Promise<GitSettings> {
  const { stdout } = await project.try(['config', '--null', '--get-regexp', '^user\\.(name|email)$']);
  // the last of several counts, as for Git
  const found = Object.fromEntries(stdout.split('\0').map((entry) => entry.split(/\n(.*)/s)));
  return {
    'user.name': found['user.name']?.trim() || 'Slipway',
    'user.email': found['user.email']?.trim() || 'slipway@localhost',
    'core.fsync': 'none',
  };
}

interface ProjectState {
  readonly head: string;
  readonly shallow: boolean;
  /** Paths of Git's own. */
  readonly objects: string;
  readonly boundary: string;
}

/** @throws UserError as `projectHead` */
async function stateOf(root: string, project: Repository): Promise<ProjectState> {
  const paths = ['--git-path', 'objects', '--git-path', 'shallow'];
  const asked = await project.try(['rev-parse', '--show-prefix', '--is-shallow-repository', ...paths, 'HEAD']);
  const [prefix, shallow, objects = '', boundary = '', head = ''] = asked.stdout.split('\n');
  // its words are for people, and need a question each
  if (asked.exitCode !== 0 || prefix !== '') await projectHead(root, project);
  return {
    head,
    shallow: shallow === 'true',
    objects: path.resolve(root, objects),
    boundary: path.resolve(root, boundary),
  };
}

/**
 * Runs `work` with a scratch repository inside the project's state folder, one at a time, and removes it afterwards.
 * What a killed predecessor left is removed first. It lies inside the project so that code in its work tree finds the
 * project's installed packages.
 */
export async function withScratch<T>(options: ScratchOptions, work: (scratch: Scratch) => Promise<T>): Promise<T> {
  try {
    return await locked(options, work);
  } catch (error) {
    throw unwritable(options.root, error);
  }
}

const DISK: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
};

/** What the file system refused, as a user reads it. */
function unwritable(root: string, error: unknown): unknown {
  const { code, path: file } = error as NodeJS.ErrnoException;
  const reason = code === undefined || error instanceof UserError ? undefined : DISK[code];
  if (reason === undefined) return error;
  return new UserError(`${file ?? stateFolder(root)} cannot be written: ${reason}; nothing was delivered`, {
    repair: 'make room, then run the same command again',
    cause: error,
  });
}

async function locked<T>(options: ScratchOptions, work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const state = stateFolder(options.root);
  const folder = path.join(state, 'scratch');
  await mkdir(state, { recursive: true, mode: 0o700 });
  const lock = {
    purpose: 'a delivery',
    wait: true,
    onWait: (owner: { readonly pid: number }) => options.onWait?.(owner.pid),
    ...(options.signal && { signal: options.signal }),
  };
  return withLock(path.join(state, 'delivery.lock'), lock, async () => {
    const project = new Repository(options.root, undefined, options.signal);
    const { head, shallow, objects, boundary } = await stateOf(options.root, project);
    await rm(folder, { recursive: true, force: true });
    try {
      await mkdir(folder);
      const git = new Repository(folder, options.remote, options.signal, await settings(project));
      await git.run(['init', '--quiet', '--template=', '--initial-branch=delivery']);
      if (options.folders !== undefined) await git.run(['sparse-checkout', 'set', '--cone', ...options.folders]);
      if (shallow && options.history === 'all') return await work({ git, folder, head, shallow });
      // objects are borrowed, not copied: a delivery from a large repository starts as fast as from a small one
      await mkdir(path.join(folder, '.git/objects/info'), { recursive: true });
      await writeFile(path.join(folder, '.git/objects/info/alternates'), `${objects}\n`);
      if (shallow) await copyFile(boundary, path.join(folder, '.git/shallow'));
      return await work({ git, folder, head, shallow });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}
