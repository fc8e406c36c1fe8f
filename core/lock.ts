import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, startOf } from './alive';
import { UserError } from './errors';
import { besides } from './files';

/** Who holds a lock. */
export interface LockOwner {
  readonly pid: number;
  readonly purpose: string;
}

export interface LockOptions {
  /** What the holder does, shown to those who wait. */
  readonly purpose: string;
  /** Wait until it is free; otherwise fail at once, naming the owner. @default false */
  readonly wait?: boolean;
  readonly onWait?: (owner: LockOwner) => void;
  readonly signal?: AbortSignal;
}

interface Held {
  readonly owner: LockOwner | undefined;
  readonly alive: boolean;
  /** Names this very holding of the lock, never another one. */
  readonly token: string;
}

async function read(file: string): Promise<Held | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const token = createHash('sha256').update(text).digest('hex').slice(0, 16);
  try {
    const { pid, purpose, started } = JSON.parse(text) as LockOwner & { readonly started?: string };
    return { owner: { pid, purpose }, alive: isAlive(pid, started), token };
  } catch {
    // nothing of ours is ever half-written, so this is what a full disk or a power cut left
    return { owner: undefined, alive: false, token };
  }
}

/** Whether a living process holds the lock, and who left it behind otherwise. */
export async function inspectLock(
  file: string,
): Promise<{ readonly owner: LockOwner; readonly alive: boolean } | undefined> {
  const held = await read(file);
  return held?.owner && { owner: held.owner, alive: held.alive };
}

/** Creates `file` with its content at once, so that no reader ever sees a lock without an owner. */
async function create(file: string, content: string): Promise<boolean> {
  const temporary = besides(file);
  try {
    await writeFile(temporary, content, { flag: 'wx' });
    await link(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Replaces the lock of a process that is gone. Two that find the same dead owner must not both do so (the slower one
 * would throw out the lock that the faster one has just made), so the right to replace it is a file named after that
 * very holding: one process gets it, looks again, and only then moves its own lock over the dead one. One that died
 * while it had the right is succeeded the same way.
 */
async function takeOver(file: string, dead: string, content: string): Promise<boolean> {
  const claims: string[] = [];
  for (let token = dead; ;) {
    const claim = `${file}.${token}.claim`;
    if (await create(claim, content)) {
      claims.push(claim);
      break;
    }
    const other = await read(claim);
    if (other === undefined || other.alive) return false;
    claims.push(claim);
    token = other.token;
  }
  try {
    if ((await read(file))?.token !== dead) return false;
    const temporary = besides(file);
    await writeFile(temporary, content, { flag: 'wx' });
    await rename(temporary, file);
    return true;
  } finally {
    await Promise.all(claims.map((claim) => rm(claim, { force: true })));
  }
}

/**
 * Runs `work` while no other process of this machine holds `file`. The lock of a process that is gone is taken over.
 *
 * @throws UserError naming the owner where it is held and `wait` is not set
 */
export async function withLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  await mkdir(path.dirname(file), { recursive: true });
  const content = JSON.stringify({
    pid: process.pid,
    purpose: options.purpose,
    started: startOf(process.pid),
    nonce: randomBytes(8).toString('hex'),
  });
  for (let told = false; !(await create(file, content));) {
    const held = await read(file);
    if (held === undefined) continue;
    if (!held.alive || held.owner === undefined) {
      if (await takeOver(file, held.token, content)) break;
      await sleep(20);
      continue;
    }
    if (options.wait !== true) {
      throw new UserError(
        `${options.purpose} cannot start: process ${held.owner.pid} is busy with ${held.owner.purpose}`,
        { repair: `wait until it ends, or stop it with \`kill ${held.owner.pid}\`` },
      );
    }
    if (!told) options.onWait?.(held.owner);
    told = true;
    options.signal?.throwIfAborted();
    await sleep(250, undefined, { signal: options.signal });
  }
  try {
    return await work();
  } finally {
    // work that removes the folder of its own lock lets another process lock there before this line
    if ((await readFile(file, 'utf8').catch(() => undefined)) === content) await rm(file, { force: true });
  }
}
