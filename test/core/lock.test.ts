import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { inspectLock, withLock } from '../../core/lock';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lock-'));
  file = path.join(folder, 'up.lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

test('runs the work and leaves nothing behind', async () => {
  await expect(withLock(file, { purpose: 'up' }, async () => 7)).resolves.toBe(7);
  expect(await readdir(folder)).toEqual([]);
});

test('frees the lock when the work fails', async () => {
  await expect(withLock(file, { purpose: 'up' }, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await readdir(folder)).toEqual([]);
});

test('refuses at once, naming the owner and the repair', async () => {
  await withLock(file, { purpose: 'up' }, async () => {
    await expect(withLock(file, { purpose: 'down' }, async () => 0)).rejects.toMatchObject({
      message: `down cannot start: process ${process.pid} is busy with up`,
      repair: expect.stringContaining(`kill ${process.pid}`),
    });
    await expect(inspectLock(file)).resolves.toEqual({ owner: { pid: process.pid, purpose: 'up' }, alive: true });
  });
  await expect(inspectLock(file)).resolves.toBeUndefined();
});

test('waits for the owner where asked to, and says so once', async () => {
  const told: string[] = [];
  const order: string[] = [];
  let release = (): void => undefined;
  const first = withLock(file, { purpose: 'first' }, async () => {
    await new Promise<void>((resolve) => (release = resolve));
    order.push('first');
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const second = withLock(
    file,
    { purpose: 'second', wait: true, onWait: (owner) => told.push(owner.purpose) },
    async () => void order.push('second'),
  );
  setTimeout(() => release(), 600);
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'second']);
  expect(told).toEqual(['first']);
});

test('an abort ends the waiting', async () => {
  const abort = new AbortController();
  await withLock(file, { purpose: 'first' }, async () => {
    const waiting = withLock(file, { purpose: 'second', wait: true, signal: abort.signal }, async () => 0);
    setTimeout(() => abort.abort(), 20);
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});

test.each([
  ['a process that is gone', () => JSON.stringify({ pid: deadPid(), purpose: 'up' })],
  [
    'another process that has the number of one that is gone',
    () => '{"pid":' + process.pid + ',"purpose":"up","started":"1"}',
  ],
  ['a power cut', () => ''],
])('takes over what %s left', async (_who, content) => {
  await writeFile(file, content());
  await expect(withLock(file, { purpose: 'up' }, async () => 1)).resolves.toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test('succeeds one that died while it took a dead lock over', async () => {
  await writeFile(file, JSON.stringify({ pid: deadPid(), purpose: 'up' }));
  const { createHash } = await import('node:crypto');
  const token = createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
    .slice(0, 16);
  await writeFile(`${file}.${token}.claim`, JSON.stringify({ pid: deadPid(), purpose: 'up' }));
  await expect(withLock(file, { purpose: 'up' }, async () => 1)).resolves.toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test('of many processes that find the same dead owner, one at a time is inside', async () => {
  // GIVEN a lock whose owner is gone, and processes that each write when they enter and when they leave
  const log = path.join(folder, 'log');
  await writeFile(file, JSON.stringify({ pid: deadPid(), purpose: 'up' }));
  const program = `
    require('tsx/cjs');
    const { appendFileSync } = require('node:fs');
    const { withLock } = require(${JSON.stringify(path.resolve(__dirname, '../../core/lock'))});
    (async () => {
      for (let round = 0; round < 12; round++) {
        await withLock(${JSON.stringify(file)}, { purpose: 'race', wait: true }, async () => {
          appendFileSync(${JSON.stringify(log)}, 'in ' + process.pid + '\\n');
          await new Promise((resolve) => setTimeout(resolve, 3));
          appendFileSync(${JSON.stringify(log)}, 'out ' + process.pid + '\\n');
        });
      }
    })();`;
  // WHEN they race
  await Promise.all(
    Array.from({ length: 5 }, () => {
      const child = spawn(process.execPath, ['-e', program], {
        cwd: path.resolve(__dirname, '../..'),
        stdio: 'inherit',
      });
      return new Promise<void>((resolve, reject) =>
        child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit ${code}`)))),
      );
    }),
  );
  // THEN every entry is followed by the leaving of the same process
  const lines = (await readFile(log, 'utf8')).trim().split('\n');
  expect(lines).toHaveLength(5 * 12 * 2);
  for (let at = 0; at < lines.length; at += 2) {
    expect(lines[at + 1]).toBe(lines[at]!.replace('in', 'out'));
  }
}, 60_000);

test('work that removed the folder of its lock does not take the lock of who came next', async () => {
  const inner = path.join(folder, 'state');
  const lock = path.join(inner, 'up.lock');
  await withLock(lock, { purpose: 'down' }, async () => {
    await rm(inner, { recursive: true });
    await mkdir(inner);
    await writeFile(lock, '{"pid":1,"purpose":"the next"}');
  });
  expect(await readFile(lock, 'utf8')).toContain('the next');
});
