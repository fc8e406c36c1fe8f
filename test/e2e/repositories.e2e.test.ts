/**
 * Repositories and the catalog on a real platform: a service that is added runs, one in a repository of its own is published by
 * its own workflow, add-ons and deployments are found by their names, and what is removed goes from where it may go. The steps
 * build on each other.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { projectRoot } from '../../core/paths';
import { eventually, Workspace } from './harness';

const domain = 'offerfit.local';
const port = (offset: number): number => Number(process.env['SLIPWAY_E2E_PORT'] ?? 18300) + offset;
const workspace = new Workspace({
  name: 'slipway-repositories',
  httpPort: port(0),
  httpsPort: port(1),
  registryPort: port(2),
});
const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-samples-'));

interface StatusRow {
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly sync: string;
  readonly health: string;
}

async function row(service: string, environment: string): Promise<StatusRow> {
  const { stdout } = await workspace.slipway('status', '--json');
  const { services } = JSON.parse(stdout) as { services: readonly StatusRow[] };
  const found = services.find((one) => one.service === service && one.environment === environment);
  if (found === undefined) throw new Error(`status names no ${service} in ${environment}`);
  return found;
}

/** Names of objects, or nothing where there is none. */
function objects(kind: string, namespace: string, name: string): string {
  return workspace.kubectl('get', kind, name, `--namespace=${namespace}`, '--ignore-not-found', '--output=name').trim();
}

/** A sample as a repository of its own, in which every file may be changed first. */
function repositoryOf(sample: string, change: (read: string) => string = (text) => text): string {
  const clone = path.join(folder, sample);
  cpSync(path.join(projectRoot, 'samples', sample), clone, { recursive: true });
  const publish = path.join(clone, '.github/workflows/publish.yml');
  if (sample === 'hello') writeFileSync(publish, change(readFileSync(publish, 'utf8')));
  commitIn(clone, 'init', '--quiet', '--initial-branch=main');
  commitIn(clone, 'add', '--all');
  commitIn(clone, 'commit', '--quiet', '--message', `Start ${sample}`);
  return clone;
}

function commitIn(clone: string, ...args: string[]): string {
  return workspace.git('-C', clone, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.invalid', ...args);
}

const push = (name: string, clone: string) =>
  workspace.succeed('git', 'push', '--repository', `offerfit/${name}`, clone);

/** The forge's answer to the administrator. */
async function forge<T>(target: string): Promise<T> {
  const { stdout } = await workspace.succeed('credentials', 'git', '--json');
  const { username, password } = JSON.parse(stdout) as { username: string; password: string };
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const url = `http://127.0.0.1:${workspace.platform.httpPort}/api/v1${target}`;
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const call = request(url, { headers: { host: `git.${domain}`, authorization } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(JSON.parse(text) as T));
    });
    call.on('error', reject);
    call.end();
  });
}

afterAll(async () => {
  // whatever failed above, the machine is left as it was found
  await workspace.slipway('down');
  workspace.remove();
  rmSync(folder, { recursive: true, force: true });
});

test('a platform that discovers repositories comes up', async () => {
  workspace.edit(
    'apps/platform.ts',
    "  forge: { type: 'local', organization: 'offerfit' },\n",
    "  forge: { type: 'local', organization: 'offerfit' },\n  discovery: { addOns: true, deployments: true },\n",
  );
  await workspace.succeed('synth');
  workspace.commit('Discover repositories');
  await workspace.succeed('up', ...workspace.settings);
  expect(objects('applicationset', 'argocd', 'add-ons')).toBe('applicationset.argoproj.io/add-ons');
});

test('a new service runs after commit and deliver, and answers', async () => {
  await workspace.succeed('new', 'service', 'orders');
  workspace.commit('Add orders');
  await workspace.succeed('deliver');
  for (const [environment, prefix] of [
    ['developer', 'dev'],
    ['production', 'production'],
  ] as const) {
    expect(await row('orders', environment)).toMatchObject({ sync: 'Synced', health: 'Healthy' });
    const answer = await workspace.ask(`${prefix}.orders.${domain}`, '/');
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { message: 'Greetings from orders!' }]);
  }
});

test('an add-on is found by its name and deployed into a namespace of its own', async () => {
  await push('greeter-addon', repositoryOf('greeter-addon'));
  const health = await eventually('the add-on to be Healthy', 240, () => {
    const state = workspace.kubectl(
      ...['get', 'application', 'addon-greeter', '--namespace=argocd'],
      '--output=jsonpath={.status.sync.status} {.status.health.status} {.spec.project}',
    );
    if (!state.startsWith('Synced Healthy')) throw new Error(state);
    return state;
  });
  expect(health).toBe('Synced Healthy add-ons');
  expect(objects('deployment', 'addon-greeter', 'greeter')).toBe('deployment.apps/greeter');
  expect(
    workspace.kubectl(
      ...['get', 'namespace', 'addon-greeter'],
      '--output=jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}',
    ),
  ).toBe('restricted');
});

test('an add-on that reaches beyond what it may touch is refused, and says so', async () => {
  const clone = path.join(folder, 'greeter-addon');
  writeFileSync(
    path.join(clone, 'manifests/ClusterRole.greeter.yaml'),
    'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: greeter\nrules: []\n',
  );
  commitIn(clone, 'add', '--all');
  commitIn(clone, 'commit', '--quiet', '--message', 'Reach out');
  await push('greeter-addon', clone);
  await eventually('Argo CD to refuse the kind', 180, () => {
    const told = workspace.kubectl('get', 'application', 'addon-greeter', '--namespace=argocd', '--output=json');
    return /ClusterRole.*is not permitted in project add-ons/.test(told) ? true : undefined;
  });
  expect(objects('clusterrole', 'default', 'greeter')).toBe('');
});

test('a deployment repository goes to the environments that it has a folder for', async () => {
  await push('queue-deployment', repositoryOf('queue-deployment'));
  await eventually('the ConfigMap in developer', 240, () =>
    objects('configmap', 'developer', 'queue') === '' ? undefined : true,
  );
  expect(objects('application', 'argocd', 'deployment-developer-queue')).not.toBe('');
  expect(objects('application', 'argocd', 'deployment-production-queue')).toBe('');
});

test('a service in a repository of its own waits for its first image, and nothing is built for it', async () => {
  await workspace.succeed('new', 'service', 'hello', '--repository', 'offerfit/hello');
  workspace.commit('Add hello');
  const { stderr } = await workspace.succeed('up', '--deliver');
  expect(stderr).not.toContain('build hello');
  expect(await row('hello', 'developer')).toMatchObject({ sync: 'Unreleased' });
  expect(await forge<{ empty: boolean }>('/repos/offerfit/hello')).toMatchObject({ empty: true });
});

test('its own workflow tests, builds and publishes it, and the platform bumps', async () => {
  await workspace.succeed('ci', 'start');
  // a delivery puts commits onto those of the platform, where they are others
  await workspace.succeed('git', 'pull', workspace.root);
  const platform = workspace.git('rev-parse', 'HEAD');
  await push(
    'hello',
    repositoryOf('hello', (text) => text.replaceAll('PLATFORM_COMMIT', platform)),
  );
  const commit = workspace.git('-C', path.join(folder, 'hello'), 'rev-parse', 'HEAD');
  const answer = await eventually('hello to answer', 1200, async () => {
    const statuses = await forge<readonly { context: string; status: string; description: string }[]>(
      `/repos/offerfit/hello/statuses/${commit}`,
    );
    const failed = statuses.find(({ context, status }) => context.startsWith('ci/') && /failure|error/.test(status));
    if (failed !== undefined) throw new Error(JSON.stringify(failed));
    const got = await workspace.ask(`dev.hello.${domain}`, '/');
    if (got.status !== 200) throw new Error(JSON.stringify(statuses));
    return got;
  });
  expect(JSON.parse(answer.body)).toEqual({ message: 'Hello!' });
  expect(JSON.parse((await workspace.ask(`dev.hello.${domain}`, '/version')).body)).toEqual({
    version: commit.slice(0, 7),
  });
  // nobody promoted it
  expect(await row('hello', 'production')).toMatchObject({ sync: 'Unreleased' });
  await workspace.succeed('ci', 'stop');
});

test('a service that is removed goes from developer, and runs on in production', async () => {
  await workspace.succeed('git', 'pull', workspace.root);
  await workspace.succeed('remove', 'service', 'orders', '--code');
  workspace.commit('Remove orders');
  const { stdout } = await workspace.slipway('review', '--base', 'HEAD^', '--head', 'HEAD', '--fail-on', 'never');
  expect(stdout).toContain('slipway remove service orders --from production');
  await workspace.succeed('deliver', '--no-wait');
  await eventually('orders to be gone from developer', 180, () =>
    objects('deployment', 'developer', 'orders') === '' && objects('networkpolicy', 'developer', 'orders') === ''
      ? true
      : undefined,
  );
  expect(objects('application', 'argocd', 'production-orders')).not.toBe('');
  expect((await workspace.ask(`production.orders.${domain}`, '/')).status).toBe(200);
});

test('a render that lost all of production deletes nothing of it', async () => {
  const clone = `${workspace.root}-operator`;
  await workspace.succeed('git', 'clone', clone);
  commitIn(clone, 'rm', '--quiet', '-r', 'dist/production');
  commitIn(clone, 'commit', '--quiet', '--message', 'Lose production');
  await workspace.succeed('git', 'push', clone);
  const lost = workspace.git('-C', clone, 'rev-parse', 'HEAD');
  // what decides has seen the loss, and had its time
  await eventually('Argo CD to see the loss', 120, () => {
    const told = workspace.kubectl('get', 'application', 'production', '--namespace=argocd', '--output=json');
    return told.includes('app path does not exist') || told.includes(lost) ? true : undefined;
  });
  await new Promise((resolve) => setTimeout(resolve, 75_000));
  for (const service of ['service-a', 'orders']) {
    expect(objects('application', 'argocd', `production-${service}`)).not.toBe('');
    expect((await workspace.ask(`production.${service}.${domain}`, '/health')).status).toBe(200);
  }
  commitIn(clone, 'revert', '--no-edit', 'HEAD');
  await workspace.succeed('git', 'push', clone);
  await eventually('production to be Synced again', 240, async () => {
    const { sync, health } = await row('service-a', 'production');
    return sync === 'Synced' && health === 'Healthy' ? true : undefined;
  });
});

test('the second step asks, records it in Git, and deletes it from production', async () => {
  const refused = await workspace.slipway('remove', 'service', 'orders', '--from', 'production');
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('nothing was removed: nobody said yes');
  expect((await workspace.ask(`production.orders.${domain}`, '/')).status).toBe(200);

  const kept = await workspace.slipway('remove', 'service', 'service-a', '--from', 'production', '--yes');
  expect(kept.stderr).toContain('service-a is still delivered to production');
  expect(kept.exitCode).toBe(1);

  const reason = 'nobody orders any more';
  await workspace.succeed('remove', 'service', 'orders', '--from', 'production', '--yes', '--reason', reason);
  for (const [kind, namespace, name] of [
    ['application', 'argocd', 'production-orders'],
    ['deployment', 'production', 'orders'],
    ['ingress', 'production', 'orders'],
    ['networkpolicy', 'production', 'orders'],
  ] as const)
    expect(objects(kind, namespace, name)).toBe('');
  expect((await workspace.ask(`production.service-a.${domain}`, '/ping')).status).toBe(200);
  const [latest] = await forge<readonly { commit: { message: string } }[]>('/repos/offerfit/platform/commits?limit=1');
  expect(latest!.commit.message).toContain('Remove orders from production');
  expect(latest!.commit.message).toContain(`Slipway-reason: ${reason}`);
  await eventually('production to be Synced', 120, () => {
    const state = workspace.kubectl(
      ...['get', 'application', 'production', '--namespace=argocd', '--output=jsonpath={.status.sync.status}'],
    );
    return state === 'Synced' ? true : undefined;
  });
});
