import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentProgress } from '../../../core/progress';
import { existingDriver, type DriverContext } from '../../../infra/cluster';
import type { ExistingSpec } from '../../../infra/cluster/existing/spec';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-existing-'));
  kubectl();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string): string => path.join(folder, name);
const put = (name: string, content: string): void => writeFileSync(file(name), content);
const asked = (): string => (existsSync(file('asked')) ? readFileSync(file('asked'), 'utf8') : '');
const wrote = (): readonly string[] => asked().match(/\b(apply|delete) .*/g) ?? [];

/**
 * A stand-in for kubectl: it answers each question from a file of that name, and keeps the marker as a cluster would.
 * Its answers are written after those of kubectl v1.36; no cluster of somebody else was asked.
 */
function kubectl(): void {
  put(
    'kubectl',
    `#!/bin/sh
cd '${folder}'
echo "$*" >>asked
if [ -f silent ]; then echo 'The connection to the server 10.0.0.7:6443 was refused' >&2; exit 1; fi
case "$*" in
  *"config view"*) if [ -f view ]; then cat view; else echo 'error: no context exists with the name: "lab"' >&2; exit 1; fi ;;
  *get-contexts*) printf 'kind-other\\nminikube\\n' ;;
  *"version --output"*) printf '{"serverVersion":{"gitVersion":"%s"}}' "$(cat version)" ;;
  *"create --filename"*) cat >reviews; cat rights ;;
  *"get configmap"*)
    if [ -f forbidden ]; then echo 'Error from server (Forbidden): configmaps "slipway-pier" is forbidden' >&2; exit 1; fi
    cat marker 2>/dev/null ;;
  *"get nodes --selector=tier="*) cat nodes ;;
  *"get namespaces --selector"*) cat namespaces 2>/dev/null ;;
  *"get namespace kube-system"*) printf 'uid-1' ;;
  *"get --ignore-not-found --output=name"*) cat objects 2>/dev/null ;;
  *apply*) cat >applied; printf '%s' '${folder}' >marker ;;
  *"delete configmap"*) rm -f marker ;;
esac
exit 0
`,
  );
  chmodSync(file('kubectl'), 0o755);
  put('user-config', 'apiVersion: v1\n');
  put('view', view('lab', 'https://10.0.0.7:6443'));
  put('version', 'v1.36.3+k3s1');
  put('rights', 'true\n'.repeat(40));
  put('nodes', 'node/one\n');
}

const view = (cluster: string, server: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    clusters: [{ name: cluster, cluster: { server } }],
    contexts: [{ name: 'lab', context: { cluster } }],
  });

const spec = (change: Partial<ExistingSpec> = {}): ExistingSpec => ({
  name: 'pier',
  context: 'lab',
  kubeconfig: file('user-config'),
  kubernetesVersion: 'v1.36.1',
  namespaces: ['argocd', 'developer'],
  metricsServer: true,
  hostsArgoCd: true,
  ...change,
});

const context = (): DriverContext => ({
  platform: { name: 'pier', stateFolder: folder },
  progress: silentProgress,
  tool: async () => file('kubectl'),
});

const refusal = async (
  change: Partial<ExistingSpec> = {},
): Promise<{ message: string; details: readonly string[] }> => {
  const error: unknown = await existingDriver.create(spec(change), context()).catch((reason: unknown) => reason);
  return error as { message: string; details: readonly string[] };
};

test('a cluster that is ready is marked as this project, and its context copied for the platform alone', async () => {
  expect(await existingDriver.inspect(spec(), context())).toEqual({ state: 'absent' });
  expect(await existingDriver.create(spec(), context())).toEqual({
    change: 'created',
    kubeconfigFile: file('kubeconfig'),
  });
  expect(statSync(file('kubeconfig')).mode & 0o777).toBe(0o600);
  expect(readFileSync(file('user-config'), 'utf8')).toBe('apiVersion: v1\n');
  expect(JSON.parse(readFileSync(file('applied'), 'utf8'))).toMatchObject({
    metadata: { name: 'slipway-pier', namespace: 'kube-public' },
    data: { platform: 'pier', project: folder },
  });
  expect((await existingDriver.create(spec(), context())).change).toBe('none');
  expect(await existingDriver.inspect(spec(), context())).toEqual({ state: 'healthy' });
  expect(await existingDriver.identity('pier', context())).toBe('uid-1');
});

test('rights are asked of the API server, those of Argo CD among them', async () => {
  await existingDriver.create(spec(), context());
  const { items } = JSON.parse(readFileSync(file('reviews'), 'utf8')) as { items: { kind: string; spec: object }[] };
  expect(new Set(items.map(({ kind }) => kind))).toEqual(new Set(['SelfSubjectAccessReview']));
  expect(items.map((item) => item.spec)).toContainEqual({
    resourceAttributes: { verb: '*', group: '*', resource: '*' },
  });
});

describe('nothing is changed', () => {
  afterEach(() => expect(wrote()).toEqual([]));

  test('where the file or the context is not there, which is told with those that are', async () => {
    expect((await refusal({ kubeconfig: file('nowhere') })).message).toBe(
      `there is no kubeconfig at ${file('nowhere')}`,
    );
    rmSync(file('view'));
    expect(await refusal()).toMatchObject({
      message: `${file('user-config')} has no context "lab"`,
      details: ['it has kind-other', 'it has minikube'],
    });
  });

  test.each([
    ['its cluster "shop-prod"', 'shop-prod', 'https://10.0.0.7:6443'],
    ['its server "api.live.example.com"', 'lab', 'https://api.live.example.com:6443'],
  ])('where %s looks like production and nobody said so twice', async (what, cluster, server) => {
    put('view', view(cluster, server));
    expect((await refusal()).message).toBe(`${what} looks like production, and nothing was changed`);
    expect(asked()).not.toContain('version');
    expect(await existingDriver.inspect(spec({ confirmProduction: 'lab' }), context())).toEqual({ state: 'absent' });
  });

  test('where the user may not even look whose platform is there', async () => {
    put('forbidden', '');
    put('rights', 'false\n'.repeat(40));
    const { message, details } = await refusal();
    rmSync(file('forbidden'));
    expect(message).toBe('the cluster of context "lab" is not ready, and nothing was changed');
    expect(details).toContain('the user of the context may not list nodes (to see the tiers)');
  });

  test('where the cluster does not answer', async () => {
    put('silent', '');
    const { message } = await refusal({ kubeconfig: file('user-config') }).catch((error: unknown) => error as Error);
    expect(message).toMatch(/cannot be read|has no context|does not answer/);
    rmSync(file('silent'));
  });

  test('where version, tiers and objects of others stand in the way, all told at once with their repairs', async () => {
    put('version', 'v1.33.4-eks-1');
    put('nodes', '');
    put('objects', 'namespace/argocd\napiservice.apiregistration.k8s.io/v1beta1.metrics.k8s.io\n');
    const { message, details } = await refusal();
    expect(message).toBe('the cluster of context "lab" is not ready, and nothing was changed');
    expect(details).toEqual([
      'the cluster runs Kubernetes v1.33.4-eks-1, and the catalog is written for v1.36.1',
      "  repair: set kubernetesVersion: 'v1.33.4' in apps/platform.ts, then `npx slipway synth`",
      'no node has the label tier=backend',
      '  repair: kubectl label node <node> tier=backend',
      'no node has the label tier=backstage',
      '  repair: kubectl label node <node> tier=backstage',
      'namespace/argocd is there already and was not made by this platform',
      '  repair: choose another cluster, or remove it with the tool that made it',
      'apiservice.apiregistration.k8s.io/v1beta1.metrics.k8s.io is there already and was not made by this platform',
      "  repair: write metricsServer: false in apps/platform.ts: the cluster's own serves as well",
    ]);
  });

  test('where rights are missing, each named with what it is for', async () => {
    put('rights', 'false\ntrue\n');
    const { details } = await refusal();
    expect(details[0]).toBe('the user of the context may not list nodes (to see the tiers)');
    expect(details).toContain("the user of the context may not * *.* (to give Argo CD's controller its rights)");
    expect(asked()).not.toContain('--selector=tier');
  });

  test('where another project has its platform', async () => {
    put('marker', '/home/ada/project/.slipway');
    expect((await refusal()).message).toContain('it holds a platform of the project with state folder /home/ada');
    expect(await existingDriver.inspect(spec(), context())).toMatchObject({ state: 'foreign' });
  });
});

describe('removing', () => {
  test('takes the namespaces of the platform and its mark, and nothing of others', async () => {
    await existingDriver.create(spec(), context());
    put('namespaces', 'developer\nof-another-platform\n');
    rmSync(file('asked'));
    await existingDriver.delete('pier', context());
    expect(wrote()).toEqual([
      'delete namespaces developer --wait=true --timeout=180s --ignore-not-found',
      'delete configmap slipway-pier --namespace=kube-public --ignore-not-found',
    ]);
    expect(existsSync(file('kubeconfig'))).toBe(false);
    // once more finds nothing to do, and asks nobody
    rmSync(file('asked'));
    await existingDriver.delete('pier', context());
    expect(asked()).toBe('');
  });

  test('stops where the cluster does not answer, and forgets nothing', async () => {
    await existingDriver.create(spec(), context());
    put('silent', '');
    await expect(existingDriver.delete('pier', context())).rejects.toThrow(
      'the cluster of context "lab" does not answer',
    );
    expect(existsSync(file('existing.json'))).toBe(true);
  });

  test("leaves another project's platform alone", async () => {
    await existingDriver.create(spec(), context());
    put('marker', '/home/ada/project/.slipway');
    rmSync(file('asked'));
    await expect(existingDriver.delete('pier', context())).rejects.toThrow("is not this project's");
    expect(wrote()).toEqual([]);
  });
});
