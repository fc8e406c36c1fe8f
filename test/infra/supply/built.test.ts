import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSupply, describePlan, type ImageSource, type PlanItem } from '../../../infra/supply';
import { silentProgress, type Progress } from '../../../core/progress';
import { withLock } from '../../../core/lock';
import { manifestId } from '../../../infra/supply/ids';
import { Store } from '../../../infra/supply/store/store';
import { manifests, tools, type ManifestName, type ToolName } from '../../../infra/versions';
import { World } from './support/world';

// each starts many stand-in processes
jest.setTimeout(60_000);

let world: World;

// nothing is published: every host answers 404, which is how a proxy without releases looks
beforeEach(async () => {
  world = new World();
  await world.server.open();
});
afterEach(() => world.close());

/** Progress that notes how far the bar was, and what it said beside it. */
function watching(): { readonly progress: Progress; readonly fractions: number[]; readonly details: string[] } {
  const fractions: number[] = [];
  const details: string[] = [];
  const progress: Progress = {
    say: () => undefined,
    step: (_title, work) =>
      work({
        say: () => undefined,
        detail: (text) => details.push(text),
        advance: (fraction) => fractions.push(fraction),
      }),
  };
  return { progress, fractions, details };
}

const some = (items: readonly PlanItem[], ...names: readonly string[]): readonly PlanItem[] =>
  items.filter((item) => names.includes(item.name));

const image: ImageSource = {
  plan: async () => [{ kind: 'image', name: 'docker.io/x/y:1', version: '1', how: 'build', seconds: 5, bytes: 1 }],
  substitutions: () => ['Y stands in for y'],
  image: async () => '/images/y.tar',
};
const withImages = { images: (): ImageSource => image };

test('the plan says what is built, why, how long that takes and how much disk', async () => {
  const plan = await createSupply(world.options(withImages)).plan();
  expect(plan.mode).toBe('build');
  expect(plan.items.find((item) => item.name === 'kube-apiserver')).toMatchObject({ how: 'build', seconds: 211 });
  // what only checks workflows is made when it is asked for
  expect(plan.items.map((item) => item.name)).not.toEqual(expect.arrayContaining(['act']));
  const text = describePlan(plan).join('\n');
  expect(text).toContain('no answer from dl.k8s.io: HTTP 404');
  expect(text).toMatch(/building: crane, kind, pulumi/);
  expect(text).toMatch(/about \d+m \d\ds on two cores, up to \d+\.\d GiB of disk/);
  expect(text).toContain('stands in: Y stands in for y');
});

test('a whole supply is built, and a second look finds all of it without asking the network', async () => {
  const { progress, fractions, details } = watching();
  const made = new Set<string>();
  const images = (): ImageSource => ({
    ...image,
    plan: async () =>
      (await image.plan('build')).map((item) => (made.has(item.name) ? { ...item, how: 'cached', seconds: 0 } : item)),
    image: async (reference, step) => {
      step?.advance(0.5);
      made.add(reference);
      return '/images/y.tar';
    },
  });
  // GIVEN the manifests, whose pinned digests no stand-in can have
  for (const name of (Object.keys(manifests) as ManifestName[]).filter((each) => each !== 'ingress-nginx')) {
    await new Store(world.cache).put(manifestId(name), async () => ({ obtained: 'a test', verifiedBy: 'nobody' }));
  }
  // WHEN all the rest is made
  const supply = createSupply(world.options({ images, slots: 4 }));
  await supply.prepare(undefined, progress);
  // THEN every tool is there
  for (const name of Object.keys(tools)) expect(existsSync(await supply.tool(name as ToolName))).toBe(true);
  // AND the bar only ever went forward, to its end
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(fractions.at(-1)).toBeCloseTo(1);
  expect(details).toContain('compiling kube-apiserver');
  // AND the build caches are gone
  expect(existsSync(path.join(world.cache, 'build'))).toBe(false);
  // AND a second look finds it all, asking nobody
  const asked = world.server.requests.length;
  const again = createSupply(world.options({ images }));
  const plan = await again.plan();
  expect(plan).toMatchObject({ mode: 'build', reasons: ['everything is in the cache'], seconds: 0, diskBytes: 0 });
  expect(describePlan(plan)).toEqual([expect.stringMatching(/^all \d+ tools, manifests and images are in the cache$/)]);
  const built = world.go.calls().length;
  await again.prepare(plan.items, silentProgress);
  expect(world.server.requests.length).toBe(asked);
  expect(world.go.calls()).toHaveLength(built);
}, 60_000);

test('one compilation runs at a time, in order, while modules of the next group are fetched', async () => {
  const supply = createSupply(world.options());
  const { items } = await supply.plan();
  await supply.prepare(some(items, 'crane', 'kind', 'pulumi'), silentProgress);
  const order = world.go.calls().map((call) => `${call.kind} ${path.posix.basename(call.what)}`);
  const builds = order.filter((line) => !line.startsWith('prefetch'));
  expect(builds).toEqual(['start crane', 'end crane', 'start kind', 'end kind', 'start pulumi', 'end pulumi']);
  expect(order.indexOf('prefetch kind')).toBeLessThan(order.indexOf('start kind'));
});

test('more cores compile side by side', async () => {
  world.go.behave({ packageMs: 100 });
  const supply = createSupply(world.options({ slots: 3 }));
  const { items } = await supply.plan();
  await supply.prepare(some(items, 'crane', 'kind', 'pulumi'), silentProgress);
  const kinds = world.go
    .calls()
    .filter((call) => ['start', 'end'].includes(call.kind))
    .map((call) => call.kind);
  expect(kinds.slice(0, 2)).toEqual(['start', 'start']);
});

test('Go gets caches of our own, one setting throughout, and a package gets the files that it embeds', async () => {
  const supply = createSupply(world.options());
  await supply.tool('gitea');
  await supply.tool('pulumi-resource-kubernetes');
  const [gitea, provider] = world.go.calls('start');
  expect(gitea!.env).toMatchObject({
    CGO_ENABLED: '1',
    GOGC: '800',
    GOCACHE: path.join(world.cache, 'build', 'objects'),
  });
  expect(gitea!.args).toEqual(
    expect.arrayContaining(['-trimpath', '-mod=readonly', '-tags=sqlite,sqlite_unlock_notify']),
  );
  expect(provider!.env).toMatchObject({ CGO_ENABLED: '0' });
  expect(provider!.args).toContain(
    '-ldflags=-s -w -X github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version=4.25.0',
  );
  expect(world.go.calls('module').map((call) => call.what)).toContain(
    'github.com/pulumi/pulumi-kubernetes/provider/v4',
  );
});

test('memory that is short is spared', async () => {
  const inspect = async () => ({ freeDiskBytes: 2 ** 40, freeMemoryBytes: 3 * 2 ** 30, hasCompiler: true });
  await createSupply(world.options({ inspect })).tool('kind');
  expect(world.go.calls('start')[0]!.env['GOGC']).toBe('100');
});

test('a module proxy that stumbles is asked again; what does not compile is told as it is', async () => {
  world.go.behave({ flaky: { 'sigs.k8s.io/kind': 2 }, broken: ['github.com/pulumi/pulumi/pkg/v3/cmd/pulumi'] });
  const supply = createSupply(world.options());
  await expect(supply.tool('kind')).resolves.toContain('kind');
  await expect(supply.tool('pulumi')).rejects.toMatchObject({
    details: expect.arrayContaining(['main.go:1:1: undefined: nothing']),
  });
  expect(world.go.calls('start').map((call) => path.posix.basename(call.what))).toEqual([
    'kind',
    'kind',
    'kind',
    'pulumi',
  ]);
});

test('after a failure nothing more is started, and the next run goes on at the tool that failed', async () => {
  world.go.behave({ broken: ['sigs.k8s.io/kind'] });
  const supply = createSupply(world.options());
  const items = some((await supply.plan()).items, 'crane', 'kind', 'pulumi');
  await expect(supply.prepare(items, silentProgress)).rejects.toThrow('exited with 1');
  const starts = (): readonly string[] => world.go.calls('start').map((call) => path.posix.basename(call.what));
  expect(starts()).toEqual(['crane', 'kind']);
  // its caches stay for the next run
  expect(existsSync(path.join(world.cache, 'build', 'objects'))).toBe(true);
  world.go.behave({});
  const again = createSupply(world.options());
  await again.prepare(some((await again.plan()).items, 'crane', 'kind', 'pulumi'), silentProgress);
  expect(starts()).toEqual(['crane', 'kind', 'kind', 'pulumi']);
  expect(existsSync(path.join(world.cache, 'build'))).toBe(false);
});

test('killed in the middle of a build, the next run goes on at that tool', async () => {
  // GIVEN another process that is killed while it compiles kind
  world.go.behave({ endless: ['sigs.k8s.io/kind'] });
  const program = `
    require('tsx/cjs');
    const { createSupply } = require(${JSON.stringify(path.resolve(__dirname, '../../../infra/supply'))});
    const { silentProgress } = require(${JSON.stringify(path.resolve(__dirname, '../../../core/progress'))});
    (async () => {
      const supply = createSupply({ cache: ${JSON.stringify(world.cache)}, go: ${JSON.stringify(world.go.command)}, slots: 1,
        platform: { os: 'linux', arch: 'amd64' }, reachPausesMs: [], rewrite: () => ${JSON.stringify(world.server.origin)} + '/nothing',
        inspect: async () => ({ freeDiskBytes: 2 ** 40, freeMemoryBytes: 2 ** 34, hasCompiler: true }) });
      const { items } = await supply.plan();
      await supply.prepare(items.filter((item) => ['crane', 'kind', 'pulumi'].includes(item.name)), silentProgress);
    })();`;
  const child = spawn(process.execPath, ['-e', program], {
    cwd: path.resolve(__dirname, '../../..'),
    stdio: 'inherit',
  });
  const starts = (): readonly string[] => world.go.calls('start').map((call) => path.posix.basename(call.what));
  while (!starts().includes('kind') && child.exitCode === null) await sleep(20);
  await sleep(200);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  // WHEN it is started again
  world.go.behave({});
  const again = createSupply(world.options());
  await again.prepare(some((await again.plan()).items, 'crane', 'kind', 'pulumi'), silentProgress);
  // THEN crane is not compiled twice, nothing half-made stays, and the caches are gone
  expect(starts()).toEqual(['crane', 'kind', 'kind', 'pulumi']);
  expect((await readdir(path.join(world.cache, 'tools', 'kind'))).filter((name) => !name.startsWith('.'))).toHaveLength(
    1,
  );
  expect(existsSync(path.join(world.cache, 'build'))).toBe(false);
});

test('two that want the same tool at the same time build it once', async () => {
  world.go.behave({ packageMs: 50 });
  const supplies = [createSupply(world.options()), createSupply(world.options())];
  const paths = await Promise.all(supplies.map((supply) => supply.tool('kind')));
  expect(new Set(paths).size).toBe(1);
  expect(world.go.calls('start')).toHaveLength(1);
  expect(world.said).toContainEqual(expect.stringMatching(/^waiting for process \d+, which is making kind v0.33.0$/));
});

test('changed pins make a new entry beside the old one', async () => {
  const { cp, appendFile } = await import('node:fs/promises');
  const groups = path.join(world.folder, 'groups');
  await cp(path.resolve(__dirname, '../../../infra/supply/go'), groups, { recursive: true });
  const before = await createSupply(world.options({ groups })).tool('kind');
  await appendFile(path.join(groups, 'kind', 'go.sum'), 'example.com/x v1.0.0 h1:x=\n');
  const after = await createSupply(world.options({ groups })).tool('kind');
  expect(after).not.toBe(before);
  expect(existsSync(before)).toBe(true);
});

test('files of a module and a manifest out of it', async () => {
  const supply = createSupply(world.options());
  const files = await supply.files('kind');
  expect(await readFile(path.join(files, 'images/base/files/etc/x'), 'utf8')).toBe(
    'content of images/base/files/etc/x',
  );
  // the pinned digest is of the real file, so the one of the stand-in is refused
  await expect(supply.manifest('argo-cd')).rejects.toMatchObject({
    message: 'manifests/install.yaml of github.com/argoproj/argo-cd/v3 is not the manifest that is pinned',
    repair: expect.stringContaining('infra/versions.ts'),
  });
  const metrics = await supply.manifest('metrics-server');
  expect(await readFile(metrics, 'utf8')).toMatch(/kubectl kustomize .*manifests\/overlays\/release/);
});

describe('what stands in the way of a build is said before it starts', () => {
  const noRoom = async () => ({ freeDiskBytes: 2 ** 30, freeMemoryBytes: 2 ** 30, hasCompiler: false });

  test('disk, memory and compiler, all at once', async () => {
    const supply = createSupply(world.options({ inspect: noRoom, ...withImages }));
    const { items } = await supply.plan();
    await expect(supply.prepare(items, silentProgress)).rejects.toMatchObject({
      message: 'tools cannot be compiled on this machine',
      details: [
        expect.stringMatching(/^disk: 1.0 GiB free, \d+\.\d GiB needed .*SLIPWAY_CACHE/),
        expect.stringMatching(/^memory: 1.0 GiB free, 2.0 GiB needed/),
        expect.stringMatching(/^compiler: no gcc/),
      ],
    });
    expect(world.go.calls()).toEqual([]);
  });

  test('a Go that is missing, with the repair; or it is installed where that is allowed', async () => {
    const go = path.join(world.folder, 'nowhere', 'go');
    await expect(createSupply(world.options({ go })).tool('kind')).rejects.toMatchObject({
      message: 'tools have to be compiled, and Go is not installed',
      repair: expect.stringContaining('apt-get install golang-go'),
    });
    const asked: string[][] = [];
    const install = async (names: readonly string[]): Promise<void> => void asked.push([...names]);
    const inspect = async () => ({ freeDiskBytes: 2 ** 40, freeMemoryBytes: 2 ** 34, hasCompiler: false });
    await expect(createSupply(world.options({ go, install, inspect })).tool('gitea')).rejects.toThrow();
    expect(asked).toEqual([['golang-go', 'gcc', 'libc6-dev']]);
  });

  test('a Go that is too old fetches a newer one', async () => {
    world.go.behave({ version: '1.22.3' });
    await createSupply(world.options()).tool('kind');
    expect(world.go.calls('start')[0]!.env['GOTOOLCHAIN']).toBe('go1.26.8');
  });

  test('--no-build lists what would have to be built', async () => {
    const supply = createSupply(world.options({ noBuild: true }));
    const { items } = await supply.plan();
    await expect(supply.prepare(items, silentProgress)).rejects.toMatchObject({
      message: expect.stringMatching(/^\d+ parts of the supply would have to be built, which --no-build forbids$/),
      details: expect.arrayContaining(['tool kind v0.33.0']),
    });
    await expect(supply.files('kind')).rejects.toThrow('--no-build forbids');
  });
});

test('a supply without images says so', async () => {
  await expect(createSupply(world.options()).image('docker.io/x/y:1')).rejects.toThrow('no source of images');
});

test('while another process makes the whole supply its tools are waited for, and made here when it has ended', async () => {
  const follow = path.join(world.cache, 'supply.lock');
  const leader = createSupply(world.options());
  const follower = createSupply(world.options({ follow }));
  await withLock(follow, { purpose: 'making the supply' }, async () => {
    const waited = follower.tool('crane');
    await leader.tool('crane');
    expect(existsSync(await waited)).toBe(true);
  });
  const builds = () => world.go.calls().filter(({ kind, what }) => kind === 'start' && what.endsWith('crane'));
  expect(builds()).toHaveLength(1);
  expect(existsSync(await follower.tool('kind'))).toBe(true);
});
