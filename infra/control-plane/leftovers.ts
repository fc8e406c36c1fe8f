import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { inspectLock } from '../../core/lock';
import { processesUsing } from '../host/processes';

const prefix = 'slipway-control-plane-';

/** Held by the process that uses a folder, so that others can tell whether it is still there. */
export function ownerFile(folder: string): string {
  return path.join(folder, 'owner.lock');
}

/** A new folder for one control plane. */
export function scratchFolder(parent: string = os.tmpdir()): Promise<string> {
  return mkdtemp(path.join(parent, prefix));
}

/**
 * Removes control planes whose process is gone together with what watched over it, and ends what still runs of them.
 *
 * @returns how many there were
 */
export async function clearLeftovers(parent: string = os.tmpdir()): Promise<number> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(prefix));
  const cleared = await Promise.all(names.map((name) => clearWhereDead(path.join(parent, name))));
  return cleared.filter(Boolean).length;
}

const youngMs = 10_000;

async function clearWhereDead(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  // somebody else's is none of ours, and one without an owner may be about to have one
  if (found === undefined || found.uid !== process.getuid?.()) return false;
  const owner = await inspectLock(ownerFile(folder)).catch(() => undefined);
  if (owner === undefined ? Date.now() - found.mtimeMs < youngMs : owner.alive) return false;
  for (const { pid } of await processesUsing(folder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  return true;
}
