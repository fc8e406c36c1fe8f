import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { silentProgress } from '../../../core/progress';
import type { Engine } from '../../../infra/engine';
import type { Surroundings } from '../../../infra/provider/surroundings';
import { resourceTypes } from '../../../infra/provider/types';
import { deliveredApplications } from '../../../infra/provider/types/delivered-applications';
import { firstDelivery, type FirstDeliveryInputs } from '../../../infra/provider/types/first-delivery';
import { kubernetesCluster } from '../../../infra/provider/types/kubernetes-cluster';
import { mirroredImages } from '../../../infra/provider/types/mirrored-images';
import { randomPassword } from '../../../infra/provider/types/random-password';
import { registry } from '../../../infra/provider/types/registry';

const operation = { signal: new AbortController().signal, progress: silentProgress };
let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-types-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A machine whose engine has these containers: name to what it says of each. */
function machine(containers: Readonly<Record<string, object>>): { surroundings: Surroundings; commands: string[][] } {
  const commands: string[][] = [];
  const engine = {
    env: {},
    cgroupVersion: 2,
    lean: false,
    command: 'docker',
    run: async (args: readonly string[]) => {
      commands.push([...args]);
      return { stdout: '', stderr: '', exitCode: 0 };
    },
    inspect: async (_kind: string, name: string) => containers[name],
    containers: async () => [],
  } as unknown as Engine;
  const surroundings: Surroundings = {
    stateFolder: folder,
    engine: async () => engine,
    tool: async (name) => path.join(folder, name),
    engineImage: async (name) => ({ reference: `${name}:1` }),
    imageArchive: async () => path.join(folder, 'image.tar'),
  };
  return { surroundings, commands };
}

test('a cluster that was recorded when kind was the only driver is the same cluster', () => {
  const { surroundings } = machine({});
  const { modernize, replaceOn } = kubernetesCluster(surroundings);
  const former = {
    platform: 'pier',
    kubernetesVersion: 'v1.36.1',
    nodes: [{ role: 'control-plane' }, { role: 'worker', labels: { tier: 'backend' } }],
    httpPort: 8080,
    httpsPort: 8443,
    registryHost: 'registry.example.test',
    mirrorEverything: true,
    clusterId: 'c1',
    kubeconfig: 'apiVersion: v1',
    kubeconfigFile: '/state/kubeconfig',
  };
  const now = modernize!(former);
  expect(now).toMatchObject({
    platform: 'pier',
    name: 'pier',
    cluster: {
      driver: 'kind',
      kubernetesVersion: 'v1.36.1',
      nodes: [
        { role: 'control-plane', labels: {}, ports: [], mounts: [] },
        { role: 'worker', labels: { tier: 'backend' }, ports: [], mounts: [] },
      ],
      httpPort: 8080,
      httpsPort: 8443,
    },
    clusterId: 'c1',
    hostsArgoCd: true,
  });
  // what is compared to decide about another cluster is all there
  expect(replaceOn.filter((key) => now[key] === undefined)).toEqual([]);
  expect(modernize!({ ...now })).toEqual(now);
  expect(Object.keys(resourceTypes(surroundings, { build: jest.fn(), deliver: jest.fn() }))).toContain('KindCluster');
});

describe('the registry', () => {
  const inputs = { platform: 'pier', hostPort: 5001 };
  const state = { ...inputs, address: '127.0.0.1:5001' };

  test.each([
    ['present', { State: { Running: true } }],
    ['changed', { State: { Running: false } }],
    ['changed', undefined],
  ] as const)('is %s where its container says %j', async (expected, container) => {
    const { surroundings } = machine(container === undefined ? {} : { 'pier-registry': container });
    expect(await registry(surroundings).inspect!('pier-registry', state, operation)).toBe(expected);
  });

  test('is dropped by a refresh when its container is gone, and kept when it only stands still', async () => {
    expect(await registry(machine({}).surroundings).read!('pier-registry', state, operation)).toBeUndefined();
    const { surroundings } = machine({ 'pier-registry': { State: { Running: false } } });
    expect(await registry(surroundings).read!('pier-registry', state, operation)).toEqual(state);
  });

  test("somebody else's is refused", async () => {
    const foreign = { Config: { Labels: {} }, State: { Running: true } };
    const { surroundings, commands } = machine({ 'pier-registry': foreign });
    await expect(registry(surroundings).create(inputs, operation)).rejects.toThrow(
      'a container named "pier-registry" is there already',
    );
    await registry(surroundings).delete!('pier-registry', state, operation);
    expect(commands.filter(([verb]) => verb === 'rm')).toEqual([]);
  });
});

describe('what Argo CD brought into a cluster of others', () => {
  const inputs = { kubeconfigFile: '' };
  beforeEach(() => {
    writeFileSync(path.join(folder, 'kubectl'), `#!/bin/sh\necho "$3 $4 $5" >>'${folder}/asked'\n`);
    chmodSync(path.join(folder, 'kubectl'), 0o755);
    inputs.kubeconfigFile = path.join(folder, 'kubeconfig');
  });

  test('goes before Argo CD does: what makes others first, projects and policies last', async () => {
    writeFileSync(inputs.kubeconfigFile, '');
    await deliveredApplications(machine({}).surroundings).delete!('delivered-applications', inputs, operation);
    expect(readFileSync(path.join(folder, 'asked'), 'utf8').trim().split('\n')).toEqual([
      'delete applications.argoproj.io bootstrap',
      'delete applicationsets.argoproj.io --all',
      'delete applications.argoproj.io --all',
      'delete appprojects.argoproj.io --all',
      'delete validatingadmissionpolicybindings,validatingadmissionpolicies --selector=app.kubernetes.io/managed-by=slipway',
    ]);
  });

  test('is nothing where the way to the cluster was never recorded', async () => {
    await deliveredApplications(machine({}).surroundings).delete!('delivered-applications', inputs, operation);
    expect(existsSync(path.join(folder, 'asked'))).toBe(false);
  });
});

describe('the cluster', () => {
  const state = {
    platform: 'pier',
    name: 'pier',
    cluster: {
      driver: 'kind' as const,
      kubernetesVersion: 'v1.36.1',
      nodes: [
        { role: 'control-plane' as const, labels: {}, ports: [], mounts: [] },
        { role: 'worker' as const, labels: { tier: 'backstage' }, ports: [], mounts: [] },
      ],
      httpPort: 80,
      httpsPort: 443,
      registryPort: 5001,
    },
    namespaces: ['argocd'],
    hostsArgoCd: true,
    registryHost: 'registry.x.local',
    mirrorEverything: true,
    clusterId: 'first',
    kubeconfig: 'x',
    kubeconfigFile: 'y',
    ingressAddress: '127.0.0.1',
    serverForOthers: 'https://pier-control-plane:6443',
  };

  test('is gone where it has no nodes', async () => {
    expect(await kubernetesCluster(machine({}).surroundings).inspect!('pier', state, operation)).toBe('gone');
    expect(await kubernetesCluster(machine({}).surroundings).read!('pier', state, operation)).toBeUndefined();
  });

  test('is not removed where another one has taken its name', async () => {
    const { surroundings, commands } = machine({ 'pier-control-plane': { Id: 'second' } });
    await kubernetesCluster(surroundings).delete!('pier', state, operation);
    expect(commands).toEqual([]);
  });

  test('another driver is refused, since what is in the cluster would be lost', async () => {
    const { surroundings, commands } = machine({});
    const minikube = { ...state.cluster, driver: 'minikube' as const };
    const update = kubernetesCluster(surroundings).update!('pier', state, { ...state, cluster: minikube }, operation);
    await expect(update).rejects.toMatchObject({
      message: 'the platform runs on a cluster of the driver "kind", not "minikube"',
      repair: expect.stringContaining('npx slipway down') as string,
    });
    expect(commands).toEqual([]);
  });

  test('its key is kept as a secret, and other settings are never a reason to replace it', () => {
    const type = kubernetesCluster(machine({}).surroundings);
    expect(type.secretOutputs).toEqual(['kubeconfig']);
    expect(type.replaceOn).toEqual(['platform', 'name']);
  });
});

describe('images for nodes that reach no registry', () => {
  let server: Server;
  let address: string;

  beforeEach(async () => {
    // GIVEN a registry that has what `crane push` has left a mark of
    server = createServer((request, response) => {
      const [, , ...rest] = request.url!.split('/');
      const marked = existsSync(path.join(folder, rest.join('-')));
      response.writeHead(marked ? 200 : 404, marked ? { 'docker-content-digest': 'sha256:1' } : {}).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    writeFileSync(path.join(folder, 'image.tar'), 'layers');
    const crane = path.join(folder, 'crane');
    writeFileSync(
      crane,
      `#!/bin/sh
if [ "$1" = digest ]; then echo sha256:1; exit; fi
echo "$3" >>${folder}/pushed
for last; do :; done
path=\${last#*/}
touch "${folder}/$(echo "\${path%:*}/manifests/\${path##*:}" | tr / -)"
`,
    );
    chmodSync(crane, 0o755);
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const references = ['quay.io/argoproj/argocd:v3.5.4', 'docker.io/library/traefik:v3.6.15'];

  test('are pushed where nodes look for them, and missed when the registry has lost them', async () => {
    const type = mirroredImages(machine({}).surroundings);
    const inputs = { references, address };
    expect(await type.inspect!('id', inputs, operation)).toBe('changed');
    await type.create(inputs, operation);
    expect(existsSync(path.join(folder, 'argoproj-argocd-manifests-v3.5.4'))).toBe(true);
    expect(existsSync(path.join(folder, 'library-traefik-manifests-v3.6.15'))).toBe(true);
    expect(await type.inspect!('id', inputs, operation)).toBe('present');
    rmSync(path.join(folder, 'library-traefik-manifests-v3.6.15'));
    expect(await type.inspect!('id', inputs, operation)).toBe('changed');
    await type.update!('id', inputs, inputs, operation);
    expect(await type.inspect!('id', inputs, operation)).toBe('present');
  });

  test('are not pushed after an interruption', async () => {
    const interrupted = { ...operation, signal: AbortSignal.abort(new Error('enough')) };
    await expect(mirroredImages(machine({}).surroundings).create({ references, address }, interrupted)).rejects.toThrow(
      'enough',
    );
    expect(existsSync(path.join(folder, 'pushed'))).toBe(false);
  });
});

describe('the first delivery', () => {
  const inputs = {
    forge: { host: 'git.x.local', port: 80, username: 'u', password: 'p' },
    cluster: 'c1',
    url: 'http://git.x.local/o/r.git',
    branch: 'main',
    registryHost: 'registry.x.local',
    registryAddress: '127.0.0.1:5001',
  } satisfies FirstDeliveryInputs;
  const deliver = jest.fn(async ({ cluster }: FirstDeliveryInputs) => ({ commit: `commit-in-${cluster}` }));
  beforeEach(() => deliver.mockClear());

  test('runs once, and not again because the forge is reached otherwise', async () => {
    const type = firstDelivery(deliver);
    const { outputs } = await type.create(inputs, operation);
    expect(outputs).toEqual({ commit: 'commit-in-c1' });
    const moved = {
      ...inputs,
      forge: { ...inputs.forge, port: 8080, password: 'q' },
      registryAddress: '127.0.0.1:5002',
    };
    expect(await type.update!('id', { ...inputs, ...outputs }, moved, operation)).toEqual(outputs);
    expect(deliver).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['cluster', { cluster: 'c2' }],
    ['repository', { url: 'http://git.x.local/o/other.git' }],
    ['branch', { branch: 'trunk' }],
  ])('runs again for another %s', async (_what, change) => {
    const type = firstDelivery(deliver);
    await type.update!('id', { ...inputs, commit: 'old' }, { ...inputs, ...change }, operation);
    expect(deliver).toHaveBeenCalledTimes(1);
  });
});

test('a password is drawn anew for each resource, of the size that is asked for, and is a secret', async () => {
  const draw = async (bytes: number): Promise<string> =>
    (await randomPassword.create({ bytes }, operation)).outputs.value;
  const first = await draw(32);
  expect(first).toMatch(/^[\w-]{43}$/);
  expect(await draw(32)).not.toBe(first);
  expect(await draw(16)).toHaveLength(22);
  expect(randomPassword.secretOutputs).toEqual(['value']);
});
