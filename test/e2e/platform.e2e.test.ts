/**
 * The main job on a real kind cluster with real Argo CD and a real Git forge: from nothing to running services, a
 * change, a fault, a bad commit, an interruption, and back to nothing. The steps build on each other.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, engineObjects, eventually, startEngine, Workspace } from './harness';

interface StatusRow {
  readonly service: string;
  readonly environment: string;
  readonly version: string;
  readonly sync: string;
  readonly health: string;
  readonly reason?: string;
}

const domain = 'offerfit.local';
const workspace = new Workspace({ name: 'slipway-e2e', httpPort: 18088, httpsPort: 18448, registryPort: 15088 });
let imagesBefore: readonly string[];
const hostsBefore = readFileSync('/etc/hosts', 'utf8');

async function services(): Promise<readonly StatusRow[]> {
  const result = await workspace.slipway('status', '--json');
  return (JSON.parse(result.stdout) as { services: StatusRow[] }).services;
}

async function row(service: string, environment: string): Promise<StatusRow> {
  const found = (await services()).find((one) => one.service === service && one.environment === environment);
  if (found === undefined) throw new Error(`status names no ${service} in ${environment}`);
  return found;
}

function expectJson(answer: Answer, status: number, body: unknown): void {
  expect({ status: answer.status, body: JSON.parse(answer.body) as unknown }).toEqual({ status, body });
}

beforeAll(async () => {
  await startEngine();
  imagesBefore = engineObjects(workspace.platform.name).images;
});

afterAll(async () => {
  // whatever failed above, the machine is left as it was found
  await workspace.slipway('down');
  workspace.remove();
});

test('up brings everything to Synced and Healthy from nothing', async () => {
  const { stderr, stdout } = await workspace.succeed('up', ...workspace.settings);
  expect(stdout + stderr).toContain(`dev.service-a.${domain}`);
  expect(
    (await services()).map((one) => `${one.environment}/${one.service}: ${one.sync} ${one.health}`).toSorted(),
  ).toEqual([
    'developer/service-a: Synced Healthy',
    'developer/service-b: Synced Healthy',
    'production/service-a: Synced Healthy',
    'production/service-b: Synced Healthy',
  ]);
});

test.each(['dev', 'production'])('every route of %s answers through the ingress', async (prefix) => {
  const environment = prefix === 'dev' ? 'developer' : prefix;
  expectJson(await workspace.ask(`${prefix}.service-a.${domain}`, '/ping'), 200, {
    message: 'Greetings from Service A!',
  });
  expectJson(await workspace.ask(`${prefix}.service-b.${domain}`, '/ping_service_a'), 200, {
    message: 'Greetings from Service A! (via Service B)',
  });
  for (const service of ['service-a', 'service-b']) {
    const host = `${prefix}.${service}.${domain}`;
    expectJson(await workspace.ask(host, '/health'), 200, { Status: 'Success' });
    expectJson(await workspace.ask(host, '/version'), 200, { version: (await row(service, environment)).version });
    const missing = await workspace.ask(host, '/no-such-route');
    expect(missing.status).toBe(404);
    expect(JSON.parse(missing.body)).toHaveProperty('error');
  }
});

test('Argo CD and the Git forge answer under their own names', async () => {
  const version = await workspace.ask(`argocd.${domain}`, '/api/version');
  expect(version.status).toBe(200);
  expect(JSON.parse(version.body)).toHaveProperty('Version', expect.stringContaining('3.5.4'));
  const forge = await workspace.ask(`git.${domain}`, '/api/v1/version');
  expect(forge.status).toBe(200);
  expect(JSON.parse(forge.body)).toHaveProperty('version', expect.stringContaining('1.26.0'));
});

test('the admin password is printed on request and logs in', async () => {
  const { stdout } = await workspace.succeed('credentials', 'argocd', '--json');
  const { username, password } = JSON.parse(stdout) as { username: string; password: string };
  const session = await workspace.ask(`argocd.${domain}`, '/api/v1/session', { username, password });
  expect(session.status).toBe(200);
  expect(JSON.parse(session.body)).toHaveProperty('token');
  const refused = await workspace.ask(`argocd.${domain}`, '/api/v1/session', { username, password: `${password}x` });
  expect(refused.status).toBe(401);
});

test('kubectl top answers for every node', async () => {
  const nodes = await eventually('kubectl top nodes', 90, () => {
    const lines = workspace.kubectl('top', 'nodes', '--no-headers').trim().split('\n');
    return lines.length === 3 && !lines.some((line) => line.includes('<unknown>')) ? lines : undefined;
  });
  expect(nodes).toHaveLength(3);
});

test('pods run on the tier of their service and the platform on backstage', () => {
  const tierOf = new Map<string, string>();
  for (const node of JSON.parse(workspace.kubectl('get', 'nodes', '--output=json')).items) {
    tierOf.set(node.metadata.name, node.metadata.labels.tier ?? 'control-plane');
  }
  const pods = JSON.parse(workspace.kubectl('get', 'pods', '--all-namespaces', '--output=json')).items;
  for (const [namespace, tier] of Object.entries({
    developer: 'backend',
    production: 'backend',
    argocd: 'backstage',
    gitea: 'backstage',
    'ingress-nginx': 'backstage',
  })) {
    const mine = pods.filter((pod: { metadata: { namespace: string } }) => pod.metadata.namespace === namespace);
    expect(mine.length).toBeGreaterThan(0);
    for (const pod of mine)
      expect(`${pod.metadata.name} on ${tierOf.get(pod.spec.nodeName)}`).toBe(`${pod.metadata.name} on ${tier}`);
  }
});

test('a second up changes nothing and says so', async () => {
  const before = workspace.kubectl(
    'get',
    'pods,deployments',
    '--all-namespaces',
    '--output=jsonpath={.items[*].metadata.uid}',
  );
  const { stderr } = await workspace.succeed('up', ...workspace.settings);
  expect(stderr).toMatch(/nothing to change/i);
  expect(
    workspace.kubectl('get', 'pods,deployments', '--all-namespaces', '--output=jsonpath={.items[*].metadata.uid}'),
  ).toBe(before);
});

test('a committed change of replicas reaches the pods', async () => {
  workspace.edit('apps/service-a/service.ts', /replicas: \d+/, 'replicas: 3');
  await workspace.succeed('synth');
  workspace.commit('Run service-a with three replicas');
  await workspace.succeed('deliver');
  await eventually('three ready replicas', 120, () =>
    workspace
      .kubectl(
        'get',
        'deployments',
        '--all-namespaces',
        '--selector=app.kubernetes.io/name=service-a',
        '--output=jsonpath={.items[*].status.readyReplicas}',
      )
      .split(' ')
      .includes('3')
      ? true
      : undefined,
  );
  // the digests that the first delivery recorded are still there
  expect((await row('service-a', 'developer')).version).not.toBe('unreleased');
});

test('a deleted Deployment comes back by itself', async () => {
  const read = (field: string): string =>
    workspace.kubectl('get', 'deployment', 'service-b', '--namespace=developer', `--output=jsonpath={${field}}`);
  const before = read('.metadata.uid');
  workspace.kubectl('delete', 'deployment', 'service-b', '--namespace=developer', '--wait=true');
  // pods of the deleted one go on answering while they drain, so that an answer alone would prove nothing
  await eventually('another Deployment of service-b to be available', 120, () =>
    read('.metadata.uid') !== before && Number(read('.status.availableReplicas')) > 0 ? true : undefined,
  );
  expectJson(await workspace.ask(`dev.service-b.${domain}`, '/health'), 200, { Status: 'Success' });
});

test('a bad commit is reported by status and harms nothing that runs', async () => {
  const clone = `${workspace.root}-operator`;
  const good = workspace.git('rev-parse', 'HEAD');
  expect(good).toMatch(/^[0-9a-f]{40}$/);
  await workspace.succeed('git', 'clone', clone);
  const files = workspace.git('-C', clone, 'ls-files', 'dist/developer/service-a').split('\n');
  const deployment = files.find((file) => file.includes('Deployment'));
  if (deployment === undefined) throw new Error(`no Deployment among ${files.join(', ')}`);
  const content = readFileSync(`${clone}/${deployment}`, 'utf8');
  const push = async (text: string, message: string): Promise<void> => {
    workspace.write(`../project-operator/${deployment}`, text);
    workspace.git(
      '-C',
      clone,
      '-c',
      'user.name=Operator',
      '-c',
      'user.email=operator@slipway.invalid',
      'commit',
      '--quiet',
      '--all',
      '--message',
      message,
    );
    await workspace.succeed('git', 'push', clone);
  };

  // Argo CD takes a file without apiVersion, kind and metadata for none of its own and would prune what was in it
  await push(content.replace(/^spec:$/m, 'spec: [unclosed'), 'Break the manifest');
  const broken = await eventually('status to name the bad commit', 120, async () => {
    const one = await row('service-a', 'developer');
    if (one.reason === undefined || !/yaml|manifest|unmarshal/i.test(one.reason)) throw new Error(JSON.stringify(one));
    return one;
  });
  expect(broken.sync).not.toBe('Synced');
  expectJson(await workspace.ask(`dev.service-a.${domain}`, '/ping'), 200, { message: 'Greetings from Service A!' });

  await push(content, 'Mend the manifest');
  await eventually('service-a to be Synced again', 180, async () => {
    const one = await row('service-a', 'developer');
    return one.sync === 'Synced' && one.health === 'Healthy' ? true : undefined;
  });
});

test('the platform survives a restart of its nodes', async () => {
  const containers = engineObjects(workspace.platform.name).containers;
  execFileSync('docker', ['restart', '--time', '10', ...containers], { stdio: 'ignore' });
  await eventually('service-b to reach service-a again', 240, async () => {
    const answer = await workspace.ask(`dev.service-b.${domain}`, '/ping_service_a');
    return answer.status === 200 ? true : undefined;
  });
  const forge = await eventually('the forge to have kept its data', 120, async () => {
    const answer = await workspace.ask(`git.${domain}`, '/api/v1/version');
    return answer.status === 200 ? answer : undefined;
  });
  expect(forge.status).toBe(200);
});

test('down leaves nothing and says what it verified', async () => {
  const { stdout, stderr } = await workspace.succeed('down');
  expect(stdout + stderr).toMatch(/nothing left/i);
  const left = engineObjects(workspace.platform.name);
  expect(left.containers).toEqual([]);
  expect(left.networks).toEqual([]);
  expect(left.volumes.filter((name) => name.includes(workspace.platform.name))).toEqual([]);
  expect(left.images.filter((image) => !imagesBefore.includes(image))).toEqual([]);
  expect(existsSync(`${workspace.root}/.slipway`)).toBe(false);
  expect(readFileSync('/etc/hosts', 'utf8')).toBe(hostsBefore);
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(workspace.root);
});

test('up that is killed half-way converges when it is run again', async () => {
  const child = workspace.start('up', ...workspace.settings);
  child.stderr!.setEncoding('utf8').on('data', (text: string) => process.stderr.write(text));
  await eventually('the cluster to be half made', 240, () =>
    engineObjects(workspace.platform.name).containers.length >= 3 ? true : undefined,
  );
  await sleep(15_000);
  process.kill(-child.pid!, 'SIGKILL');
  await new Promise((resolve) => child.on('close', resolve));

  await workspace.succeed('up', ...workspace.settings);
  expect((await services()).every((one) => one.sync === 'Synced' && one.health === 'Healthy')).toBe(true);
  expectJson(await workspace.ask(`production.service-b.${domain}`, '/ping_service_a'), 200, {
    message: 'Greetings from Service A! (via Service B)',
  });
});
