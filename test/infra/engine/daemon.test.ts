import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentProgress } from '../../../core/progress';
import { daemonLogTail, isMountedOnItself, ownDaemon, stopDaemon } from '../../../infra/engine/daemon';
import { containerName, createEngine, type ContainerFacts } from '../../../infra/engine/engine';
import { removeEngine } from '../../../infra/engine/remove';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'daemon-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a pid that now belongs to another program is not taken for the daemon, and not stopped', async () => {
  writeFileSync(path.join(folder, 'dockerd.pid'), String(process.pid));
  expect(await ownDaemon(folder)).toBeUndefined();
  expect(await stopDaemon(folder)).toBe(false);
});

test('the end of the log is there for the error message', async () => {
  expect(await daemonLogTail(folder)).toEqual(['']);
  writeFileSync(path.join(folder, 'dockerd.log'), 'one\ntwo\nthree\n');
  expect(await daemonLogTail(folder, 2)).toEqual(['two', 'three']);
});

test('where nothing was changed on the machine there is nothing to take back', async () => {
  mkdirSync(path.join(folder, 'machine'));
  expect(await removeEngine(undefined, silentProgress, path.join(folder, 'machine'))).toEqual([]);
});

test('an engine reports what its command says, and podman is announced to kind', async () => {
  const engine = createEngine({ command: 'podman', version: '5', cgroupVersion: 2, lean: false });
  expect(engine.env).toEqual({ KIND_EXPERIMENTAL_PROVIDER: 'podman' });
  expect(createEngine({ ...engine, command: 'docker' }, { DOCKER_HOST: 'unix:///x' }).env).toEqual({
    DOCKER_HOST: 'unix:///x',
  });
  expect(containerName({ Name: '/one' } as ContainerFacts)).toBe('one');
});

test.each([
  ['mounted on itself by a daemon', '36 1 8:1 /var/lib/docker /var/lib/docker rw - ext4 /dev/sda rw', true],
  ['the same, where /var is a disk', '36 1 8:2 /lib/docker /var/lib/docker rw - ext4 /dev/sdb rw', true],
  ['a disk of its own', '36 1 8:3 / /var/lib/docker rw - ext4 /dev/sdc rw', false],
  ['a volume of its own', '36 1 8:4 /@docker /var/lib/docker rw - btrfs /dev/sdd rw', false],
  ['no mount', '36 1 8:1 / / rw - ext4 /dev/sda rw', false],
])('only what the daemon mounted is unmounted: %s', (_title, mountinfo, expected) => {
  expect(isMountedOnItself(`${mountinfo}\n`, '/var/lib/docker')).toBe(expected);
});
