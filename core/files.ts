import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** A name beside `target` that no other process uses, on the same file system so that a rename is atomic. */
export function besides(target: string): string {
  return path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.${randomBytes(4).toString('hex')}`);
}

/**
 * Writes a file so that a reader sees the old content or the new one and never a part.
 *
 * @param mode permissions of the new file. @default 0o644
 */
export async function writeFileAtomic(file: string, content: string | Buffer, mode = 0o644): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = besides(file);
  const handle = await open(temporary, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
    await handle.close();
    await rename(temporary, file);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Puts the finished folder `source` in the place of `target`. Between the two renames `target` is missing for an
 * instant; a crash there leaves the old tree beside it, which `recoverSwap` puts back.
 */
export async function swapDirectory(source: string, target: string): Promise<void> {
  const old = `${target}.old`;
  await rm(old, { recursive: true, force: true });
  const had = await rename(target, old).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  await rename(source, target);
  if (had) await rm(old, { recursive: true, force: true });
}

/** Finishes what a kill inside `swapDirectory` left: the old tree goes back where there is no new one. */
export async function recoverSwap(target: string): Promise<void> {
  const siblings = await readdir(path.dirname(target)).catch(() => [] as string[]);
  const name = path.basename(target);
  if (siblings.includes(`${name}.old`)) {
    if (siblings.includes(name)) await rm(`${target}.old`, { recursive: true, force: true });
    else await rename(`${target}.old`, target);
  }
}
