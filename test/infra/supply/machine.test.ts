import { diskForBuilds, gogcFor, inspectMachine, obstacles } from '../../../infra/supply/compile/machine';
import { compareVersions, findToolchain, installedGo } from '../../../infra/supply/compile/toolchain';
import { hostPlatform } from '../../../infra/supply/platform';
import { releaseUrls } from '../../../infra/supply/fetch/release';
import { registryOf } from '../../../infra/supply/fetch/reach';
import { settle } from '../../../infra/supply/options';
import { images, tools, type ToolName } from '../../../infra/versions';
import { World } from './support/world';
import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const all = Object.keys(tools) as ToolName[];
const ample = { freeDiskBytes: 2 ** 40, freeMemoryBytes: 2 ** 34, hasCompiler: true };

test('disk for builds grows with what is built', () => {
  expect(diskForBuilds([])).toBe(0);
  expect(diskForBuilds(['kind'])).toBeLessThan(2 * 2 ** 30);
  expect(diskForBuilds(all)).toBeGreaterThan(28 * 2 ** 30);
});

test('caches of an interrupted build are disk that is not needed again', () => {
  const machine = { ...ample, freeDiskBytes: 10 * 2 ** 30 };
  expect(obstacles(all, machine)).toEqual([expect.stringContaining('disk:')]);
  expect(obstacles(all, machine, 25 * 2 ** 30)).toEqual([]);
});

test('a compiler is missed only where something is linked with it', () => {
  const machine = { ...ample, hasCompiler: false };
  expect(obstacles(['kind', 'kubectl'], machine)).toEqual([]);
  expect(obstacles(['gitea'], machine)).toEqual([expect.stringContaining('apt-get install gcc libc6-dev')]);
  expect(obstacles([], { freeDiskBytes: 0, freeMemoryBytes: 0, hasCompiler: false })).toEqual([]);
});

test('this machine can be looked at', async () => {
  const machine = await inspectMachine(os.tmpdir());
  expect(machine.freeDiskBytes).toBeGreaterThan(0);
  expect(machine.freeMemoryBytes).toBeGreaterThan(0);
  expect(gogcFor({ ...machine, freeMemoryBytes: 2 ** 34 })).toBe(800);
  expect(gogcFor({ ...machine, freeMemoryBytes: 2 ** 31 })).toBe(100);
});

test('versions are compared by number', () => {
  expect(compareVersions('1.26.10', '1.26.9')).toBeGreaterThan(0);
  expect(compareVersions('1.9', '1.26.4')).toBeLessThan(0);
  expect(compareVersions('1.26', '1.26.0')).toBe(0);
});

test('a platform without published tools is refused', () => {
  expect(hostPlatform('linux', 'x64')).toEqual({ os: 'linux', arch: 'amd64' });
  expect(hostPlatform('darwin', 'arm64')).toEqual({ os: 'darwin', arch: 'arm64' });
  expect(() => hostPlatform('win32', 'x64')).toThrow('no tools are published for win32 on x64');
  expect(() => hostPlatform('linux', 'riscv64')).toThrow('no tools are published for linux on riscv64');
});

test.each([
  ['kind', 'darwin', 'arm64', '/kind-darwin-arm64'],
  ['pulumi', 'linux', 'amd64', '/pulumi-v3.248.0-linux-x64.tar.gz'],
  ['pulumi', 'linux', 'arm64', '/pulumi-v3.248.0-linux-arm64.tar.gz'],
  ['crane', 'darwin', 'amd64', '/go-containerregistry_Darwin_x86_64.tar.gz'],
  ['kubectl', 'linux', 'arm64', '/bin/linux/arm64/kubectl'],
] as const)('%s for %s on %s is %s', (name, system, arch, end) => {
  const { url } = releaseUrls(tools[name].release, { os: system, arch });
  expect(url.endsWith(end)).toBe(true);
});

test('a registry is found by the first part of a reference', () => {
  expect(registryOf('quay.io/argoproj/argocd:v1')).toBe('https://quay.io');
  expect(registryOf('docker.io/library/busybox:1')).toBe('https://registry-1.docker.io');
});

test('every image is named in full, every pinned version is part of its tool', () => {
  for (const { reference } of Object.values(images)) expect(reference).toMatch(/^[a-z0-9.-]+\.[a-z]+\/.+[:@].+$/);
  for (const tool of Object.values(tools)) expect(tool.version).toMatch(/^v\d+\.\d+\.\d+$/);
});

test('defaults are those of this machine', () => {
  const settings = settle({});
  expect(settings.platform).toEqual(hostPlatform());
  expect(settings.rewrite('https://x')).toBe('https://x');
  expect(settings.slots).toBeGreaterThanOrEqual(1);
});

describe('a Go from before it could change its own version', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.close().catch(() => undefined));

  test('downloads the newer one as a module and makes it executable', async () => {
    // GIVEN a Go 1.19 whose module download brings a toolchain without executable bits
    const bin = path.join(world.folder, 'bin', 'old-go');
    const module = path.join(world.folder, 'toolchain');
    await mkdir(path.join(module, 'bin'), { recursive: true });
    await mkdir(path.join(module, 'pkg/tool/linux_amd64'), { recursive: true });
    await writeFile(path.join(module, 'bin/go'), '#!/bin/sh\necho go version go1.26.8 linux/amd64\n');
    await writeFile(path.join(module, 'pkg/tool/linux_amd64/compile'), '');
    const log = path.join(world.folder, 'log');
    await writeFile(
      bin,
      `#!/bin/sh\nif [ "$1" = version ]; then echo go version go1.19.8 linux/amd64; else echo "$@" >> ${log}; echo '{"Dir":"${module}"}'; fi\n`,
    );
    await chmod(bin, 0o755);
    // WHEN a toolchain is looked for
    const found = await findToolchain({ os: 'linux', arch: 'amd64' }, {}, bin);
    // THEN it is the newer one, and it runs
    expect(found).toMatchObject({ version: '1.26.8', env: { GOTOOLCHAIN: 'local', GOROOT: module } });
    expect(await installedGo(found.go)).toBe('1.26.8');
    expect(await readFile(log, 'utf8')).toBe('mod download -json golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64\n');
    expect(await readdir(path.join(module, 'bin'))).toEqual(['go']);
  });

  test('says what to install where that fails', async () => {
    const bin = path.join(world.folder, 'bin', 'old-go');
    await writeFile(bin, '#!/bin/sh\n[ "$1" = version ] && echo go version go1.19.8 linux/amd64\n');
    await chmod(bin, 0o755);
    await expect(findToolchain({ os: 'linux', arch: 'amd64' }, {}, bin)).rejects.toMatchObject({
      message: expect.stringMatching(
        /Go 1.26.4 or later, this machine has 1.19.8, and a newer one could not be fetched/,
      ),
      repair: expect.stringContaining('install Go 1.26.4 or later'),
    });
  });
});
