import { linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The files of a folder: path with `/`, relative to the folder, and content. */
export type Tree = ReadonlyMap<string, string>;

/** What turns one tree into another; every list is sorted. */
export interface TreeChange {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
}

/**
 * Every file below `folder`, none where the folder does not exist. What is neither file nor folder, a symbolic link
 * for one, has the content `undefined`, so that it is never taken for what was rendered.
 */
export function readTree(folder: string): ReadonlyMap<string, string | undefined> {
  const files = new Map<string, string | undefined>();
  const walk = (relative: string): void => {
    for (const entry of readdirSync(path.join(folder, relative), { withFileTypes: true })) {
      const name = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) walk(name);
      else files.set(name, entry.isFile() ? readFileSync(path.join(folder, name), 'utf8') : undefined);
    }
  };
  try {
    walk('');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || files.size > 0) throw error;
  }
  return files;
}

/** Compares what is on disk with what should be. */
export function compareTrees(from: ReadonlyMap<string, string | undefined>, to: Tree): TreeChange {
  const added: string[] = [];
  const changed: string[] = [];
  const unchanged: string[] = [];
  for (const [file, content] of to) {
    if (!from.has(file)) added.push(file);
    else (from.get(file) === content ? unchanged : changed).push(file);
  }
  const removed = [...from.keys()].filter((file) => !to.has(file));
  return { added: added.sort(), changed: changed.sort(), removed: removed.sort(), unchanged: unchanged.sort() };
}

/**
 * Writes the files into an empty folder. Those named in `unchanged` are taken over from `previous` as hard links, so
 * that their times stay and a large tree with one change costs one write; where links are not possible they are
 * written like the others.
 */
export function writeTree(
  folder: string,
  tree: Tree,
  previous: { readonly folder: string; readonly unchanged: ReadonlySet<string> } = { folder, unchanged: new Set() },
): void {
  const made = new Set<string>();
  for (const [file, content] of tree) {
    const target = path.join(folder, file);
    const parent = path.dirname(target);
    if (!made.has(parent)) {
      mkdirSync(parent, { recursive: true });
      made.add(parent);
    }
    if (!previous.unchanged.has(file) || !linked(path.join(previous.folder, file), target)) {
      writeFileSync(target, content);
    }
  }
}

function linked(existing: string, target: string): boolean {
  try {
    linkSync(existing, target);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // file systems without hard links, and files of another user where the system protects them
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'EMLINK' || code === 'ENOSYS') {
      return false;
    }
    throw error;
  }
}
