import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentProgress } from '../../core/progress';
import {
  deleteRegistry,
  ensureRegistry,
  kindDriver,
  removeBroughtImages,
  takeInventory,
  verifyRemoval,
  withIngressPorts,
  type ClusterContext,
  type ClusterNode,
  type ClusterSpec,
  type Platform,
  type RegistrySpec,
} from '../../infra/cluster';
import { createEngine, probeEngine, type Engine } from '../../infra/engine';
import { ensureNetwork, removeNetwork } from '../../infra/cluster/network';
import { listNodes } from '../../infra/cluster/kind/nodes';
import { processesUsing } from '../../infra/host/processes';
import { clusterInputs } from './support/cluster-inputs';

const name = 'drvtest';
const bareNodes: readonly ClusterNode[] = [
  { role: 'control-plane' },
  { role: 'worker', labels: { tier: 'backend' } },
  { role: 'worker', labels: { tier: 'backstage' } },
];
const ports = { httpPort: 18080, httpsPort: 18443 };

let engine: Engine;
let platform: Platform;
let spec: ClusterSpec;
let registry: RegistrySpec;
let context: ClusterContext;
let folder: string;

const nodeNames = [`${name}-control-plane`, `${name}-worker`, `${name}-worker2`];
const kubectl = (...args: string[]) =>
  engine.run(['exec', nodeNames[0]!, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', ...args]);
const clean = async (): Promise<void> => {
  await kindDriver.delete(name, context);
  await deleteRegistry(context);
};

beforeAll(async () => {
  const probe = await probeEngine('docker');
  if (probe.state !== 'healthy') throw new Error(`no healthy engine: ${JSON.stringify(probe)}`);
  engine = createEngine(probe.facts);
  folder = await mkdtemp(path.join(os.tmpdir(), 'cluster-e2e-'));
  platform = { name, stateFolder: path.join(folder, 'state') };
  const inputs = await clusterInputs();
  context = { engine, platform, progress: silentProgress, tool: async () => inputs.kind };
  const nodes = withIngressPorts(bareNodes, ports);
  spec = {
    name,
    image: inputs.nodeImage,
    nodes,
    registry: { host: 'registry.drvtest.local', mirrorEverything: true },
  };
  registry = { image: inputs.registryImage, hostPort: 15001 };
}, 3_600_000);

afterAll(async () => {
  await clean();
  await removeBroughtImages(engine, platform.stateFolder);
  await rm(folder, { recursive: true, force: true });
}, 120_000);

test('a port that is taken is named with its owner, and nothing is made', async () => {
  const server = createServer().listen(ports.httpPort, '127.0.0.1');
  await once(server, 'listening');
  await expect(kindDriver.create(spec, context)).rejects.toMatchObject({
    message: 'a port is taken on 127.0.0.1',
    details: [expect.stringMatching(`port ${ports.httpPort} is held by .+ \\(pid ${process.pid}\\)`)],
    repair: expect.stringContaining('--http-port'),
  });
  server.close();
  expect(await engine.inspect('network', name)).toBeUndefined();
});

test("the network is made once, also by several at a time, and not over somebody else's", async () => {
  await Promise.all([1, 2, 3].map(() => ensureNetwork(engine, platform)));
  const { stdout } = await engine.run(['network', 'ls', '--quiet', '--filter', `name=^${name}$`]);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  const other = { name, stateFolder: path.join(folder, 'other') };
  await expect(ensureNetwork(engine, other)).rejects.toThrow('belongs to the project with state folder');
  expect(await removeNetwork(engine, platform)).toBe(true);
  expect(await engine.inspect('network', name)).toBeUndefined();
});

test('a cluster and a registry are made', async () => {
  expect(await kindDriver.inspect(spec, context)).toEqual({ state: 'absent' });
  expect(await ensureRegistry(registry, context)).toBe('created');
  expect((await kindDriver.create(spec, context)).change).toBe('created');
  expect(await kindDriver.inspect(spec, context)).toEqual({ state: 'healthy' });
  const { stdout } = await kubectl('get', 'nodes', '-l', 'tier=backstage', '-o', 'name');
  expect(stdout.trim()).toBe(`node/${nodeNames[2]}`);
  expect(await readFile(path.join(platform.stateFolder, 'kubeconfig'), 'utf8')).toContain('https://127.0.0.1:');
}, 400_000);

test('nodes pull from the registry under every name', async () => {
  const { Id } = (await engine.inspect('image', registry.image.reference))!;
  const pushed = `127.0.0.1:${registry.hostPort}/made/up:1`;
  await engine.run(['tag', Id, pushed]);
  await engine.run(['push', '--quiet', pushed]);
  await engine.run(['image', 'rm', pushed]);
  for (const reference of [`${spec.registry.host}/made/up:1`, 'quay.example.com/made/up:1']) {
    await engine.run([
      'exec',
      nodeNames[1]!,
      'ctr',
      '-n',
      'k8s.io',
      'images',
      'pull',
      '--hosts-dir',
      '/etc/containerd/certs.d',
      reference,
    ]);
  }
  // what the registry lacks fails at once instead of being looked for on the internet
  const started = Date.now();
  const missing = ['images', 'pull', '--hosts-dir', '/etc/containerd/certs.d', 'quay.example.com/made/down:1'];
  await expect(engine.run(['exec', nodeNames[1]!, 'ctr', '-n', 'k8s.io', ...missing])).rejects.toThrow();
  expect(Date.now() - started).toBeLessThan(10_000);
}, 120_000);

test('a second creation changes nothing and takes seconds', async () => {
  const before = (await listNodes(engine, name)).map(({ Id }) => Id);
  const started = Date.now();
  expect((await kindDriver.create(spec, context)).change).toBe('none');
  expect(await ensureRegistry(registry, context)).toBe('none');
  expect(Date.now() - started).toBeLessThan(8_000);
  expect((await listNodes(engine, name)).map(({ Id }) => Id)).toEqual(before);
}, 60_000);

test('a lost kubeconfig comes back', async () => {
  const file = path.join(platform.stateFolder, 'kubeconfig');
  const before = await readFile(file, 'utf8');
  await rm(file);
  await kindDriver.create(spec, context);
  expect(await readFile(file, 'utf8')).toBe(before);
}, 60_000);

test('other ports need a new cluster, and the refusal says so', async () => {
  const moved = {
    ...spec,
    nodes: withIngressPorts(bareNodes, { httpPort: 18081, httpsPort: 18444 }),
  };
  await expect(kindDriver.create(moved, context)).rejects.toMatchObject({
    message: expect.stringContaining('made with other settings'),
    details: [expect.stringContaining('18081:80')],
  });
}, 60_000);

test('another project may not touch it', async () => {
  const other = { ...context, platform: { name, stateFolder: path.join(folder, 'other') } };
  expect(await kindDriver.inspect(spec, other)).toMatchObject({
    state: 'foreign',
    reason: expect.stringContaining(platform.stateFolder),
  });
  await expect(kindDriver.create(spec, other)).rejects.toThrow("is not this project's");
  await expect(kindDriver.delete(name, other)).rejects.toThrow("is not this project's");
  await expect(ensureRegistry(registry, other)).rejects.toThrow('belongs to the project with state folder');
  expect(await takeInventory({ engine, platform: other.platform })).toEqual([]);
}, 60_000);

test('a killed node is started again, with everything in it', async () => {
  await kubectl('create', 'configmap', 'kept', '-n', 'default');
  const ids = (await listNodes(engine, name)).map(({ Id }) => Id);
  await engine.run(['kill', nodeNames[1]!]);
  expect(await kindDriver.inspect(spec, context)).toMatchObject({
    state: 'stopped',
    reason: expect.stringContaining(nodeNames[1]!),
  });
  expect((await kindDriver.repair(spec, context)).change).toBe('started');
  expect(await kindDriver.inspect(spec, context)).toEqual({ state: 'healthy' });
  expect((await listNodes(engine, name)).map(({ Id }) => Id)).toEqual(ids);
}, 300_000);

test('a restart of all containers, as of the engine, is survived', async () => {
  await engine.run(['stop', '--time', '1', ...nodeNames, `${name}-registry`]);
  expect((await kindDriver.create(spec, context)).change).toBe('started');
  expect(await ensureRegistry(registry, context)).toBe('started');
  expect((await kubectl('get', 'configmap', 'kept', '-n', 'default')).stdout).toContain('kept');
  await engine.run(['restart', '--time', '1', ...nodeNames]);
  expect((await kindDriver.create(spec, context)).change).not.toBe('recreated');
  expect((await kubectl('get', 'configmap', 'kept', '-n', 'default')).stdout).toContain('kept');
}, 400_000);

test('an API server that stays silent is noticed and mended without losing anything', async () => {
  await engine.run(['exec', nodeNames[0]!, 'systemctl', 'stop', 'kubelet', 'containerd']);
  await engine.run(['exec', nodeNames[0]!, 'pkill', '-9', 'kube-apiserver']);
  const started = Date.now();
  expect(await kindDriver.inspect(spec, context)).toMatchObject({
    state: 'broken',
    reason: expect.stringContaining('API server'),
  });
  expect(Date.now() - started).toBeLessThan(50_000);
  expect((await kindDriver.repair(spec, context)).change).toBe('repaired');
  expect((await kubectl('get', 'configmap', 'kept', '-n', 'default')).stdout).toContain('kept');
}, 400_000);

test('the registry moves to another port and keeps its images', async () => {
  expect(await ensureRegistry({ ...registry, hostPort: 15002 }, context)).toBe('recreated');
  const response = await fetch('http://127.0.0.1:15002/v2/made/up/tags/list');
  expect(await response.json()).toMatchObject({ tags: ['1'] });
}, 60_000);

test('deletion leaves nothing, and the receipt proves it', async () => {
  const before = await takeInventory({ engine, platform });
  expect(before.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['container', 'volume', 'network', 'file']));
  expect((await verifyRemoval(before, { engine, platform })).clean).toBe(false);
  await clean();
  await removeBroughtImages(engine, platform.stateFolder);
  await rm(platform.stateFolder, { recursive: true });
  const receipt = await verifyRemoval(before, { engine, platform });
  expect(receipt.entries.filter(({ state }) => state !== 'removed')).toEqual([]);
  expect(receipt.clean).toBe(true);
  await clean();
}, 120_000);

test('a creation that was killed half-way is made anew', async () => {
  const program = `
    const { kindDriver } = require('./infra/cluster');
    const { createEngine } = require('./infra/engine');
    const { silentProgress } = require('./core/progress');
    const { facts, spec, platform, kind } = JSON.parse(process.argv[1]);
    kindDriver.create(spec, { engine: createEngine(facts), platform, progress: silentProgress, tool: async () => kind });
  `;
  const { command, version, cgroupVersion, lean } = engine;
  const facts = { command, version, cgroupVersion, lean };
  const input = JSON.stringify({ facts, spec, platform, kind: await context.tool('kind') });
  const child = spawn(process.execPath, ['--require', 'tsx/cjs', '-e', program, input], { stdio: 'ignore' });
  while ((await listNodes(engine, name)).length < 3) await sleep(200);
  await sleep(3000);
  child.kill('SIGKILL');
  // kind is still at work, in a process group of its own, and must not harm what follows
  expect(await processesUsing(platform.stateFolder)).toMatchObject([{ name: 'kind' }]);
  expect(await kindDriver.inspect(spec, context)).toMatchObject({ state: 'broken', unfinished: true });
  expect((await kindDriver.create(spec, context)).change).toBe('recreated');
  expect(await kindDriver.inspect(spec, context)).toEqual({ state: 'healthy' });
  await clean();
}, 600_000);

test('a cluster that somebody else made under this name is left alone', async () => {
  await engine.run([
    'create',
    '--name',
    `${name}-control-plane`,
    '--label',
    `io.x-k8s.kind.cluster=${name}`,
    registry.image.reference,
  ]);
  try {
    await expect(kindDriver.create(spec, context)).rejects.toMatchObject({
      message: expect.stringContaining("is not this project's"),
      repair: expect.stringContaining('--name'),
    });
    await expect(kindDriver.delete(name, context)).rejects.toThrow("is not this project's");
    expect(await engine.inspect('container', `${name}-control-plane`)).toBeDefined();
  } finally {
    await engine.run(['rm', '--force', `${name}-control-plane`]);
  }
}, 60_000);
