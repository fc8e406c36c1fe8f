import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors';
import { recoverSwap, swapDirectory } from '../core/files';
import { withLock, type LockOwner } from '../core/lock';
import { stateFolder } from '../core/paths';
import { platformFolder, deliveryFolder } from './layout';
import { compareTrees, readTree, writeTree, type Tree, type TreeChange } from './tree';

/** What a write of `dist/` did. */
export interface DistChange {
  /** Files that are new or have other content now, relative to `dist/`. */
  readonly written: string[];
  /** Files that were there and are no longer rendered. */
  readonly removed: string[];
  readonly unchanged: number;
}

/** How many differing files an error names. */
const shownDifferences = 20;

export function distFolder(root: string): string {
  return path.join(root, 'dist');
}

/**
 * Makes `<root>/dist` equal to `tree`. The new tree is finished beside the old one and put in its place by renaming, so
 * an error or a kill on the way leaves `dist/` as it was; what an earlier kill left behind is cleared first. Where
 * nothing differs nothing is touched. One process at a time does this; others wait.
 *
 * @param onWait told once, with the process that is being waited for
 * @throws UserError where the tree would empty an environment that has services now
 */
export async function replaceDist(
  root: string,
  tree: Tree,
  onWait: (owner: LockOwner) => void = () => undefined,
): Promise<DistChange> {
  const state = stateFolder(root);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const dist = distFolder(root);
  return withLock(path.join(state, 'synth.lock'), { purpose: 'synth', wait: true, onWait }, async () => {
    const staging = path.join(state, 'staging');
    await rm(staging, { recursive: true, force: true });
    await recoverSwap(dist);
    const existing = readTree(dist);
    refuseEmptied(existing, tree);
    const change = compareTrees(existing, tree);
    if (differs(change)) {
      try {
        writeTree(staging, tree, { folder: dist, unchanged: new Set(change.unchanged) });
        await swapDirectory(staging, dist);
      } catch (error) {
        await rm(staging, { recursive: true, force: true });
        throw unwritable(error);
      }
    }
    return summary(change);
  });
}

/**
 * Makes some folders of `<root>/dist` hold the files of `tree`, which are all in them. Not safe against a kill: for a tree
 * that is thrown away then.
 *
 * @param folders relative to `dist/`
 */
export async function replaceFolders(root: string, folders: readonly string[], tree: Tree): Promise<void> {
  const dist = distFolder(root);
  for (const folder of folders) await rm(path.join(dist, folder), { recursive: true, force: true });
  writeTree(dist, tree);
}

/**
 * Compares `<root>/dist` with `tree` and writes nothing.
 *
 * @throws UserError naming the files that differ
 */
export function checkDist(root: string, tree: Tree): DistChange {
  const existing = readTree(distFolder(root));
  refuseEmptied(existing, tree);
  const change = compareTrees(existing, tree);
  if (differs(change)) {
    const lines = [
      ...change.changed.map((file) => `differs: dist/${file}`),
      ...change.added.map((file) => `missing: dist/${file}`),
      ...change.removed.map((file) => `stale: dist/${file}`),
    ];
    const more = lines.length - shownDifferences;
    throw new UserError(
      `dist is not what the catalog renders: ${lines.length} ${lines.length === 1 ? 'file differs' : 'files differ'}`,
      {
        details: more > 0 ? [...lines.slice(0, shownDifferences), `and ${more} more`] : lines,
        repair: 'run `npm run synth` and commit dist',
      },
    );
  }
  return summary(change);
}

function differs(change: TreeChange): boolean {
  return change.added.length + change.changed.length + change.removed.length > 0;
}

function summary({ added, changed, removed, unchanged }: TreeChange): DistChange {
  return { written: [...added, ...changed].sort(), removed: [...removed], unchanged: unchanged.length };
}

/** Environments of a tree that hold at least one service. */
function inhabited(files: Iterable<string>): Set<string> {
  const environments = new Set<string>();
  for (const file of files) {
    const [environment, service, object] = file.split('/');
    if (object !== undefined && environment !== deliveryFolder && service !== platformFolder) {
      environments.add(environment!);
    }
  }
  return environments;
}

/** A render without services is a fault more often than a wish, and Argo CD would delete what runs. */
function refuseEmptied(existing: ReadonlyMap<string, unknown>, tree: Tree): void {
  const after = inhabited(tree.keys());
  const emptied = [...inhabited(existing.keys())].filter((environment) => !after.has(environment));
  if (emptied.length > 0) {
    throw new UserError(`this would remove every service of ${emptied.sort().join(' and ')}; dist is left as it was`, {
      repair: `if that is meant, remove ${emptied.map((name) => `dist/${name}`).join(' and ')} yourself and render again`,
    });
  }
  if (after.size === 0) {
    throw new UserError('nothing was rendered: the catalog has no service in any environment; dist is left as it was');
  }
}

function unwritable(error: unknown): unknown {
  const { code, path: file } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
  };
  const reason = code === undefined ? undefined : reasons[code];
  return reason === undefined
    ? error
    : new UserError(
        `dist cannot be written: ${reason}${file === undefined ? '' : ` at ${file}`}; dist is left as it was`,
        {
          cause: error,
        },
      );
}
