import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentProgress } from '../../../core/progress';
import { minikubeDriver, type ClusterContext } from '../../../infra/cluster';
import { judgeStatus, readStatus, type NodeStatus } from '../../../infra/cluster/minikube/status';
import type { MinikubeSpec } from '../../../infra/cluster/minikube/settings';
import type { ContainerFacts, Engine } from '../../../infra/engine';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-minikube-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const spec: MinikubeSpec = {
  name: 'pier',
  kubernetesVersion: 'v1.34.0',
  nodes: [
    { role: 'worker', labels: { tier: 'backend' } },
    { role: 'control-plane' },
    { role: 'worker', labels: { tier: 'backstage' } },
  ],
  registry: { host: 'registry.x.local', mirrorEverything: false, endpoint: 'http://pier-registry:5000' },
};

const file = (name: string): string => path.join(folder, name);
const read = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');
const lines = (name: string): readonly string[] =>
  read(name)
    .split('\n')
    .filter((line) => line !== '');

/** What `minikube status --output json` of v1.37.0 prints for three healthy nodes. */
const healthy = (change: Partial<NodeStatus> = {}, index = 0): string =>
  JSON.stringify(
    ['pier', 'pier-m02', 'pier-m03'].map((Name, at) => ({
      Name,
      Host: 'Running',
      Kubelet: 'Running',
      APIServer: at === 0 ? 'Running' : 'Irrelevant',
      Kubeconfig: at === 0 ? 'Configured' : 'Irrelevant',
      Worker: at > 0,
      ...(at === index && change),
    })),
  );

/** One line of `minikube start --output=json` of v1.37.0. */
const event = (type: string, data: Readonly<Record<string, string>>): string =>
  JSON.stringify({
    specversion: '1.0',
    id: '0',
    source: 'https://minikube.sigs.k8s.io/',
    type: `io.k8s.sigs.minikube.${type}`,
    datacontenttype: 'application/json',
    data,
  });

const noImage = event('error', {
  advice: 'Verify that your HTTP_PROXY and HTTPS_PROXY environment variables are set correctly.',
  exitcode: '48',
  issues: '',
  message:
    'Failed to start host: recreate: creating host: create: creating: setting up container node: preparing volume for pier container',
  name: 'INET_LOOKUP_HOST',
  url: '',
});
const asRoot = event('error', {
  advice: '',
  exitcode: '57',
  issues: '',
  message: 'The "docker" driver should not be used with root privileges.',
  name: 'DRV_AS_ROOT',
  url: '',
});

/**
 * A stand-in for the minikube command: it writes down what it was asked, makes containers as `start` does, prints what
 * was recorded, and fails where the test says so.
 */
function programs(): void {
  const script = (name: string, text: string): void => {
    writeFileSync(file(`program-${name}`), `#!/bin/sh\ncd '${folder}'\n${text}\n`);
    chmodSync(file(`program-${name}`), 0o755);
  };
  script(
    'minikube',
    `echo "$*" >>asked
echo "$MINIKUBE_HOME $KUBECONFIG" >>surroundings
case "$1" in
  start)
    if [ -f fails ]; then cat fails; cat exit-containers >containers 2>/dev/null; if [ -f once ]; then rm fails; fi; exit 48; fi
    echo '${event('step', { currentstep: '0', message: 'Creating docker container', name: 'Creating', totalsteps: '19' })}'
    printf 'pier\\npier-m02\\npier-m03\\n' >containers; echo 'apiVersion: v1' >"$KUBECONFIG" ;;
  status) cat status; exit "$(cat status-exit 2>/dev/null || echo 0)" ;;
  delete) if [ ! -f stuck ]; then rm -f containers; fi ;;
esac`,
  );
  script('kubectl', 'echo "$*" >>kubectl-asked');
  writeFileSync(file('status'), healthy());
}

const container = (name: string): ContainerFacts =>
  ({
    Id: `id-${name}`,
    Name: `/${name}`,
    NetworkSettings: { Networks: { 'pier-minikube': { IPAddress: `192.168.49.${name.length}` } } },
  }) as unknown as ContainerFacts;

/** An engine that shows the containers that the stand-in made. */
function context(): ClusterContext {
  const commands: string[] = [];
  const engine = {
    command: 'docker',
    env: {},
    run: async (args: readonly string[]) => {
      commands.push(args.join(' '));
      writeFileSync(file('engine-asked'), `${commands.join('\n')}\n`);
      if (args[0] === 'rm') rmSync(file('containers'), { force: true });
      return { stdout: '', stderr: '', exitCode: 0 };
    },
    inspect: async (kind: string, name: string) =>
      kind === 'container' && (lines('containers').includes(name) || name === 'pier-registry')
        ? { ...container(name), ...(name === 'pier-registry' && { NetworkSettings: { Networks: {} } }) }
        : undefined,
    containers: async () => lines('containers').map(container),
  } as unknown as Engine;
  return {
    engine,
    platform: { name: 'pier', stateFolder: folder },
    progress: silentProgress,
    tool: async (name) => file(`program-${name}`),
  };
}

describe('a cluster that is not there', () => {
  beforeEach(programs);

  test('is made in a home of its own, with three nodes, labels and the way to the registry', async () => {
    const { change, kubeconfigFile } = await minikubeDriver.create(spec, context());
    expect({ change, kubeconfigFile }).toEqual({ change: 'created', kubeconfigFile: file('kubeconfig') });
    const [start] = lines('asked');
    expect(start).toContain('start --output=json --interactive=false --driver=docker --container-runtime=containerd');
    expect(start).toContain('--kubernetes-version=v1.34.0 --nodes=3 --network=pier-minikube');
    expect(start).toContain('--profile pier');
    expect(new Set(lines('surroundings'))).toEqual(new Set([`${file('minikube')} ${file('kubeconfig')}`]));
    expect(lines('kubectl-asked').map((line) => line.replace(/^--kubeconfig \S+ /, ''))).toEqual([
      'label node pier-m02 --overwrite tier=backend',
      'label node pier-m03 --overwrite tier=backstage',
    ]);
    expect(lines('engine-asked').join('\n')).toContain('network connect pier-minikube pier-registry');
    expect(lines('asked').at(-1)).toContain('addons enable storage-provisioner-rancher');
    expect(await minikubeDriver.inspect(spec, context())).toEqual({ state: 'healthy' });
    expect(await minikubeDriver.ingressAddress(spec, context())).toBe('192.168.49.8');
    expect(await minikubeDriver.identity('pier', context())).toBe('id-pier');
  });

  test.each([
    ['an image that cannot be pulled', noImage, /minikube could not start the cluster "pier" \(INET_LOOKUP_HOST\)/],
    ['a refusal of root', asRoot, /DRV_AS_ROOT/],
    ['words that are no event', 'panic: runtime error', /minikube could not start the cluster/],
  ])('fails with %s in its words, and the next attempt begins anew', async (_what, told, message) => {
    // GIVEN a start that fails after its first node
    writeFileSync(file('fails'), `${told}\n`);
    writeFileSync(file('exit-containers'), 'pier\n');
    await expect(minikubeDriver.create(spec, context())).rejects.toThrow(message);
    expect(await minikubeDriver.inspect(spec, context())).toEqual({
      state: 'broken',
      reason: 'its creation was never finished',
      unfinished: true,
    });
    expect(read('logs/minikube-start.log')).toContain(told.slice(0, 40));
    // WHEN what was in the way is gone
    rmSync(file('fails'));
    expect((await minikubeDriver.create(spec, context())).change).toBe('recreated');
    expect(lines('asked').map((line) => line.split(' ')[0])).toEqual(['start', 'delete', 'start', 'addons']);
  });
});

describe('a cluster that is there', () => {
  beforeEach(async () => {
    programs();
    await minikubeDriver.create(spec, context());
    rmSync(file('asked'));
  });

  test('and healthy is left as it is', async () => {
    expect((await minikubeDriver.create(spec, context())).change).toBe('none');
    expect(lines('asked').filter((line) => line.startsWith('start'))).toEqual([]);
  });

  test('and stopped is started', async () => {
    writeFileSync(file('status'), healthy({ Host: 'Stopped', Kubelet: 'Stopped', APIServer: 'Stopped' }));
    writeFileSync(file('status-exit'), '7');
    expect(await minikubeDriver.create(spec, context())).toMatchObject({
      change: 'started',
      reason: 'not running: pier (Stopped)',
    });
  });

  test('and broken is mended, or made anew where that does not help', async () => {
    writeFileSync(file('status'), healthy({ APIServer: 'Stopped' }));
    expect(await minikubeDriver.repair(spec, context())).toMatchObject({
      change: 'repaired',
      reason: 'the API server of pier is Stopped',
    });
    writeFileSync(file('fails'), `${noImage}\n`);
    writeFileSync(file('exit-containers'), 'pier\npier-m02\npier-m03\n');
    writeFileSync(file('once'), '');
    expect((await minikubeDriver.repair(spec, context())).change).toBe('recreated');
  });

  test('and made with other settings is refused, with the difference', async () => {
    const other = { ...spec, kubernetesVersion: 'v1.33.0' };
    await expect(minikubeDriver.create(other, context())).rejects.toMatchObject({
      message: 'the cluster "pier" was made with other settings, which only a new one can take over',
      details: ['kubernetesVersion was "v1.34.0" and is now "v1.33.0"'],
    });
  });

  test("and somebody else's is neither changed nor removed", async () => {
    rmSync(file('minikube'), { recursive: true });
    await expect(minikubeDriver.create(spec, context())).rejects.toThrow("is not this project's");
    await expect(minikubeDriver.delete('pier', context())).rejects.toThrow("is not this project's");
    expect(lines('asked')).toEqual([]);
    expect(lines('containers')).toHaveLength(3);
  });

  test('is removed with its home, by the engine where minikube leaves something', async () => {
    writeFileSync(file('stuck'), '');
    await minikubeDriver.delete('pier', context());
    expect(lines('asked')).toEqual(['delete --output=json --profile pier']);
    expect(lines('engine-asked').join('\n')).toContain('rm --force --volumes id-pier id-pier-m02 id-pier-m03');
    expect(existsSync(file('minikube'))).toBe(false);
    expect(existsSync(file('kubeconfig'))).toBe(false);
    // once more finds nothing to do
    await minikubeDriver.delete('pier', context());
  });
});

describe('what minikube says of its nodes', () => {
  test('one node is an object by itself, and events are no answer', () => {
    expect(readStatus('{"Name":"pier","Host":"Running"}')).toHaveLength(1);
    expect(readStatus(`${event('info', { message: 'hello' })}\n${healthy()}`)).toHaveLength(3);
    expect(
      readStatus(
        event('info', { message: 'Profile "pier" not found. Run "minikube profile list" to view all profiles.' }),
      ),
    ).toBeUndefined();
    expect(readStatus('')).toBeUndefined();
  });

  test.each([
    [{}, undefined],
    [{ Host: 'Nonexistent' }, { state: 'broken', reason: '2 of 3 nodes exist', unfinished: false }],
    [{ APIServer: 'Paused' }, { state: 'stopped', reason: 'paused: pier' }],
    [{ Kubelet: 'Stopped' }, { state: 'broken', reason: 'the kubelet of pier is Stopped', unfinished: false }],
    [
      { Kubeconfig: 'Misconfigured' },
      { state: 'broken', reason: 'the kubeconfig is Misconfigured', unfinished: false },
    ],
  ])('%j is judged', (change, expected) => {
    expect(judgeStatus(readStatus(healthy(change))!, 3)).toEqual(expected);
  });
});
