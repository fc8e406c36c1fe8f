import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { cacheFolder, projectRoot } from '../../core/paths';
import { silentProgress } from '../../core/progress';
import { readMachine } from '../../infra/host/machine';
import { installPackages } from '../../infra/host/packages';
import { createSupply, type Supply } from '../../infra/supply';
import {
  buildServiceImage,
  createImageSource,
  digestInRegistry,
  pushArchive,
  type ServiceImage,
} from '../../infra/supply/images';
import { images, kubernetesVersion, type ImageName } from '../../infra/versions';
import { eventually } from './harness';

const cluster = 'imgtest';
const folder = mkdtempSync(path.join(os.tmpdir(), 'images-e2e-'));
const kubeconfig = path.join(folder, 'kubeconfig');
const loadedForTest = new Set<string>();

let supply: Supply;
let kind = '';
let kubectlPath = '';

const run = (command: string, args: readonly string[], input?: string): string =>
  execFileSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, KIND_EXPERIMENTAL_DOCKER_NETWORK: cluster },
    ...(input !== undefined && { input }),
  });
const docker = (...args: string[]): string => run('docker', args);
const kubectl = (...args: string[]): string => run(kubectlPath, ['--kubeconfig', kubeconfig, ...args]);
const allImages = (): readonly string[] =>
  docker('image', 'ls', '--all', '--quiet', '--no-trunc').split('\n').toSorted();

/** Gives the engine an image of the supply, to be taken away again if it was not there. */
async function load(reference: string): Promise<string> {
  const archive = await supply.image(reference);
  if (docker('image', 'ls', '--quiet', reference).trim() === '') loadedForTest.add(reference);
  docker('load', '--quiet', '--input', archive);
  return archive;
}

beforeAll(async () => {
  const install = async (names: readonly string[], reason: string): Promise<void> => {
    await installPackages(names, { machine: readMachine(), progress: silentProgress, reason, allowInstall: true });
  };
  supply = createSupply({
    install,
    images: (tools) =>
      createImageSource({ cache: cacheFolder(), tools, ensurePackages: install, engine: async () => 'docker' }),
  });
  kind = await supply.tool('kind');
  kubectlPath = await supply.tool('kubectl');
}, 3_600_000);

afterAll(() => {
  run(kind, ['delete', 'cluster', '--name', cluster, '--kubeconfig', kubeconfig]);
  if (docker('network', 'ls', '--quiet', '--filter', `name=^${cluster}$`).trim() !== '')
    docker('network', 'rm', cluster);
  for (const reference of loadedForTest) {
    try {
      docker('rmi', reference);
    } catch {
      // somebody else's container has come to use it meanwhile, so it stays
    }
  }
  rmSync(folder, { recursive: true, force: true });
}, 120_000);

const programs: readonly (readonly [ImageName, readonly string[], RegExp])[] = [
  ['registry', ['--entrypoint=/bin/registry'], /v3\.1\.2/],
  ['redis', ['--user=999'], /Redis server v=/],
  ['argo-cd', [], /argocd: v3\.5\.4/],
  ['gitea', ['--tmpfs=/tmp'], /gitea version 1\.26\.0/],
  ['metrics-server', [], /v0\./],
  ['traefik', [], /3\.6\.15/],
  ['service-base', [], /v24\.\d+\.\d+/],
];
const asks: Readonly<Partial<Record<ImageName, readonly string[]>>> = {
  'argo-cd': ['argocd', 'version', '--client'],
  gitea: ['gitea', '--version'],
  traefik: ['version'],
  'service-base': ['node', '--version'],
};

test.each(programs)('%s is loaded under its upstream name and runs', async (image, options, answer) => {
  const { reference } = images[image];
  await load(reference);
  const asked = asks[image] ?? ['--version'];
  expect(docker('run', '--rm', '--network=none', '--read-only', ...options, reference, ...asked)).toMatch(answer);
});

test('Gitea serves its pages from the image, as its user and with a read-only root', async () => {
  await load(images.gitea.reference);
  const options = ['--network=none', '--read-only', '--tmpfs=/tmp', '--detach', '--name=img-gitea'];
  docker('run', ...options, images.gitea.reference);
  try {
    const page = await eventually('Gitea answers', 60, () =>
      docker('exec', 'img-gitea', 'curl', '--silent', '--fail', 'http://127.0.0.1:3000/'),
    );
    expect(page).toContain('<title>');
  } finally {
    docker('rm', '--force', '--volumes', 'img-gitea');
  }
});

describe('a service', () => {
  const build = async (name: string, engine?: string): Promise<ServiceImage> =>
    buildServiceImage({
      root: projectRoot,
      service: 'service-a',
      reference: 'registry.offerfit.local/service-a:img-test',
      version: '1.2.3',
      revision: 'abcdef0',
      source: 'http://git.offerfit.local/offerfit/platform.git',
      file: path.join(folder, `${name}.tar`),
      crane: await supply.tool('crane'),
      base: await load(images['service-base'].reference),
      ...(engine !== undefined && { engine }),
    });

  test('is built by its Dockerfile with the same digest twice, and leaves nothing in the engine', async () => {
    await load(images['service-base'].reference);
    const before = allImages();
    const first = await build('first', 'docker');
    expect((await build('second', 'docker')).digest).toBe(first.digest);
    expect(allImages()).toEqual(before);
  });

  test('has the same files whether an engine built it or not', async () => {
    const files = (archive: string): string => {
      docker('load', '--quiet', '--input', archive);
      const list = 'cd /app && find . -type f | sort | xargs sha256sum; id -u; pwd';
      const reference = 'registry.offerfit.local/service-a:img-test';
      try {
        return docker('run', '--rm', '--network=none', reference, 'sh', '-c', list);
      } finally {
        docker('rmi', reference);
      }
    };
    const built = files((await build('built', 'docker')).archive);
    expect(built).toContain('./build/service-a/src/main.js');
    expect(built).toMatch(/\n1000\n\/app\n$/);
    expect(files((await build('assembled')).archive)).toBe(built);
  });

  test('is pushed to the registry once, under the digest that was told before', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    const { port } = await new Promise<AddressInfo>((resolve) =>
      server.on('listening', () => resolve(server.address() as AddressInfo)),
    );
    server.close();
    await load(images.registry.reference);
    const address = `127.0.0.1:${port}`;
    const listen = ['--network=host', '--env', `REGISTRY_HTTP_ADDR=${address}`];
    docker('run', '--detach', '--name=img-registry', ...listen, images.registry.reference);
    try {
      await eventually('the registry answers', 30, async () =>
        (await fetch(`http://${address}/v2/`)).ok ? true : undefined,
      );
      const { archive, digest } = await build('pushed');
      const target = { address, crane: await supply.tool('crane') };
      expect(await pushArchive(archive, 'service-a:1', target)).toEqual({ digest, pushed: true });
      expect(await digestInRegistry('service-a:1', address)).toBe(digest);
      expect(await pushArchive(archive, 'service-a:1', target)).toEqual({ digest, pushed: false });
    } finally {
      docker('rm', '--force', '--volumes', 'img-registry');
    }
  });
});

const CONFIG = `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
- role: control-plane
- {role: worker, labels: {tier: backend}}
- {role: worker, labels: {tier: backstage}}
kubeadmConfigPatches:
- |
  kind: KubeletConfiguration
  failCgroupV1: false
`;

const SERVER = `const fs = require('fs'); fs.appendFileSync('/data/starts', 'x');
require('http').createServer((_, answer) => answer.end(fs.readFileSync('/data/starts'))).listen(3000)`;

const node = images['service-base'].reference;
const pod = (extra: object, tier: string, command: readonly string[]) => ({
  nodeSelector: { tier },
  terminationGracePeriodSeconds: 1,
  containers: [{ name: 'main', image: node, imagePullPolicy: 'Never', command, ...extra }],
});

const OBJECTS = [
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Mi' } } },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'server', labels: { app: 'server' } },
    spec: {
      ...pod({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }, 'backend', ['node', '-e', SERVER]),
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'server' },
    spec: { selector: { app: 'server' }, ports: [{ port: 80, targetPort: 3000 }] },
  },
  { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'client' }, spec: pod({}, 'backstage', ['sleep', 'infinity']) },
];

describe('the node image', () => {
  const ask = (): string =>
    kubectl('exec', 'client', '--', 'curl', '--silent', '--fail', '--max-time', '3', 'http://server.default.svc');

  test('makes a cluster of the unmodified kind CLI with network, names and volumes', async () => {
    await load(images.node.reference);
    const args = ['--image', `kindest/node:${kubernetesVersion}`, '--kubeconfig', kubeconfig, '--wait', '120s'];
    run(kind, ['create', 'cluster', '--name', cluster, '--config', '-', ...args], CONFIG);
    run(kind, ['load', 'image-archive', '--name', cluster, await supply.image(node)]);
    run(
      kubectlPath,
      ['--kubeconfig', kubeconfig, 'apply', '-f', '-'],
      OBJECTS.map((one) => JSON.stringify(one)).join('\n'),
    );
    kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=120s');
    kubectl('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=180s');
    kubectl('wait', '--for=condition=Ready', 'pod', '--all', '--namespace=kube-system', '--timeout=120s');
    expect(ask()).toBe('x');
  });

  test('keeps routes and volumes when all nodes start again with other addresses', async () => {
    const nodes = ['worker2', 'control-plane', 'worker'].map((name) => `${cluster}-${name}`);
    docker('stop', '--time', '10', ...nodes.toReversed());
    // in another order than kind made them, so that the engine gives out the addresses anew
    for (const name of nodes) docker('start', name);
    expect(await eventually('the server answers again', 180, ask)).toBe('xx');
  });
});
