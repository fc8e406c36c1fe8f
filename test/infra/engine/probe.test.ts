import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { judgeInfo, judgePodmanInfo, probeEngine } from '../../../infra/engine/probe';

const info = (values: object) => ({ stdout: JSON.stringify(values), stderr: '' });
const running = { ServerVersion: '28.1.0', CgroupVersion: '2', DefaultRuntime: 'runc', ContainersRunning: 3 };

test('a running daemon is healthy', () => {
  expect(judgeInfo(info(running), true)).toEqual({
    state: 'healthy',
    facts: { command: 'docker', version: '28.1.0', cgroupVersion: 2, lean: false },
    runningContainers: 3,
  });
});

test('without CAP_SYS_RESOURCE the usual runtime cannot run nodes, another one may', () => {
  expect(judgeInfo(info(running), false).state).toBe('unprivileged');
  expect(judgeInfo(info({ ...running, DefaultRuntime: 'lean', CgroupVersion: '1' }), false)).toMatchObject({
    state: 'healthy',
    facts: { lean: true, cgroupVersion: 1 },
  });
});

test('a daemon that does not run is told from one that may not be spoken to', () => {
  const stopped = 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';
  expect(judgeInfo(info({ ServerErrors: [stopped] }), true)).toEqual({ state: 'stopped', reason: stopped });
  const forbidden = 'permission denied while trying to connect to the Docker daemon socket';
  expect(judgeInfo(info({ ServerErrors: [forbidden] }), true)).toEqual({ state: 'forbidden', reason: forbidden });
});

test('an old command that prints no JSON without a daemon is understood', () => {
  expect(judgeInfo({ stdout: '', stderr: 'Cannot connect to the Docker daemon\n' }, true)).toEqual({
    state: 'stopped',
    reason: 'Cannot connect to the Docker daemon',
  });
  expect(judgeInfo({ stdout: '', stderr: '' }, true)).toEqual({ state: 'stopped', reason: 'it does not answer' });
});

test('podman answers in its own words', () => {
  const answer = {
    version: { Version: '5.4.0' },
    host: { cgroupVersion: 'v2' },
    store: { containerStore: { running: 1 } },
  };
  expect(judgePodmanInfo(info(answer))).toMatchObject({
    state: 'healthy',
    facts: { command: 'podman', version: '5.4.0', cgroupVersion: 2 },
  });
  expect(judgePodmanInfo({ stdout: '', stderr: 'no socket' })).toEqual({ state: 'stopped', reason: 'no socket' });
});

describe('a docker command that gets no answer', () => {
  const before = process.env['PATH'];
  let bin: string;
  const command = (name: string, script: string) => {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(bin, name), 0o755);
  };
  // the machine that runs this may have a daemon in its folders of administration
  const find = (name: string) => (existsSync(path.join(bin, name)) ? path.join(bin, name) : undefined);
  beforeEach(() => {
    bin = mkdtempSync(path.join(os.tmpdir(), 'docker-client-'));
    command(
      'docker',
      'if [ "$1" = context ]; then echo "${DOCKER_HOST:-unix:///var/run/docker.sock}"; else exit 1; fi',
    );
    process.env['PATH'] = bin;
  });
  afterEach(() => {
    process.env['PATH'] = before;
    rmSync(bin, { recursive: true, force: true });
  });

  test('is no engine where this machine has no daemon to start', async () => {
    expect(await probeEngine('docker', {}, find)).toEqual({ state: 'missing' });
  });

  test('is an engine that stopped where there is a daemon, or where it asks another machine', async () => {
    expect((await probeEngine('docker', { DOCKER_HOST: 'tcp://127.0.0.1:1' }, find)).state).toBe('stopped');
    command('dockerd', 'exit 1');
    expect((await probeEngine('docker', {}, find)).state).toBe('stopped');
  });
});
