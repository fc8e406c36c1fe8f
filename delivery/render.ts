import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandFailed, exec } from '../core/exec';
import { UserError } from '../core/errors';
import type { Releases } from '../manifests/synth';
import { Repository } from './git';

/** Renders `dist/` of the tree in a folder. The signal ends it. */
export type Renderer = (folder: string, signal?: AbortSignal) => Promise<void>;

/**
 * Lets a tree render itself, in a process of its own: what is delivered is what its own code makes of its own catalog,
 * whatever lies uncommitted in the folder that this code runs from.
 *
 * @throws UserError with what the catalog's rules say
 */
export const renderTree: Renderer = async (folder, signal) => {
  try {
    await exec(process.execPath, [path.join(folder, 'cli/bin.js'), 'synth'], {
      cwd: folder,
      timeoutMs: 300_000,
      ...(signal && { signal }),
    });
  } catch (error) {
    if (!(error instanceof CommandFailed) || signal?.aborted) throw error;
    throw new UserError('the commits do not render; nothing was delivered', {
      details: error.details,
      repair: 'mend the catalog, check with `npm run synth`, commit and deliver again',
      cause: error,
    });
  }
};

/**
 * Renders at least that part of `dist/` of a tree that some releases reach. Of a tree that is checked out in part it
 * checks out the rest where that is needed. The signal ends it.
 */
export type ReleaseRenderer = (folder: string, releases: Releases, signal?: AbortSignal) => Promise<void>;

/** Folders that decide what a catalog renders to, the catalog's own among them. */
export const renderingFolders: readonly string[] = ['apps', 'core', 'manifests'];

/** What decides what a catalog renders to, beside the catalog itself. */
async function programFiles(root: string): Promise<ReadonlyMap<string, string>> {
  const inApps = (await readdir(path.join(root, 'apps'))).filter((name) => name.endsWith('.ts'));
  const catalog = new Set(['platform.ts', 'environments.ts']);
  const names = ['package-lock.json', ...inApps.filter((name) => !catalog.has(name)).map((name) => `apps/${name}`)];
  for (const folder of ['apps/rules', 'core', 'manifests']) {
    const inside = await readdir(path.join(root, folder), { recursive: true }).catch(() => []);
    names.push(...inside.filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`));
  }
  const read = async (name: string) => [name, await readFile(path.join(root, name), 'utf8').catch(() => '')] as const;
  return new Map(await Promise.all(names.map(read)));
}

/**
 * Renders as `renderTree` does, without a process of its own where the tree's program is the very one that runs here: a
 * bump that others overtake renders many times, and loading a program takes longer than rendering.
 *
 * @param root the folder of the program that runs here
 */
export function renderHere(root: string): ReleaseRenderer {
  // here and not below, since a tree is rendered while others wait for their turn
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- commands that render nothing do not load it
  const { synthesizeReleases } = require('../manifests/synth') as typeof import('../manifests/synth');
  let program: ReturnType<typeof programFiles> | undefined;
  return async (folder, releases, signal) => {
    const [here, there] = await Promise.all([(program ??= programFiles(root)), programFiles(folder)]);
    if (here.size === there.size && [...here].every(([file, content]) => there.get(file) === content)) {
      await synthesizeReleases(folder, releases);
    } else {
      await new Repository(folder, undefined, signal).run(['sparse-checkout', 'disable']);
      await renderTree(folder, signal);
    }
  };
}
