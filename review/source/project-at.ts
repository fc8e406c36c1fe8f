import { spawn } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { GitReader } from '../tree/git';

/** What a render is made of. */
const parts = ['apps', 'core', 'manifests', 'review', 'package.json'];

/** A project whose catalog is that of one side, and how to be rid of it. */
export interface ProjectAt {
  readonly root: string;
  readonly remove: () => Promise<void>;
}

/**
 * The project as it is in a commit: the working tree where that is the same, else a copy of what a render needs in a
 * temporary folder, with the packages of the working tree.
 *
 * @param commit @default the working tree itself
 */
export async function projectAt(git: GitReader, commit?: string): Promise<ProjectAt> {
  const here = { root: git.folder, remove: () => Promise.resolve() };
  if (commit === undefined) return here;
  const { exitCode } = await git.try('diff', '--quiet', '--no-ext-diff', commit, '--', ...parts);
  if (exitCode === 0) return here;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'slipway-review-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const there = (await git.run('ls-tree', '--name-only', commit)).split('\n').filter((name) => parts.includes(name));
    await unpack(git.archive(commit, there), folder);
    await symlink(path.join(git.folder, 'node_modules'), path.join(folder, 'node_modules'));
    return { root: folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function unpack(archive: NodeJS.ReadableStream, folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const tar = spawn('tar', ['--extract', '--directory', folder], { stdio: ['pipe', 'ignore', 'ignore'] });
    tar.on('error', reject);
    tar.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`tar exited with ${code}`))));
    archive.on('error', reject).pipe(tar.stdin);
    tar.stdin.on('error', reject);
  });
}
