import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createCatalog } from '../../../apps/catalog';
import { clusterChecks, madeHere } from '../../../cli/platform/cluster-checks';
import { wantedPorts } from '../../../cli/platform/port-checks';
import { stateFiles, type Project } from '../../../cli/platform/project';
import { argoCdChecks } from '../../../cli/platform/supply-checks';
import { UserError } from '../../../core/errors';
import type { Supply, SupplyPlan } from '../../../infra/supply';
import { change, inputOf, validFiles } from '../../apps/files';

let root: string;
beforeEach(() => (root = mkdtempSync(path.join(os.tmpdir(), 'slipway-checks-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const existing = {
  driver: 'existing',
  context: 'lab',
  kubernetesVersion: 'v1.36.1',
  kubeconfig: 'lab.yaml',
  registry: { host: 'registry.example.com/team' },
};
/** Its registry is another one than that of the release in the valid catalog. */
const onExisting = {
  'apps/platform.ts cluster': existing,
  'apps/shop/releases/testing.yaml': { unreleased: true },
};
const nodes = [
  { role: 'control-plane' },
  { role: 'worker', labels: { tier: 'backend' } },
  ...[1, 2, 3].map(() => ({ role: 'worker', labels: { tier: 'backstage' } })),
];
const second = { driver: 'kind', kubernetesVersion: 'v1.36.1', nodes, httpPort: 8081, httpsPort: 8444 };

function project(values: Readonly<Record<string, unknown>> = {}): Project {
  const catalog = createCatalog(inputOf(change(validFiles(), values)));
  const settings = { name: 'pier', httpPort: 8080, httpsPort: 8443, registryPort: 5001, ciPort: 9797 };
  return { ...stateFiles(root), catalog, settings };
}

/** A kubectl of a cluster with everything, but for what a test takes away. */
function kubectl({ version = 'v1.36.1', refused = false } = {}): string {
  const file = path.join(root, 'kubectl');
  const view = JSON.stringify({
    clusters: [{ name: 'lab', cluster: { server: 'https://10.0.0.7:6443' } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab' } }],
  });
  writeFileSync(path.join(root, 'lab.yaml'), '');
  writeFileSync(
    file,
    `#!/bin/sh
case "$*" in
  *"config view"*) echo '${view}'; exit 0 ;;
esac
${refused ? "echo 'connection refused' >&2; exit 1" : ''}
case "$KUBECONFIG $*" in
  ${root}/lab.yaml*--context=lab*"version --output"*) echo '{"serverVersion":{"gitVersion":"${version}"}}' ;;
  *"create --filename"*) for i in 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4; do echo true; done ;;
  *"get nodes"*) echo node/one ;;
esac
`,
  );
  chmodSync(file, 0o755);
  return file;
}

const plan = (how: 'cached' | 'build', mode: SupplyPlan['mode'] = 'build'): SupplyPlan => ({
  mode,
  reasons: [],
  items: ['kind', 'minikube', 'kubectl'].map((name) => ({
    kind: 'tool',
    name,
    version: 'v1',
    how,
    seconds: 0,
    bytes: 0,
  })),
  seconds: 0,
  diskBytes: 0,
  substitutions: [],
});
const supply = (file = ''): Supply => ({ tool: async () => file }) as unknown as Supply;

test.each([
  ['kind', {}, 'cached', 'ok', 'kind v0.33.0 makes it with Kubernetes v1.36.1'],
  ['kind', {}, 'build', 'handled', 'kind v0.33.0 makes it with Kubernetes v1.36.1; `up` brings the command'],
  [
    'minikube',
    { 'apps/platform.ts cluster.driver': 'minikube' },
    'build',
    'handled',
    'minikube v1.37.0 makes it with Kubernetes v1.36.1; `up` brings the command',
  ],
] as const)('a cluster of %s is made by a command of the supply', async (_driver, values, how, state, finding) => {
  const checks = await clusterChecks(project(values), { supply: supply(), plan: plan(how) });
  expect(checks).toEqual([{ name: 'cluster pier', state, finding }]);
});

describe('a cluster of others', () => {
  test('is ready, and nothing is written by looking', async () => {
    const file = kubectl();
    const before = readdirSync(root);
    expect(await clusterChecks(project(onExisting), { supply: supply(file), plan: plan('cached') })).toEqual([
      {
        name: 'cluster pier',
        state: 'ok',
        finding: 'context "lab" (https://10.0.0.7:6443) is ready: version, rights, tiers and names fit',
      },
    ]);
    expect(readdirSync(root)).toEqual(before);
  });

  test('says everything that stands in the way, each with its repair', async () => {
    const options = { supply: supply(), plan: undefined, find: () => kubectl({ version: 'v1.33.4' }) };
    expect(await clusterChecks(project(onExisting), options)).toEqual([
      {
        name: 'cluster pier',
        state: 'broken',
        finding: 'the cluster runs Kubernetes v1.33.4, and the catalog is written for v1.36.1',
        repair: "set kubernetesVersion: 'v1.33.4' in apps/platform.ts, then `npx slipway synth`",
      },
    ]);
  });

  test('that does not answer is broken', async () => {
    const file = kubectl({ refused: true });
    const [check] = await clusterChecks(project(onExisting), { supply: supply(file), plan: plan('cached') });
    expect(check).toMatchObject({
      state: 'broken',
      finding: expect.stringMatching(/^the cluster of context "lab" does not answer; /) as string,
      repair: expect.stringContaining('VPN') as string,
    });
  });

  test('is left to `up` where there is no kubectl to look with', async () => {
    const options = { supply: supply(), plan: plan('build'), find: () => undefined };
    expect(await clusterChecks(project(onExisting), options)).toEqual([
      {
        name: 'cluster pier',
        state: 'handled',
        finding: 'context "lab" is looked at by `up` before it changes anything: there is no kubectl yet',
      },
    ]);
  });

  test('takes no port and no room for nodes', () => {
    expect(wantedPorts(project(onExisting))).toEqual([]);
    expect(madeHere(project(onExisting))).toBe(0);
    expect(existsSync(path.join(root, '.slipway'))).toBe(false);
  });
});

test('each further cluster is looked at, with its ports', async () => {
  const two = project({
    'apps/platform.ts clusters': { outpost: second },
    'apps/environments.ts [1].cluster': 'outpost',
  });
  const checks = await clusterChecks(two, { supply: supply(), plan: plan('cached') });
  expect(checks.map(({ name }) => name)).toEqual(['cluster pier', 'cluster outpost']);
  expect(madeHere(two)).toBe(2);
  expect(wantedPorts(two).map(({ port, what }) => `${port} ${what}`)).toEqual([
    '8080 HTTP',
    '8443 HTTPS',
    '5001 registry',
    '8081 HTTP of outpost',
    '8444 HTTPS of outpost',
  ]);
});

describe('a highly available Argo CD', () => {
  const available = { 'apps/platform.ts argocd': { highAvailability: true } };
  const large = { ...available, 'apps/platform.ts cluster.nodes': nodes };
  const withoutImage = {
    image: () => Promise.reject(new UserError('haproxy:3.0.8-alpine cannot be had: its registry does not answer')),
  } as unknown as Supply;
  const check = (values: Readonly<Record<string, unknown>>, mode: SupplyPlan['mode'], from = withoutImage) =>
    argoCdChecks(project(values), { supply: from }, plan('cached', mode));

  test('is spoken of only where it is asked for', async () => {
    expect(await check({}, 'build')).toEqual([]);
  });

  test('is broken where HAProxy can neither be pulled nor is there', async () => {
    expect(await check(large, 'build')).toEqual([
      {
        name: 'argo cd',
        state: 'broken',
        finding:
          'highly available, for which HAProxy is needed: haproxy:3.0.8-alpine cannot be had: its registry does not answer',
        repair: 'make its registry reachable, or remove argocd.highAvailability from apps/platform.ts',
      },
    ]);
  });

  test('is fine where nodes pull, or the image is in the cache', async () => {
    const cached = { image: async () => '/cache/haproxy.tar' } as unknown as Supply;
    expect((await check(large, 'published'))[0]).toMatchObject({ state: 'ok' });
    expect((await check(large, 'build', cached))[0]).toMatchObject({ state: 'ok' });
    const { finding } = (await check({ ...available, ...onExisting }, 'build'))[0]!;
    expect(finding).toContain('three such nodes have to be there');
  });
});
