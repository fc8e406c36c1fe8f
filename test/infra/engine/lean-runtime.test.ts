import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  configureLeanRuntime,
  restoreConfiguration,
  withLeanRuntime,
  withoutLeanRuntime,
} from '../../../infra/engine/lean-runtime';

const file = '/etc/docker/daemon.json';

test('other settings stay beside the runtime', () => {
  const before = JSON.stringify({ 'log-driver': 'local', runtimes: { nvidia: { path: '/usr/bin/nvidia' } } });
  expect(JSON.parse(withLeanRuntime(before, '/lean', file))).toEqual({
    'log-driver': 'local',
    runtimes: { nvidia: { path: '/usr/bin/nvidia' }, lean: { path: '/lean' } },
    'default-runtime': 'lean',
  });
});

test.each([undefined, '', ' \n'])('an absent or empty file (%j) is no obstacle', (before) => {
  expect(JSON.parse(withLeanRuntime(before, '/lean', file))).toEqual({
    runtimes: { lean: { path: '/lean' } },
    'default-runtime': 'lean',
  });
});

test('a default runtime that somebody chose is not overridden', () => {
  expect(() => withLeanRuntime('{"default-runtime": "nvidia"}', '/lean', file)).toThrow(
    '/etc/docker/daemon.json sets the default runtime "nvidia"',
  );
});

test('a file that is not JSON is not touched', () => {
  expect(() => withLeanRuntime('{,}', '/lean', file)).toThrow('/etc/docker/daemon.json is not JSON');
});

test('restoring gives the old bytes back, or takes out only our settings where the file was changed since', () => {
  const before = '{ "debug":true }';
  const written = withLeanRuntime(before, '/lean', file);
  expect(withoutLeanRuntime(written, { before, written }, file)).toBe(before);
  expect(withoutLeanRuntime(written, { written }, file)).toBeUndefined();
  const changed = JSON.stringify({ ...JSON.parse(written), runtimes: { lean: { path: '/lean' }, kata: {} }, mtu: 9 });
  expect(JSON.parse(withoutLeanRuntime(changed, { before, written }, file)!)).toEqual({
    debug: true,
    mtu: 9,
    runtimes: { kata: {} },
  });
  const theirs = JSON.stringify({ 'default-runtime': 'kata' });
  expect(JSON.parse(withoutLeanRuntime(theirs, { written }, file)!)).toEqual({ 'default-runtime': 'kata' });
});

describe('on disk', () => {
  let folder: string;
  let tool: string;
  let daemonJson: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'lean-runtime-'));
    tool = path.join(folder, 'tool');
    daemonJson = path.join(folder, 'docker/daemon.json');
    writeFileSync(tool, 'a program', { mode: 0o644 });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('the runtime is put where it stays, and everything is taken back', async () => {
    const machine = path.join(folder, 'machine');
    await configureLeanRuntime(tool, daemonJson, machine);
    await configureLeanRuntime(tool, daemonJson, machine);
    const runtime = path.join(machine, 'runc-lean');
    expect(JSON.parse(readFileSync(daemonJson, 'utf8')).runtimes.lean.path).toBe(runtime);
    expect(statSync(runtime).mode & 0o777).toBe(0o755);
    expect(await restoreConfiguration(machine)).toBe(true);
    expect(existsSync(daemonJson)).toBe(false);
    expect(existsSync(runtime)).toBe(false);
    expect(await restoreConfiguration(machine)).toBe(false);
  });
});
