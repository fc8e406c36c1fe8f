import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createSupply } from '../../../infra/supply';
import { compareVersions, installedGo } from '../../../infra/supply/compile/toolchain';
import { goVersion } from '../../../infra/versions';
import { ReleaseServer } from './support/release-server';

/** The real Go builds the smallest tool; skipped where it would have to be downloaded first. */
test('the real Go builds pause, and it ends when it is told to', async () => {
  const version = await installedGo();
  if (version === undefined || compareVersions(version, goVersion.atLeast) < 0) return;
  const server = new ReleaseServer();
  await server.open();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pause-'));
  try {
    const options = { cache: folder, rewrite: server.rewrite, reachPausesMs: [] };
    const child = spawn(await createSupply(options).tool('pause'));
    const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(child.exitCode).toBeNull();
    child.kill('SIGTERM');
    await expect(ended).resolves.toBe(0);
  } finally {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
