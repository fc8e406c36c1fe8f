import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isAlive } from '../../core/alive';
import { exec } from '../../core/exec';

const folder = mkdtempSync(path.join(os.tmpdir(), 'exec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function gone(pid: number): Promise<boolean> {
  for (let waited = 0; waited < 5000 && isAlive(pid); waited += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return !isAlive(pid);
}

test('secrets go in by standard input, and a failure tells the end of what was printed', async () => {
  expect((await exec('cat', [], { input: 'secret' })).stdout).toBe('secret');
  await expect(exec('sh', ['-c', 'echo no such thing >&2; exit 3'])).rejects.toMatchObject({
    message: '`sh -c echo no such thing >&2; exit 3` exited with 3',
    details: ['no such thing'],
  });
  await expect(exec('not-a-command', [])).rejects.toThrow('`not-a-command` is not installed');
});

test('a command that takes too long, and one that is interrupted, end with their children', async () => {
  const file = path.join(folder, 'child');
  const script = `sleep 300 & echo $! >'${file}'; wait`;
  await expect(exec('sh', ['-c', script], { timeoutMs: 300 })).rejects.toThrow('took longer than 0.3 s');
  expect(await gone(Number(readFileSync(file, 'utf8')))).toBe(true);
  await expect(exec('sleep', ['300'], { signal: AbortSignal.abort() })).rejects.toThrow('was interrupted');
});

test('commands end with the process that runs them, however it leaves', async () => {
  const file = path.join(folder, 'orphan');
  const program = `
    const { exec } = require('./core/exec.ts');
    const { existsSync } = require('node:fs');
    exec('sh', ['-c', 'echo $$ >"$0.new" && mv "$0.new" "$0" && exec sleep 300', ${JSON.stringify(file)}]);
    setInterval(() => existsSync(${JSON.stringify(file)}) && process.exit(0), 20);
  `;
  const { status } = spawnSync(process.execPath, ['--require', 'tsx/cjs', '--eval', program], { timeout: 20_000 });
  expect(status).toBe(0);
  expect(existsSync(file)).toBe(true);
  expect(await gone(Number(readFileSync(file, 'utf8')))).toBe(true);
});
