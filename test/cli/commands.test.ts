import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import type { Machine } from '../../infra/host/machine';
import { fakeProgram, inProcess, projectCopy, removeCopy, slipway as spawned, type RunOptions } from './cli';

// real processes, which a busy machine makes wait
jest.setTimeout(60_000);

let root: string;
beforeAll(() => void (root = projectCopy()));
afterAll(() => removeCopy(root));

const GIB = 1024 ** 3;

/** A machine with room for everything, whatever the real one has. */
const roomy: Machine = {
  system: 'Debian GNU/Linux 12 (bookworm)',
  architecture: 'x64',
  root: true,
  debianFamily: true,
  packageManager: 'apt',
  init: 'systemd',
  canRaiseLimits: true,
  cgroupVersion: 2,
  cores: 4,
  memoryBytes: 16 * GIB,
  availableMemoryBytes: 12 * GIB,
  freeDiskBytes: 100 * GIB,
  inotifyInstances: 512,
  inotifyWatches: 524_288,
  openFiles: 1_048_576,
};

/** Programs of a machine that has Node and nothing else of what the platform needs. */
function bareMachine(...programs: readonly (readonly [string, string])[]): RunOptions {
  return machineWith({}, ...programs);
}

/** The same with other facts. Nothing outside of it answers. */
function machineWith(facts: Partial<Machine>, ...programs: readonly (readonly [string, string])[]): RunOptions {
  const folder = path.join(root, 'fake-bin');
  rmSync(folder, { recursive: true, force: true });
  fakeProgram(folder, 'git', `exec ${execFileSync('which', ['git'], { encoding: 'utf8' }).trim()} "$@"`);
  for (const [name, script] of programs) fakeProgram(folder, name, script);
  return {
    root,
    env: { PATH: folder, SLIPWAY_CACHE: path.join(root, 'cache') },
    surroundings: {
      machine: () => ({ ...roomy, ...facts }),
      // the port of nobody: it refuses at once
      rewrite: (url) => `http://127.0.0.1:1/${new URL(url).host}`,
    },
  };
}

const noDocker = ['docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1'] as const;

describe('a project without a platform', () => {
  test.each([['deliver'], ['deliver', '--dry-run'], ['git', 'fetch'], ['credentials', 'git']])(
    '%s %s says what makes one',
    async (...args) => {
      const { exitCode, stdout, stderr } = await inProcess(
        args.filter((arg) => arg !== undefined),
        { root },
      );
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toBe('error: this project has no platform on this machine\nrepair: `npx slipway up` makes one\n');
    },
  );

  test('status cannot be made, which is another exit code than not healthy', async () => {
    const { exitCode, stdout, stderr } = await inProcess(['status', '--json'], { root });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('this project has no platform on this machine');
  });
});

describe('env', () => {
  test('prints lines that a shell takes, and the folder of commands first on PATH', async () => {
    const { stdout } = await inProcess(['env'], { root });
    const path_ = execFileSync(
      'sh',
      ['-c', 'eval "$1"; echo "$PULUMI_BACKEND_URL|$KUBECONFIG|${PATH%%:*}"', 'sh', stdout],
      { encoding: 'utf8' },
    );
    const state = path.join(root, '.slipway');
    expect(path_.trim()).toBe(`file://${state}/state|${state}/kubeconfig|${state}/bin`);
  });

  test('as JSON, without any secret', async () => {
    const variables = JSON.parse((await inProcess(['env', '--json'], { root })).stdout) as Record<string, string>;
    const passphrase = readFileSync(variables['PULUMI_CONFIG_PASSPHRASE_FILE']!, 'utf8').trim();
    expect(Object.values(variables).join('\n')).not.toContain(passphrase);
  });
});

describe('synth', () => {
  test('renders, says what changed, and is done the second time', async () => {
    rmSync(path.join(root, 'dist/developer/service-a'), { recursive: true, force: true });
    const first = JSON.parse((await inProcess(['synth', '--json'], { root })).stdout) as { written: string[] };
    expect(first.written.length).toBeGreaterThan(3);
    const second = await inProcess(['synth'], { root });
    expect(second).toMatchObject({ exitCode: 0, stdout: '' });
    expect(second.stderr).toContain('0 written, 0 removed');
  });

  test('--check fails where dist differs, and leaves it', async () => {
    await inProcess(['synth'], { root });
    const stale = path.join(root, 'dist/developer/service-a/Stale.yaml');
    writeFileSync(stale, 'kind: Stale\n');
    const { exitCode, stderr } = await inProcess(['synth', '--check'], { root });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('stale: dist/developer/service-a/Stale.yaml');
    expect(existsSync(stale)).toBe(true);
    rmSync(stale);
  });

  test('an invalid catalog names every violation and prints no stack', async () => {
    const file = path.join(root, 'apps/platform.ts');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace("domain: 'offerfit.local'", "domain: 'Not A Domain'"));
    const { exitCode, stderr } = await spawned(['synth'], { root });
    writeFileSync(file, before);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain('Not A Domain');
    expect(stderr).not.toContain('    at ');
  });
});

describe('doctor', () => {
  interface Report {
    readonly healthy: boolean;
    readonly checks: readonly {
      readonly name: string;
      readonly state: string;
      readonly finding: string;
      readonly repair?: string;
    }[];
  }
  const report = async (options: RunOptions): Promise<{ exitCode: number; report: Report }> => {
    const { exitCode, stdout, stderr } = await inProcess(['doctor', '--json'], options);
    if (stdout === '') throw new Error(stderr);
    return { exitCode, report: JSON.parse(stdout) as Report };
  };
  const find = ({ checks }: Report, name: string) => checks.find((check) => check.name === name)!;
  // asking what answers takes a while on a machine without a network
  test('an engine that is missing is installed by root of a Debian, and said how to get to others', async () => {
    const byRoot = find((await report(bareMachine())).report, 'container engine');
    expect(byRoot).toMatchObject({
      state: 'handled',
      finding: expect.stringContaining('`up` installs docker.io') as string,
    });
    const byOthers = await report(machineWith({ root: false }));
    expect(byOthers.exitCode).toBe(1);
    expect(find(byOthers.report, 'container engine')).toMatchObject({
      state: 'broken',
      repair: expect.stringMatching(/^sudo apt-get update && sudo apt-get install/) as string,
    });
  });

  test('too little disk is broken, with what is needed for building what nobody publishes here', async () => {
    const { exitCode, report: found } = await report(machineWith({ freeDiskBytes: 20 * GIB }));
    expect(exitCode).toBe(1);
    const disk = found.checks.find(({ finding }) => finding.startsWith('20.0 GiB of disk are free'))!;
    expect(disk).toMatchObject({ state: 'broken', repair: expect.stringContaining('SLIPWAY_CACHE') as string });
  });

  test('an engine that may not be used is broken, with the repair', async () => {
    const denied = [
      'docker',
      'echo "permission denied while trying to connect to the Docker daemon socket" >&2; exit 1',
    ] as const;
    const { exitCode, report: found } = await report(bareMachine(denied));
    expect(exitCode).toBe(1);
    expect(found.healthy).toBe(false);
    expect(find(found, 'container engine')).toMatchObject({
      state: 'broken',
      repair: expect.stringContaining('usermod'),
    });
  });

  test('a Git that is too old is broken', async () => {
    const { exitCode, report: found } = await report(bareMachine(noDocker, ['git', 'echo git version 2.30.2']));
    expect(exitCode).toBe(1);
    expect(find(found, 'git').finding).toBe('git version 2.30.2; 2.37 or newer is needed');
  });

  test('a taken port is named with its owner and the flag that moves it', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    );
    writeFileSync(path.join(root, 'Pulumi.local.yaml'), `config:\n  slipway:registryPort: "${port}"\n`);
    const { exitCode, report: found } = await report(bareMachine(noDocker));
    rmSync(path.join(root, 'Pulumi.local.yaml'));
    await new Promise((resolve) => server.close(resolve));
    expect(exitCode).toBe(1);
    const ports = found.checks.filter(({ name, state }) => name === 'ports' && state === 'broken');
    expect(ports.map(({ finding }) => finding).join()).toMatch(
      new RegExp(`port ${port} of 127.0.0.1 is held by .*pid ${process.pid}`),
    );
    expect(ports.map(({ repair }) => repair).join()).toContain('--registry-port');
  });

  test('for people it is one line each, and nothing is changed by looking', async () => {
    const state = path.join(root, '.slipway');
    rmSync(state, { recursive: true, force: true });
    const { stdout } = await inProcess(['doctor'], bareMachine(noDocker));
    expect(stdout).toMatch(
      /^machine +ok: Debian GNU\/Linux 12 \(bookworm\), x64, 4 cores, 16 GiB memory, 100 GiB disk/m,
    );
    expect(stdout).toMatch(/^ingress +will be handled: /m);
    expect(
      stdout.split('\n').filter((line) => !/^[a-z ]+ {2}(ok|will be handled|note|broken|repair): /.test(line)),
    ).toEqual(['']);
    expect(existsSync(state)).toBe(false);
  });
});

describe('up', () => {
  test('stops before touching anything where the machine is not ready', async () => {
    const denied = ['docker', 'echo "permission denied" >&2; exit 1'] as const;
    const { exitCode, stdout, stderr } = await inProcess(['up', '--no-install'], bareMachine(denied));
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('this machine is not ready, and nothing was changed');
    expect(stderr).toContain('usermod');
    expect(existsSync(path.join(root, '.slipway'))).toBe(false);
    expect(existsSync(path.join(root, 'Pulumi.local.yaml'))).toBe(false);
  });

  test('a second one fails at once and names the first', async () => {
    mkdirSync(path.join(root, '.slipway'), { recursive: true });
    writeFileSync(path.join(root, '.slipway/up.lock'), JSON.stringify({ pid: process.pid, purpose: '`slipway up`' }));
    const { exitCode, stderr } = await spawned(['up'], { root });
    rmSync(path.join(root, '.slipway'), { recursive: true });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`process ${process.pid} is busy with \`slipway up\``);
  });

  test('ports that meet are refused', async () => {
    const { exitCode, stderr } = await inProcess(['up', '--http-port', '8080', '--https-port', '8080'], { root });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('they must differ');
  });

  test('Ctrl-C ends it with 130', async () => {
    const hanging = ['docker', 'sleep 5'] as const;
    const options = bareMachine(hanging, ['sleep', 'exec /bin/sleep "$@"']);
    const { exitCode, stderr } = await spawned(['up'], {
      ...options,
      signal: { name: 'SIGINT', on: /look at this machine/ },
    });
    expect(exitCode).toBe(130);
    expect(stderr).toContain('interrupting');
  });
});

describe('down', () => {
  test('where nothing was made says so, twice, and leaves nothing of its own', async () => {
    for (let time = 1; time <= 2; time += 1) {
      const { exitCode, stdout } = await inProcess(['down'], bareMachine());
      expect(exitCode).toBe(0);
      expect(stdout).toBe('verified: nothing left of platform slipway\n');
      expect(existsSync(path.join(root, '.slipway'))).toBe(false);
    }
  });

  test('ends what is left of an engine that was killed, and names what is not its own', async () => {
    const options = bareMachine();
    const state = path.join(root, '.slipway');
    const tool = path.join(root, 'cache/tools/pulumi-language-nodejs/v1/pulumi-language-nodejs');
    mkdirSync(path.dirname(tool), { recursive: true });
    mkdirSync(state, { recursive: true });
    copyFileSync('/bin/sleep', tool);
    const host = spawn(tool, ['300'], { cwd: state, stdio: 'ignore' });
    const shell = spawn('/bin/sleep', ['300'], { cwd: state, stdio: 'ignore' });
    const ended = new Promise((resolve) => host.on('exit', (_code, signal) => resolve(signal)));
    const { exitCode, stdout } = await inProcess(['down'], options);
    shell.kill();
    expect(await ended).toBe('SIGTERM');
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`LEFT     process sleep (pid ${shell.pid})`);
    expect(stdout).toContain('1 things of platform slipway are left');
  });

  test('leaves the cluster of another project alone, though it has the same name', async () => {
    const node = {
      Id: 'n1',
      Name: '/slipway-control-plane',
      Image: 'i',
      State: { Running: true, Status: 'running', ExitCode: 0, Pid: 1 },
      Config: { Image: 'kindest/node', Labels: { 'io.x-k8s.kind.cluster': 'slipway' } },
      Mounts: [],
      NetworkSettings: { Networks: { slipway: {} } },
      HostConfig: { PortBindings: null, RestartPolicy: { Name: 'no' } },
    };
    const network = [
      { Name: 'slipway', Labels: { 'slipway.dev/platform': 'slipway', 'slipway.dev/project': '/elsewhere/.slipway' } },
    ];
    const docker = [
      'case "$1 $2" in',
      `  "info "*) echo '${JSON.stringify({ ServerVersion: '28.0.0', CgroupVersion: '2', DefaultRuntime: 'lean' })}' ;;`,
      '  "ps "*) case "$*" in *io.x-k8s.kind.cluster*) echo n1 ;; esac ;;',
      `  "container inspect") case "$3" in n1) echo '${JSON.stringify([node])}' ;; *) echo "no such container" >&2; exit 1 ;; esac ;;`,
      `  "network inspect") echo '${JSON.stringify(network)}' ;;`,
      '  "volume ls") ;;',
      '  *) echo "no such object" >&2; exit 1 ;;',
      'esac',
    ].join('\n');
    const { exitCode, stdout, stderr } = await inProcess(['down'], bareMachine(['docker', docker]));
    expect(stderr).toContain('it belongs to the project with state folder /elsewhere/.slipway; it stays');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'verified: nothing left of platform slipway\n' });
  });

  test('removes what a half-made up has left, also where the catalog is broken', async () => {
    await inProcess(['env'], { root });
    const file = path.join(root, 'apps/platform.ts');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, 'broken(');
    const { exitCode, stdout } = await inProcess(['down', '--json'], bareMachine());
    writeFileSync(file, before);
    expect(exitCode).toBe(0);
    const receipt = JSON.parse(stdout) as { clean: boolean; entries: { name: string; state: string }[] };
    expect(receipt.clean).toBe(true);
    expect(receipt.entries.map(({ name }) => path.basename(name))).toContain('passphrase');
    expect(existsSync(path.join(root, 'Pulumi.local.yaml'))).toBe(false);
  });
});

describe('supply', () => {
  test('a tool that it does not have is refused with those it has', async () => {
    const { exitCode, stderr } = await inProcess(['supply', 'path', 'helm'], { root });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('the supply has no tool "helm"');
    expect(stderr).toContain('kubectl');
  });

  test('an archive that is none is refused', async () => {
    const { exitCode, stderr } = await inProcess(['supply', 'load', 'package.json'], bareMachine());
    expect(exitCode).toBe(1);
    expect(stderr).toContain('is not a supply archive');
  });
});
