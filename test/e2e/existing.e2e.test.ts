/**
 * The driver for clusters that somebody else keeps, on one that kind's own command made: what it refuses, that the
 * platform works in it, and that the cluster is as it was found once the platform is gone. The steps build on each other.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { silentProgress } from '../../core/progress';
import { existingDriver, type DriverContext } from '../../infra/cluster';
import type { ExistingSpec } from '../../infra/cluster/existing/spec';
import { createSupply } from '../../infra/supply';
import { kubernetesVersion } from '../../infra/versions';
import { eventually, Workspace } from './harness';
import { LabCluster } from './support/lab-cluster';

const ports = { httpPort: 18091, httpsPort: 18491, registryPort: 15091 };
const lab = new LabCluster('slipway-lab', ports);
const workspace = new Workspace({ name: 'slipway-guest', ...ports });
const up = ['up', '--name=slipway-guest'];
let found: readonly string[];
let containers: readonly string[];

/** The cluster as the catalog describes it: named by a word that has to be said twice. */
const cluster = {
  driver: 'existing',
  context: 'lab',
  confirmProduction: 'lab',
  kubeconfig: lab.kubeconfig,
  kubernetesVersion,
  registry: {
    host: 'registry.lab.test/guests',
    pushAddress: `127.0.0.1:${ports.registryPort}`,
    mirrorsEverything: true,
  },
  ingressAddress: '127.0.0.1',
  httpPort: ports.httpPort,
  httpsPort: ports.httpsPort,
  // as in every cluster of kind
  kubeletInsecureTls: true,
};

const spec = (change: Partial<ExistingSpec> = {}): ExistingSpec => ({
  name: 'slipway-guest',
  context: 'lab',
  confirmProduction: 'lab',
  kubeconfig: lab.kubeconfig,
  kubernetesVersion,
  namespaces: ['argocd', 'developer'],
  metricsServer: true,
  hostsArgoCd: true,
  ...change,
});

const context = (): DriverContext => ({
  platform: { name: 'slipway-guest', stateFolder: path.join(lab.folder, 'state') },
  progress: silentProgress,
  tool: () => createSupply().tool('kubectl'),
});

interface Refusal {
  readonly message: string;
  readonly details: readonly string[];
}

const refusal = (change: Partial<ExistingSpec>): Promise<Refusal> =>
  existingDriver.create(spec(change), context()).then(
    () => Promise.reject(new Error('nothing was refused')),
    (error: unknown) => error as Refusal,
  );

beforeAll(async () => {
  await lab.create([{}, { tier: 'backstage' }]);
  lab.addContext('lab', { cluster: 'shop-prod' });
  lab.addContext('gone', { server: 'https://127.0.0.1:9' });
  lab.addContext('viewer', { token: lab.kubectl('create', 'token', 'viewer', '--namespace=people').trim() });
  found = lab.objects();
  containers = await lab.containers();
  workspace.edit('apps/platform.ts', /cluster: \{[\s\S]*?\n {2}\},/, `cluster: ${JSON.stringify(cluster)},`);
  await workspace.succeed('synth');
  workspace.commit('Use the cluster of the laboratory');
});

afterAll(async () => {
  await workspace.slipway('down');
  workspace.remove();
  await lab.remove();
});

describe('nothing is changed', () => {
  afterEach(() => {
    expect(lab.objects()).toEqual(found);
    expect(existsSync(context().platform.stateFolder + '/existing.json')).toBe(false);
  });

  test('where there is no such context', async () => {
    expect(await refusal({ context: 'nowhere' })).toMatchObject({
      message: `${lab.kubeconfig} has no context "nowhere"`,
      details: ['it has gone', 'it has kind-slipway-lab', 'it has lab', 'it has viewer'],
    });
  });

  test('where it looks like production and the context is not named a second time', async () => {
    expect((await refusal({ confirmProduction: 'kind-slipway-lab' })).message).toBe(
      'its cluster "shop-prod" looks like production, and nothing was changed',
    );
  });

  test('where it does not answer', async () => {
    expect((await refusal({ context: 'gone' })).message).toBe('the cluster of context "gone" does not answer');
  });

  test('where the user of the context has not the rights, each of which is named', async () => {
    const { message, details } = await refusal({ context: 'viewer' });
    expect(message).toBe('the cluster of context "viewer" is not ready, and nothing was changed');
    const missing = details.filter((line) => line.startsWith('the user of the context may not '));
    expect(missing).toContain('the user of the context may not create namespaces (for the parts of the platform)');
    expect(missing).toContain("the user of the context may not * *.* (to give Argo CD's controller its rights)");
    // the role `view` may look at Namespaces and not at nodes
    expect(missing).toContain('the user of the context may not list nodes (to see the tiers)');
  });

  test('where it is too old, lacks a tier and holds what is not ours, all told at once', async () => {
    const { details } = await refusal({ kubernetesVersion: 'v1.37.0', namespaces: ['argocd', 'people'] });
    expect(details).toEqual([
      `the cluster runs Kubernetes ${kubernetesVersion}, and the catalog is written for v1.37.0`,
      `  repair: set kubernetesVersion: '${kubernetesVersion}' in apps/platform.ts, then \`npx slipway synth\``,
      'no node has the label tier=backend',
      '  repair: kubectl label node <node> tier=backend',
      'namespace/people is there already and was not made by this platform',
      '  repair: choose another cluster, or remove it with the tool that made it',
    ]);
  });

  test('by doctor and up, which say so before anything is begun', async () => {
    const doctor = await workspace.slipway('doctor', '--json');
    const { checks } = JSON.parse(doctor.stdout) as { checks: { name: string; state: string; finding: string }[] };
    expect(checks.filter(({ state }) => state === 'broken')).toEqual([
      {
        name: 'cluster slipway',
        state: 'broken',
        finding: 'no node has the label tier=backend',
        repair: 'kubectl label node <node> tier=backend',
      },
    ]);
    expect(doctor.exitCode).toBe(1);
    const refused = await workspace.slipway(...up);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('this machine is not ready, and nothing was changed');
    expect(refused.stderr).toContain('cluster slipway-guest: no node has the label tier=backend');
    expect(existsSync(path.join(workspace.root, '.slipway/state'))).toBe(false);
  });
});

test('up puts the platform into it', async () => {
  lab.kubectl('label', 'node', 'slipway-lab-worker', 'tier=backend');
  await workspace.succeed(...up);
  const { stdout } = await workspace.succeed('status', '--json');
  const { healthy, services } = JSON.parse(stdout) as { healthy: boolean; services: object[] };
  expect(healthy).toBe(true);
  expect(services).toHaveLength(4);
});

test('services, Argo CD and the Git forge answer', async () => {
  for (const prefix of ['dev', 'production']) {
    expect(await workspace.ask(`${prefix}.service-b.offerfit.local`, '/ping_service_a')).toEqual({
      status: 200,
      body: '{"message":"Greetings from Service A! (via Service B)"}',
    });
  }
  expect((await workspace.ask('argocd.offerfit.local', '/api/version')).status).toBe(200);
  expect((await workspace.ask('git.offerfit.local', '/api/v1/version')).status).toBe(200);
});

test('pods run on the nodes with the label of their tier', () => {
  const nodesOf = (namespace: string): readonly string[] =>
    lab
      .kubectl('get', 'pods', `--namespace=${namespace}`, '--output=jsonpath={.items[*].spec.nodeName}')
      .trim()
      .split(/\s+/);
  expect(new Set(nodesOf('developer'))).toEqual(new Set(['slipway-lab-worker']));
  expect(new Set(nodesOf('argocd'))).toEqual(new Set(['slipway-lab-worker2']));
});

test('a second up changes nothing, whether it looks closely or not', async () => {
  const uids = (): string =>
    lab.kubectl('get', 'pods', '--all-namespaces', '--output=jsonpath={.items[*].metadata.uid}');
  const before = uids();
  expect((await workspace.succeed(...up)).stderr).toContain('nothing to change: the platform is as described');
  // without the note of a finished `up` the engine compares every resource
  workspace.write('.slipway/completed.json', '{}');
  expect((await workspace.succeed(...up)).stderr).toContain('nothing to change in the platform');
  expect(uids()).toBe(before);
});

test('a change is delivered to it', async () => {
  workspace.edit('apps/service-a/service.ts', "memoryLimit: '128Mi'", "memoryLimit: '144Mi'");
  await workspace.succeed('synth');
  workspace.commit('Give service A more memory');
  await workspace.succeed('deliver');
  const limit = '--output=jsonpath={.spec.template.spec.containers[0].resources.limits.memory}';
  expect(lab.kubectl('get', 'deployment', 'service-a', '--namespace=developer', limit)).toBe('144Mi');
});

test('another project may not have its platform in the same place', async () => {
  const { message } = await refusal({});
  expect(message).toContain(`it holds a platform of the project with state folder ${workspace.root}/.slipway`);
});

test('down takes the platform out, and leaves the cluster as it was found', async () => {
  const { stdout } = await workspace.succeed('down');
  expect(stdout).toContain('verified: nothing left of platform slipway-guest');
  expect(await lab.containers()).toEqual(containers);
  await eventually('the cluster to be as it was found', 60, () => {
    const now = lab.objects();
    const added = now.filter((object) => !found.includes(object));
    const lost = found.filter((object) => !now.includes(object));
    if (added.length + lost.length > 0) throw new Error(`added: ${added.join(', ')}; lost: ${lost.join(', ')}`);
    return true;
  });
  expect(existsSync(path.join(workspace.root, '.slipway'))).toBe(false);
});
