import { execFileSync } from 'node:child_process';
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createSupply, type ImageSource } from '../../../infra/supply';
import { probeReach } from '../../../infra/supply/fetch/reach';
import { World, sha256 } from './support/world';
import { cutAfter, drop, hang, status } from './support/release-server';

jest.setTimeout(30_000);

let world: World;

beforeEach(async () => {
  world = new World();
  await world.server.open();
  world.publish();
});
afterEach(() => world.close());

const record = async (tool: string): Promise<Record<string, string>> =>
  JSON.parse(await readFile(path.join(path.dirname(tool), 'supply.json'), 'utf8')) as Record<string, string>;

describe('a tool whose release answers', () => {
  test('is downloaded, checked against the release and executable, without Go', async () => {
    const tool = await createSupply(world.options()).tool('crane');
    expect(execFileSync(tool, { encoding: 'utf8' })).toBe('crane\n');
    expect((await stat(tool)).mode & 0o777).toBe(0o755);
    await expect(record(tool)).resolves.toMatchObject({
      obtained: expect.stringContaining('go-containerregistry_Linux_x86_64.tar.gz'),
      sha256: sha256(await readFile(tool)),
      verifiedBy: expect.stringContaining('recorded at this first download'),
    });
    expect(world.go.calls()).toEqual([]);
    expect(await readdir(path.join(world.cache, 'downloads'))).toEqual([]);
  });

  test('is downloaded once, however many ask, also from another supply', async () => {
    const supply = createSupply(world.options());
    const paths = await Promise.all([
      supply.tool('kind'),
      supply.tool('kind'),
      createSupply(world.options()).tool('kind'),
    ]);
    expect(new Set(paths).size).toBe(1);
    expect(world.server.count(world.paths('kind').file)).toBe(1);
  });

  test('brings along its siblings of the same archive', async () => {
    const supply = createSupply(world.options());
    const [engine, language] = await Promise.all([supply.tool('pulumi'), supply.tool('pulumi-language-nodejs')]);
    expect(execFileSync(engine, { encoding: 'utf8' })).toBe('pulumi/pulumi\n');
    expect(execFileSync(language, { encoding: 'utf8' })).toBe('pulumi/pulumi-language-nodejs\n');
    expect(world.server.count(world.paths('pulumi').file)).toBe(1);
  });

  test('is made anew where its binary was damaged', async () => {
    const tool = await createSupply(world.options()).tool('kind');
    await writeFile(tool, 'cut');
    await expect(createSupply(world.options()).tool('kind')).resolves.toBe(tool);
    expect(await readFile(tool, 'utf8')).toContain('binary of');
  });
});

describe('a release that is not what it says', () => {
  test('is refused, and never replaced by compiling', async () => {
    const { file } = world.paths('kind');
    world.server.files.set(file, Buffer.from('tampered'));
    await expect(createSupply(world.options()).tool('kind')).rejects.toThrow('is not what its publisher says it is');
    expect(world.go.calls()).toEqual([]);
    await expect(readdir(path.join(world.cache, 'tools', 'kind'))).rejects.toThrow('ENOENT');
  });

  test('is refused where release and checksum have changed together since the first download', async () => {
    const tool = await createSupply(world.options()).tool('kind');
    const { file, checksums } = world.paths('kind');
    const other = Buffer.from('another binary');
    world.server.files.set(file, other);
    world.server.files.set(checksums, Buffer.from(`${sha256(other)}  kind-linux-amd64\n`));
    await rm(path.dirname(tool), { recursive: true });
    await expect(createSupply(world.options()).tool('kind')).rejects.toMatchObject({
      message: expect.stringMatching(/kind-linux-amd64 is not what it was on \d{4}-\d\d-\d\d/),
      details: [expect.stringContaining('recorded: sha256'), expect.stringContaining(sha256(other))],
      repair: expect.stringContaining('digests.json'),
    });
  });

  test('is refused where the archive lacks the tool', async () => {
    const { file, checksums } = world.paths('crane');
    const other = world.server.files.get(world.paths('pulumi').file)!;
    world.server.files.set(file, other);
    world.server.files.set(checksums, Buffer.from(`${sha256(other)}  go-containerregistry_Linux_x86_64.tar.gz\n`));
    await expect(createSupply(world.options()).tool('crane')).rejects.toThrow('has no crane');
  });

  test('says so where the record of digests cannot be read', async () => {
    await createSupply(world.options()).tool('crane');
    await writeFile(path.join(world.cache, 'digests.json'), '{');
    await expect(createSupply(world.options()).tool('kind')).rejects.toThrow('digests.json cannot be read');
  });
});

describe('a release that cannot be had although its host answers', () => {
  test.each([
    ['the file is gone', 'file', 'HTTP 404'],
    ['it has no checksum', 'checksums', 'has no sha256 of kind-linux-amd64'],
  ] as const)('%s: that is said, and the tool is compiled', async (_why, which, text) => {
    const target = world.paths('kind')[which];
    if (which === 'file') world.server.files.delete(target);
    else world.server.files.set(target, Buffer.from('nothing of interest'));
    const tool = await createSupply(world.options()).tool('kind');
    await expect(record(tool)).resolves.toMatchObject({ obtained: 'built from sigs.k8s.io/kind' });
    expect(world.said.join('\n')).toContain(text);
    expect(world.said.join('\n')).toContain('compiling kind instead');
  });

  test('is not compiled where that is forbidden', async () => {
    world.server.files.delete(world.paths('kind').file);
    await expect(createSupply(world.options({ noBuild: true })).tool('kind')).rejects.toMatchObject({
      message: 'kind v0.33.0 would have to be built, which --no-build forbids',
      repair: expect.stringContaining('slipway supply load'),
    });
    expect(world.go.calls()).toEqual([]);
  });

  test('that flaps is retried until it serves, and goes on where it was cut off', async () => {
    const { file } = world.paths('pulumi');
    const content = world.server.files.get(file)!;
    world.server.behaviours.set(file, [status(503), cutAfter(content, Math.floor(content.length / 2))]);
    const tool = await createSupply(world.options()).tool('pulumi');
    expect(execFileSync(tool, { encoding: 'utf8' })).toBe('pulumi/pulumi\n');
    expect(world.server.requests.filter((request) => request.path === file).at(-1)!.range).toMatch(/^bytes=\d+-$/);
    expect(world.go.calls()).toEqual([]);
  });
});

describe('what answers', () => {
  const reach = (pausesMs: readonly number[] = [5, 5]) =>
    probeReach({
      platform: { os: 'linux', arch: 'amd64' },
      rewrite: world.server.rewrite,
      pausesMs,
      timeoutMs: 1500,
      onRetry: (silent) => world.said.push(`silent: ${silent.join(' ')}`),
    });

  test('everything: releases are used, and each host was asked once', async () => {
    await expect(reach()).resolves.toMatchObject({ silent: [] });
    expect(world.server.requests.every((request) => request.method === 'HEAD')).toBe(true);
    expect(world.said).toEqual([]);
  });

  test.each([
    ['a host that is down for a moment', drop],
    ['a host that hangs', hang],
    ['a host that is busy', status(429)],
  ])('%s is asked again', async (_what, behaviour) => {
    const { checksums } = world.paths('kubectl');
    world.server.behaviours.set(checksums, [behaviour]);
    await expect(reach()).resolves.toMatchObject({ silent: [] });
    expect(world.said).toEqual(['silent: dl.k8s.io']);
  });

  test('a registry that stays away is named with what it said, and the mode is build', async () => {
    world.server.behaviours.set(
      '/quay.io/v2/',
      Array.from({ length: 20 }, () => status(503)),
    );
    const found = await reach();
    expect(found.silent).toEqual(['quay.io: HTTP 503']);
    expect(found.registries.get('https://quay.io')).toBe(false);
    expect(found.releases.get('https://dl.k8s.io')).toBe(true);
    const plan = await createSupply(world.options()).plan();
    expect(plan.mode).toBe('build');
    expect(plan.reasons).toEqual(['no answer from quay.io: HTTP 503']);
    // releases answer all the same, so tools come from there
    expect(plan.items.find((item) => item.name === 'kind')).toMatchObject({ how: 'download' });
  });
});

test('what was waited for in vain is not waited for again by the next process', async () => {
  world.server.behaviours.set(
    '/quay.io/v2/',
    Array.from({ length: 20 }, () => status(503)),
  );
  await createSupply(world.options()).plan();
  expect(world.said).toEqual([expect.stringMatching(/^no answer from quay.io; asking again in 0.005 s$/)]);
  expect(world.server.count('/quay.io/v2/', 'HEAD')).toBe(2);
  // it is asked, but not once more after a pause
  await createSupply(world.options()).plan();
  expect(world.server.count('/quay.io/v2/', 'HEAD')).toBe(3);
  expect(world.said).toHaveLength(1);
  // and when it answers, patience is had again with the next outage
  world.server.behaviours.set('/quay.io/v2/', [status(401), status(503), status(401)]);
  expect((await createSupply(world.options()).plan()).mode).toBe('published');
  expect((await createSupply(world.options()).plan()).mode).toBe('published');
  expect(world.said).toHaveLength(2);
});

test('a plan for a machine that reaches nothing holds images and no tools that only make them', async () => {
  const images = (): ImageSource => ({
    plan: async () => [{ kind: 'image', name: 'x', version: '1', how: 'build', seconds: 5, bytes: 1 }],
    substitutions: () => [],
    image: async () => '/x.tar',
  });
  const plan = await createSupply(world.options({ images })).planToCarry();
  expect(plan.items.filter((item) => item.kind === 'tool').map((item) => item.name)).toEqual([
    'crane',
    'kind',
    'pulumi',
    'pulumi-language-nodejs',
    'kubectl',
    'pulumi-resource-kubernetes',
  ]);
  expect(plan.items.filter((item) => item.kind === 'manifest').map((item) => item.name)).toContain('local-path');
  expect(plan.items.every((item) => item.how === 'download')).toBe(true);
});

describe('an upstream manifest', () => {
  test('is downloaded; its digest is recorded where none is pinned, and compared from then on', async () => {
    const file = await createSupply(world.options()).manifest('metrics-server');
    expect(await readFile(file, 'utf8')).toContain('manifest https://');
    await expect(record(file)).resolves.toMatchObject({ verifiedBy: expect.stringContaining('nobody yet') });
    const url = 'https://github.com/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml';
    world.server.files.set(world.pathOf(url), Buffer.from('changed'));
    await rm(path.dirname(file), { recursive: true });
    await expect(createSupply(world.options()).manifest('metrics-server')).rejects.toThrow('is not what it was');
  });

  test('with a pinned digest is refused when it differs', async () => {
    await expect(createSupply(world.options()).manifest('ingress-nginx')).rejects.toThrow(
      'is not what its publisher says',
    );
    await expect(readdir(path.join(world.cache, 'manifests', 'ingress-nginx'))).resolves.toEqual([]);
  });

  test('that is in no Go module cannot be had when its host is away', async () => {
    const path = world.pathOf(
      'https://raw.githubusercontent.com/kubernetes/ingress-nginx/controller-v1.15.1/deploy/static/provider/kind/deploy.yaml',
    );
    world.server.behaviours.set(path, [status(500), status(500), status(500), status(500)]);
    await expect(createSupply(world.options()).manifest('ingress-nginx')).rejects.toMatchObject({
      name: 'Unreachable',
    });
  });
});
