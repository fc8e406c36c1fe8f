/**
 * Two clusters of kind, production on the second: what runs where, what Argo CD may do there and no more, that a delivery,
 * a drift, an add-on and a removal reach both. The steps build on each other.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../core/paths';
import { createSupply } from '../../infra/supply';
import { kubernetesVersion } from '../../infra/versions';
import { engineObjects, eventually, Workspace } from './harness';

const workspace = new Workspace({ name: 'twin-e2e', httpPort: 18093, httpsPort: 18453, registryPort: 15093 });
const outpost = { httpPort: 18094, httpsPort: 18454 };
/** Of the same cluster as the first, with ports of its own. */
const clusters = `clusters: {
    outpost: {
      driver: 'kind',
      kubernetesVersion: '${kubernetesVersion}',
      httpPort: ${outpost.httpPort},
      httpsPort: ${outpost.httpsPort},
      nodes: [
        { role: 'control-plane' },
        { role: 'worker', labels: { tier: 'backend' } },
        { role: 'worker', labels: { tier: 'backstage' } },
      ],
    },
  },`;
/** Six nodes watch more files than many machines allow; `up` names the command that the administrator runs. */
const watches = '/proc/sys/fs/inotify/max_user_instances';
const allowed = readFileSync(watches, 'utf8').trim();
let kubectlFile: string;

function kubectl(cluster: 'first' | 'outpost', ...args: string[]): string {
  const folder = cluster === 'first' ? '' : 'clusters/twin-e2e-outpost';
  const kubeconfig = path.join(workspace.root, '.slipway', folder, 'kubeconfig');
  return execFileSync(kubectlFile, args, { encoding: 'utf8', env: { ...process.env, KUBECONFIG: kubeconfig } });
}

const names = (cluster: 'first' | 'outpost', kind: string, ...args: string[]): readonly string[] =>
  kubectl(cluster, 'get', kind, ...args, '--output=name')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(line.indexOf('/') + 1))
    .sort();

const askOutpost = (host: string, target: string): ReturnType<Workspace['ask']> =>
  workspace.ask(host, target, undefined, outpost.httpPort);

beforeAll(async () => {
  kubectlFile = await createSupply().tool('kubectl');
  if (Number(allowed) < 512) writeFileSync(watches, '512');
  workspace.edit('apps/platform.ts', "ingress: 'ingress-nginx',", `${clusters}\n  ingress: 'ingress-nginx',`);
  workspace.edit('apps/environments.ts', "promotesFrom: 'developer'", "promotesFrom: 'developer', cluster: 'outpost'");
  await workspace.succeed('synth');
  workspace.commit('Put production on a cluster of its own');
}, 600_000);

afterAll(async () => {
  await workspace.slipway('down');
  workspace.remove();
  writeFileSync(watches, allowed);
});

test('up makes both, and every Application is Synced and Healthy', async () => {
  await workspace.succeed('up', ...workspace.settings);
  const { stdout } = await workspace.succeed('status', '--json');
  const { healthy, services } = JSON.parse(stdout) as { healthy: boolean; services: { pods?: unknown }[] };
  expect(healthy).toBe(true);
  expect(services).toHaveLength(4);
});

test('each environment runs on its own cluster, and answers through the ingress of that one', async () => {
  expect(names('first', 'deployments', '--namespace=developer')).toEqual(['service-a', 'service-b']);
  expect(names('first', 'deployments', '--namespace=production')).toEqual([]);
  expect(names('outpost', 'deployments', '--namespace=production')).toEqual(['service-a', 'service-b']);
  expect(names('outpost', 'deployments', '--namespace=developer')).toEqual([]);
  expect(names('outpost', 'namespaces')).not.toContain('argocd');
  const greeting = { status: 200, body: '{"message":"Greetings from Service A! (via Service B)"}' };
  expect(await workspace.ask('dev.service-b.offerfit.local', '/ping_service_a')).toEqual(greeting);
  expect(await askOutpost('production.service-b.offerfit.local', '/ping_service_a')).toEqual(greeting);
  expect((await workspace.ask('production.service-b.offerfit.local', '/health')).status).toBe(404);
  expect((await askOutpost('dev.service-b.offerfit.local', '/health')).status).toBe(404);
});

test('the policies are kept on both', () => {
  const kept = names('first', 'validatingadmissionpolicies');
  expect(kept.length).toBeGreaterThan(0);
  expect(names('outpost', 'validatingadmissionpolicies')).toEqual(kept);
});

test('Argo CD may do there what dist holds, and nothing else', () => {
  const asArgoCd = '--as=system:serviceaccount:slipway-delivery:argocd-manager';
  const may = (verb: string, ...what: string[]): string => {
    try {
      return kubectl('outpost', 'auth', 'can-i', verb, ...what, asArgoCd).trim();
    } catch {
      // kubectl exits with 1 where it says no
      return 'no';
    }
  };
  for (const verb of ['get', 'create', 'patch', 'delete']) {
    expect([verb, may(verb, 'deployments.apps', '--namespace=production')]).toEqual([verb, 'yes']);
    expect([verb, may(verb, 'secrets', '--namespace=production')]).toEqual([verb, 'no']);
    expect([verb, may(verb, 'deployments.apps', '--namespace=kube-system')]).toEqual([verb, 'no']);
    expect([verb, may(verb, 'roles.rbac.authorization.k8s.io', '--namespace=production')]).toEqual([verb, 'no']);
    expect([verb, may(verb, 'clusterroles.rbac.authorization.k8s.io')]).toEqual([verb, 'no']);
  }
  expect(may('create', 'pods/exec', '--namespace=production')).toBe('no');
  expect(may('create', 'namespaces')).toBe('no');
  expect(may('delete', 'namespaces/production')).toBe('no');
  expect(may('get', 'nodes')).toBe('no');
});

test('a second up changes nothing', async () => {
  const uids = (): readonly string[] =>
    (['first', 'outpost'] as const).map((cluster) =>
      kubectl(cluster, 'get', 'pods', '--all-namespaces', '--output=jsonpath={.items[*].metadata.uid}'),
    );
  const running = uids();
  expect((await workspace.succeed('up')).stderr).toContain('nothing to change: the platform is as described');
  // without the note of a finished `up` the engine compares every resource
  workspace.write('.slipway/completed.json', '{}');
  expect((await workspace.succeed('up')).stderr).toContain('nothing to change in the platform');
  expect(uids()).toEqual(running);
});

test('a delivery reaches the second cluster', async () => {
  workspace.edit('apps/service-a/service.ts', "memoryLimit: '128Mi'", "memoryLimit: '144Mi'");
  await workspace.succeed('synth');
  workspace.commit('Give service A more memory');
  await workspace.succeed('deliver');
  const limit = '--output=jsonpath={.spec.template.spec.containers[0].resources.limits.memory}';
  expect(kubectl('outpost', 'get', 'deployment', 'service-a', '--namespace=production', limit)).toBe('144Mi');
  expect(kubectl('first', 'get', 'deployment', 'service-a', '--namespace=developer', limit)).toBe('144Mi');
  const waited = await workspace.succeed('wait', 'service-a', '--env', 'production');
  expect(waited.stdout).toContain('in production is healthy');
});

test('drift finds nothing, and then what somebody did on the second cluster', async () => {
  expect((await workspace.succeed('drift')).stdout).toContain('no drift');
  const controller = (replicas: number): string =>
    kubectl(
      'first',
      'scale',
      'statefulset/argocd-application-controller',
      '--namespace=argocd',
      `--replicas=${replicas}`,
    );
  // Argo CD would mend it before anybody looks
  controller(0);
  await eventually('the controller to end', 60, () =>
    names('first', 'pods', '--namespace=argocd').some((name) => name.startsWith('argocd-application-controller'))
      ? undefined
      : true,
  );
  kubectl('outpost', 'delete', 'service', 'service-b', '--namespace=production');
  const { exitCode, stdout } = await workspace.slipway('drift', '--json');
  expect(exitCode).toBe(1);
  expect((JSON.parse(stdout) as { cluster: object[] }).cluster).toMatchObject([
    { object: 'Service production/service-b', cluster: 'outpost', state: 'missing' },
  ]);
  controller(1);
  await eventually('Argo CD to bring it back', 180, () =>
    names('outpost', 'services', '--namespace=production').includes('service-b') ? true : undefined,
  );
});

test('an add-on comes to both, each time into a namespace of its own', async () => {
  workspace.edit('apps/platform.ts', '  forge: {', '  discovery: { addOns: true },\n  forge: {');
  await workspace.succeed('synth');
  workspace.commit('Discover add-ons');
  await workspace.succeed('up', '--deliver');
  const clone = path.join(path.dirname(workspace.root), 'greeter-addon');
  cpSync(path.join(projectRoot, 'samples/greeter-addon'), clone, { recursive: true });
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.invalid'];
  workspace.git('-C', clone, 'init', '--quiet', '--initial-branch=main');
  workspace.git('-C', clone, 'add', '--all');
  workspace.git('-C', clone, ...identity, 'commit', '--quiet', '--message', 'Start greeter');
  await workspace.succeed('git', 'push', '--repository', 'offerfit/greeter-addon', clone);
  for (const [cluster, application] of [
    ['first', 'addon-greeter'],
    ['outpost', 'addon-greeter-outpost'],
  ] as const) {
    const state = '--output=jsonpath={.status.sync.status} {.status.health.status}';
    await eventually(`${application} to be Healthy`, 240, () => {
      const seen = kubectl('first', 'get', 'application', application, '--namespace=argocd', state);
      if (seen !== 'Synced Healthy') throw new Error(seen);
      return true;
    });
    expect(names(cluster, 'deployments', '--namespace=addon-greeter')).toEqual(['greeter']);
  }
  expect((await workspace.slipway('status')).exitCode).toBe(0);
});

test('a cluster that stopped is told of, and all come back by up', async () => {
  const stop = (cluster: string): void => {
    const ofCluster = new RegExp(`^${cluster}-(control-plane|worker)`);
    const nodes = engineObjects(cluster).containers.filter((name) => ofCluster.test(name));
    expect(nodes).toHaveLength(3);
    execFileSync('docker', ['stop', '--time=1', ...nodes]);
  };
  stop('twin-e2e-outpost');
  const { exitCode, stdout } = await workspace.slipway('status');
  expect(exitCode).toBe(1);
  expect(stdout).toContain('cluster outpost does not answer');
  stop('twin-e2e');
  await workspace.succeed('up');
  await eventually('production to answer again', 120, async () => {
    const { status } = await askOutpost('production.service-b.offerfit.local', '/ping_service_a');
    return status === 200 ? true : undefined;
  });
});

test('a cluster that is lost is made anew, and Argo CD brings everything back', async () => {
  const nodes = engineObjects('twin-e2e-outpost').containers;
  execFileSync('docker', ['rm', '--force', '--volumes', ...nodes]);
  await workspace.succeed('up');
  await eventually('production to answer again', 120, async () => {
    const { status } = await askOutpost('production.service-b.offerfit.local', '/ping_service_a');
    return status === 200 ? true : undefined;
  });
});

test('down removes both, and verifies it', async () => {
  const { stdout } = await workspace.succeed('down');
  expect(stdout).toContain('verified: nothing left of platform twin-e2e');
  const { containers, networks, volumes } = engineObjects('twin-e2e');
  const left = [...containers, ...networks, ...volumes].filter((name) => name.startsWith('twin-e2e'));
  expect(left).toEqual([]);
  expect(existsSync(path.join(workspace.root, '.slipway'))).toBe(false);
});
