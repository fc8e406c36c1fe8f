import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { withControlPlane } from '../../../infra/control-plane/control-plane';
import { Keeper } from '../../../infra/control-plane/keeper';
import { clearLeftovers, ownerFile, scratchFolder } from '../../../infra/control-plane/leftovers';

const parent = mkdtempSync(path.join(os.tmpdir(), 'control-plane-test-'));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

test('a keeper ends what it was told of and removes the folder', async () => {
  const folder = await scratchFolder(parent);
  const keeper = new Keeper(folder);
  const child = spawn('sleep', ['600']);
  keeper.watch(child.pid!);
  const ended = new Promise((resolve) => child.on('exit', (_code, signal) => resolve(signal)));
  await keeper.clear();
  expect(await ended).toBe('SIGKILL');
  expect(existsSync(folder)).toBe(false);
});

test('what a dead process left is cleared, what a living one uses is not', async () => {
  const dead = await scratchFolder(parent);
  writeFileSync(ownerFile(dead), JSON.stringify({ pid: 2 ** 22 + 1, purpose: 'gone', started: '1' }));
  const living = await scratchFolder(parent);
  writeFileSync(ownerFile(living), JSON.stringify({ pid: process.pid, purpose: 'here' }));
  expect(await clearLeftovers(parent)).toBe(1);
  expect([existsSync(dead), existsSync(living)]).toEqual([false, true]);
  rmSync(living, { recursive: true });
});

test('a program that ends at once is told with its last words, and nothing stays', async () => {
  const failing = path.join(parent, 'failing');
  writeFileSync(failing, '#!/bin/sh\necho "flag provided but not defined" >&2\nexit 2\n', { mode: 0o755 });
  const options = { etcd: failing, kubeApiserver: failing, scratch: parent };
  await expect(withControlPlane(options, async () => undefined)).rejects.toMatchObject({
    message: 'etcd does not start: ended with 2',
    details: ['flag provided but not defined'],
  });
  expect(readdirSync(parent).filter((name) => name.startsWith('slipway-'))).toEqual([]);
});
