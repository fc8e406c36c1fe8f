import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { silentProgress } from '../../../core/progress';
import { loadSupply, npmFolder, packagesFolder, saveSupply } from '../../../infra/supply/archive';
import { collectPackages, filesBelow, systemName } from '../../../infra/supply/archive/collect';
import { isSafePath } from '../../../infra/supply/archive/format';
import { createSupply, type ImageSource } from '../../../infra/supply';
import { manifestId, toolId } from '../../../infra/supply/ids';
import { settle } from '../../../infra/supply/options';
import { Digests } from '../../../infra/supply/store/digests';
import { Store } from '../../../infra/supply/store/store';
import { World } from './support/world';

// each saves a supply with real git, npm and tar
jest.setTimeout(60_000);

const platform = { os: 'linux', arch: 'amd64' } as const;
let world: World;
let folder: string;
let cache: string;
let root: string;
let file: string;
let said: string[];

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    cwd: root,
    encoding: 'utf8',
  });

/** A project as small as one can be: its command line only notes what it was asked for. */
async function project(): Promise<void> {
  await mkdir(path.join(root, 'cli'), { recursive: true });
  await writeFile(path.join(root, 'package.json'), '{"name":"p","version":"1.0.0"}\n');
  await writeFile(
    path.join(root, 'package-lock.json'),
    '{"name":"p","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"p","version":"1.0.0"}}}\n',
  );
  await writeFile(
    path.join(root, 'cli/bin.js'),
    'require("fs").writeFileSync("asked", process.argv.slice(2).join(" "))\n',
  );
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
}

const image: ImageSource = {
  plan: async () => [{ kind: 'image', name: 'docker.io/x/pause:1', version: '1', how: 'build', seconds: 1, bytes: 1 }],
  substitutions: () => [],
  image: async () => {
    await mkdir(path.join(cache, 'images'), { recursive: true });
    await writeFile(path.join(cache, 'images', 'pause.tar'), 'an image');
    return path.join(cache, 'images', 'pause.tar');
  },
};

/** What does not belong into an archive, and the manifests whose pinned digests no stand-in can have. */
async function fill(): Promise<void> {
  for (const name of ['argo-cd', 'local-path'] as const) {
    await new Store(cache).put(manifestId(name), async (target) => {
      await writeFile(path.join(target, `${name}.yaml`), 'kind: List');
      return { obtained: 'a test', verifiedBy: 'nobody' };
    });
  }
  for (const stray of ['build/huge', 'images/outdated.tar', 'tools/kind/v0.1.0-old/kind']) {
    await mkdir(path.dirname(path.join(cache, stray)), { recursive: true });
    await writeFile(path.join(cache, stray), 'not carried');
  }
}

const save = () =>
  saveSupply(file, {
    cache,
    root,
    platform,
    packages: [],
    supply: createSupply(world.options({ images: () => image })),
    progress: silentProgress,
    say: (line) => said.push(line),
  });
const load = (into: string) =>
  loadSupply(file, { cache: into, platform, progress: silentProgress, say: (line) => said.push(line) });

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'archive-'));
  world = new World();
  await world.server.open();
  world.publish();
  cache = world.cache;
  root = path.join(folder, 'project');
  file = path.join(folder, 'supply.tar');
  said = [];
  await project();
});
afterEach(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

test('what is saved is complete, and is loaded: tools with their permissions, images, digests, history', async () => {
  // GIVEN a cache that lacks every tool, WHEN it is saved and loaded elsewhere
  await fill();
  const saved = await save();
  expect(saved).toMatchObject({ file, commit: git('rev-parse', 'HEAD').trim() });
  const other = path.join(folder, 'other');
  const loaded = await load(other);
  expect(loaded).toMatchObject({ parts: saved.parts, bytes: saved.bytes, commit: saved.commit });
  // THEN the tools were fetched first, and run there
  const found = await new Store(other).find(await toolId('crane', settle({ platform })));
  expect(execFileSync(path.join(found!.folder, 'crane'), { encoding: 'utf8' })).toBe('crane\n');
  expect(await readFile(path.join(other, 'images/pause.tar'), 'utf8')).toBe('an image');
  expect(Object.keys(await new Digests(other).all())).toContainEqual(expect.stringContaining('kind-linux-amd64'));
  // AND nothing else came along
  expect(await filesBelow(path.join(other, 'build'))).toEqual([]);
  expect(await filesBelow(path.join(other, 'images'))).toEqual(['pause.tar']);
  expect(await readdir(path.join(other, 'tools', 'kind'))).toHaveLength(1);
  expect((await readdir(other)).filter((name) => name.startsWith('.'))).toEqual([]);
  expect(npmFolder(other)).toBe(path.join(other, 'npm'));
  expect(packagesFolder(other)).toBe(path.join(other, 'packages'));
  // AND the other machine asks nobody
  const cached: ImageSource = {
    ...image,
    plan: async () => (await image.plan('build')).map((item) => ({ ...item, how: 'cached', seconds: 0 })),
  };
  const asked = world.server.requests.length;
  const plan = await createSupply(world.options({ cache: other, images: () => cached })).plan();
  expect(plan).toMatchObject({ mode: 'build', reasons: ['everything is in the cache'] });
  expect(world.server.requests.length).toBe(asked);
});

test('loading again changes nothing, and digests that are on record here stay', async () => {
  await fill();
  await save();
  const other = path.join(folder, 'other');
  await mkdir(other);
  const [name] = Object.keys(await new Digests(cache).all());
  await new Digests(other).check(name!, 'b'.repeat(64));
  await load(other);
  await load(other);
  expect((await new Digests(other).all())[name!]!.sha256).toBe('b'.repeat(64));
});

test('a bare folder and no network are enough to set the project up from it', async () => {
  await fill();
  await save();
  const bare = path.join(folder, 'bare');
  await mkdir(bare);
  // a network namespace of its own has no route to anywhere; where one may not be made, npm's --offline holds alone
  const isolated = spawnSync('unshare', ['-rn', 'true']).status === 0 ? ['unshare', '-rn'] : [];
  const [command, ...args] = [...isolated, 'sh', '-c', `tar -xOf ${file} unpack.sh | sh -s -- ${file} here`];
  execFileSync(command!, args, {
    cwd: bare,
    stdio: 'pipe',
    env: { ...process.env, npm_config_cache: path.join(bare, 'none') },
  });
  expect(await readFile(path.join(bare, 'here/asked'), 'utf8')).toBe(`supply load ${file}`);
  expect(execFileSync('git', ['log', '--format=%s'], { cwd: path.join(bare, 'here'), encoding: 'utf8' })).toBe(
    'first\n',
  );
  // AND it does not write over what is there
  const again = spawnSync('sh', ['-c', `tar -xOf ${file} unpack.sh | sh -s -- ${file} here`], {
    cwd: bare,
    encoding: 'utf8',
  });
  expect(again).toMatchObject({ status: 1, stderr: 'unpack: here is there already; name another folder\n' });
}, 60_000);

test('uncommitted changes are said to be left behind', async () => {
  await fill();
  await writeFile(path.join(root, 'new'), 'x');
  await save();
  expect(said).toEqual(['changes that are not committed are not in the archive']);
});

test('what cannot be had is not saved', async () => {
  await fill();
  world.server.files.clear();
  world.go.behave({ broken: ['sigs.k8s.io/kind'] });
  await expect(save()).rejects.toThrow('exited with 1');
  expect(await readdir(folder)).not.toContain('supply.tar');
});

test('a project without history is refused, and nothing stays', async () => {
  await fill();
  await rm(path.join(root, '.git'), { recursive: true });
  await expect(save()).rejects.toThrow('has no Git history to carry');
  expect(await readdir(folder)).not.toContain('supply.tar');
  expect((await readdir(cache)).filter((name) => name.startsWith('.'))).toEqual([]);
});

describe('an archive that cannot be trusted changes nothing', () => {
  let other: string;
  beforeEach(async () => {
    other = path.join(folder, 'other');
  });
  afterEach(async () => {
    await expect(readdir(other)).rejects.toThrow('ENOENT');
  });

  test('none there', async () => {
    await expect(load(other)).rejects.toThrow(`there is no file ${file}`);
  });

  test.each([
    ['in the middle', 0.5],
    ['near the end', 0.9],
  ])('cut off %s', async (_where, fraction) => {
    await fill();
    await save();
    await truncate(file, Math.floor((await stat(file)).size * fraction));
    await expect(load(other)).rejects.toMatchObject({
      message: expect.stringMatching(/is cut off after \d+ of \d+ parts$/),
      repair: expect.stringContaining('copy the archive again'),
    });
  });

  test('damaged in one byte', async () => {
    await fill();
    await save();
    const content = await readFile(file);
    const at = content.indexOf('binary of https');
    content[at] = 'B'.charCodeAt(0);
    await writeFile(file, content);
    await expect(load(other)).rejects.toThrow(/is damaged: tools\/kind\/.*kind is not what its index says/);
  });

  test('of another platform', async () => {
    await fill();
    await save();
    await expect(
      loadSupply(file, { cache: other, platform: { os: 'linux', arch: 'arm64' }, progress: silentProgress }),
    ).rejects.toThrow('is for linux/amd64, this machine is linux/arm64');
  });

  test('something else', async () => {
    await writeFile(file, 'a letter to a friend');
    await expect(load(other)).rejects.toThrow(/is not a supply archive/);
    await writeFile(file, '');
    await expect(load(other)).rejects.toThrow(/is not a supply archive/);
  });

  const handmade = async (entries: Readonly<Record<string, string>>): Promise<void> => {
    const tar = pack();
    for (const [name, content] of Object.entries(entries)) tar.entry({ name }, content);
    tar.finalize();
    await pipeline(tar, createWriteStream(file));
  };
  const index = (more: object): string =>
    JSON.stringify({ format: 'slipway-supply', formatVersion: 1, platform, parts: [], ...more });

  test('another tar, a newer format, a path that climbs out, a part that nobody named', async () => {
    await handmade({ 'holiday.jpg': 'x' });
    await expect(load(other)).rejects.toThrow('holiday.jpg is not in its index');
    await handmade({ 'index.json': '{"format":"other"}' });
    await expect(load(other)).rejects.toThrow('is not a supply archive');
    await handmade({ 'index.json': index({ formatVersion: 2 }) });
    await expect(load(other)).rejects.toThrow('is of format 2, this version of Slipway reads 1');
    const parts = [{ path: 'tools/../../x', bytes: 1, sha256: '', executable: false }];
    await handmade({ 'index.json': index({ parts }), 'tools/../../x': 'x' });
    await expect(load(other)).rejects.toThrow('would write outside of the cache: tools/../../x');
    await handmade({ 'index.json': index({}), 'tools/x': 'x' });
    await expect(load(other)).rejects.toThrow('tools/x is not in its index');
  });
});

test.each([
  ['tools/kind/v1/kind', true],
  ['project.bundle', true],
  ['../x', false],
  ['/etc/passwd', false],
  ['tools//x', false],
  ['locks/x', false],
  ['supply.json', false],
])('%s may be written: %s', (name, safe) => {
  expect(isSafePath(name)).toBe(safe);
});

test('system packages of another system are not put into the cache', async () => {
  const here = await systemName();
  const os = path.join(folder, 'os-release');
  await writeFile(os, 'NAME="Debian"\nID=debian\nVERSION_ID="12"\n');
  expect(await systemName(os)).toBe('debian-12');
  expect(await systemName(path.join(folder, 'nowhere'))).toBeUndefined();
  const content = 'deb';
  const part = {
    path: 'packages/x.deb',
    bytes: 3,
    sha256: createHash('sha256').update(content).digest('hex'),
    executable: false,
  };
  const write = async (system: string | undefined): Promise<void> => {
    const out = pack();
    out.entry(
      { name: 'index.json' },
      JSON.stringify({ format: 'slipway-supply', formatVersion: 1, platform, system, parts: [part] }),
    );
    out.entry({ name: part.path }, content);
    out.finalize();
    await pipeline(out, createWriteStream(file));
  };
  await write('plan9-4');
  await load(path.join(folder, 'foreign'));
  expect(said.join()).toContain('its system packages are for plan9-4');
  expect(await filesBelow(path.join(folder, 'foreign', 'packages'))).toEqual([]);
  await write(here);
  await load(path.join(folder, 'own'));
  expect(await filesBelow(path.join(folder, 'own', 'packages'))).toEqual(['x.deb']);
});

test('packages are collected as for a machine that has none of them', async () => {
  // GIVEN an apt that downloads what it is asked for, and one package that every system has
  const bin = path.join(folder, 'bin');
  await mkdir(bin);
  await writeFile(
    path.join(bin, 'apt-get'),
    '#!/bin/sh\nfor o in "$@"; do case $o in Dir::Cache::archives=*) d=${o#*=};; Dir::State::status=*) s=${o#*=};; esac; done\n[ -s "$s" ] && exit 1\necho deb > $d/tool_1.deb; echo deb > $d/libc6_2.deb\n',
  );
  await writeFile(
    path.join(bin, 'dpkg-deb'),
    '#!/bin/sh\ncase $2 in *libc6*) echo "Priority: required";; *) echo "Priority: optional";; esac\n',
  );
  for (const name of ['apt-get', 'dpkg-deb']) await chmod(path.join(bin, name), 0o755);
  const before = process.env['PATH'];
  process.env['PATH'] = `${bin}:${before}`;
  try {
    await collectPackages(['tool'], path.join(folder, 'debs'), folder);
  } finally {
    process.env['PATH'] = before;
  }
  expect(await filesBelow(path.join(folder, 'debs'))).toEqual(['tool_1.deb']);
});
