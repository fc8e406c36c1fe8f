import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exec } from '../../core/exec';
import { silentProgress } from '../../core/progress';
import { ensureEngine, removeEngine, type EnsureEngineOptions } from '../../infra/engine';
import { ownDaemon } from '../../infra/engine/daemon';
import { readMachine } from '../../infra/host/machine';
import { readMachineRecord } from '../../infra/host/machine-record';
import { installPackages, missingPackages, removeInstalledPackages } from '../../infra/host/packages';

const machine = readMachine();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'engine-e2e-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A daemon beside the machine's own one: no bridge, no firewall rules, folders and socket of its own. */
describe('a Docker daemon that nobody runs', () => {
  let options: EnsureEngineOptions;
  let tool: string;
  const inFolder = (name: string): string => path.join(folder, name);

  beforeAll(async () => {
    tool = inFolder('runc-lean');
    await exec('go', ['build', '-trimpath', '-o', tool, '.'], {
      cwd: path.resolve('infra/supply/go/runc-lean'),
      env: { CGO_ENABLED: '0' },
    });
    const configuration = inFolder('daemon.json');
    options = {
      allowInstall: false,
      progress: silentProgress,
      tool: async () => tool,
      machine,
      folder: inFolder('machine'),
      daemon: {
        configuration,
        env: { DOCKER_HOST: `unix://${inFolder('docker.sock')}` },
        args: [
          ...['--data-root', inFolder('data'), '--exec-root', inFolder('run'), '--config-file', configuration],
          ...['--host', `unix://${inFolder('docker.sock')}`, '--bridge', 'none'],
          ...['--iptables=false', '--ip6tables=false', '--ip-forward=false'],
        ],
      },
    };
    await exec('sh', ['-c', `echo '{"debug": false}' > ${configuration}`]);
  }, 300_000);

  afterAll(() => removeEngine(undefined, silentProgress, inFolder('machine')));

  test('is started, and runs privileged containers whatever the machine lacks', async () => {
    const engine = await ensureEngine(options);
    expect(engine).toMatchObject({ command: 'docker', startedByUs: true, lean: !machine.canRaiseLimits });
    expect(engine.notes.join()).toBe(
      machine.canRaiseLimits
        ? ''
        : 'root lacks CAP_SYS_RESOURCE here: Docker uses the runtime "lean", which does not ask for it',
    );
    await exec('sh', ['-c', `tar -C ${folder} -c runc-lean | docker import - probe`], { env: { ...engine.env } });
    const probe = await engine.run(['run', '--rm', '--privileged', '--network', 'none', 'probe', '/runc-lean'], {
      allowFailure: true,
    });
    // the program ran and said this; a container that cannot start exits with 125 or more
    expect(probe).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('runc is not installed') });
  }, 120_000);

  test('is adopted while it runs, and started again after a crash', async () => {
    const before = await ownDaemon(inFolder('machine'));
    await ensureEngine(options);
    expect(await ownDaemon(inFolder('machine'))).toBe(before);
    process.kill(before!, 'SIGKILL');
    while ((await ownDaemon(inFolder('machine'))) !== undefined) await sleep(50);
    const engine = await ensureEngine(options);
    expect(await ownDaemon(inFolder('machine'))).not.toBe(before);
    expect(engine.lean).toBe(!machine.canRaiseLimits);
  }, 120_000);

  test('stays while somebody has containers in it, then goes without a trace', async () => {
    const engine = await ensureEngine(options);
    await engine.run(['create', '--name', 'somebodys', 'probe', '/runc-lean']);
    const kept = await removeEngine(engine, silentProgress, inFolder('machine'));
    expect(kept).toContainEqual(
      expect.objectContaining({ kind: 'process', state: 'kept', reason: 'used by somebodys' }),
    );
    await engine.run(['rm', 'somebodys']);
    const changes = await removeEngine(engine, silentProgress, inFolder('machine'));
    expect(changes.map(({ state }) => state)).not.toContain('kept');
    expect(existsSync(inFolder('machine'))).toBe(false);
    expect(readFileSync(inFolder('daemon.json'), 'utf8')).toBe('{"debug": false}\n');
    await expect(engine.run(['version'])).rejects.toThrow();
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(folder);
  }, 120_000);

  test('a daemon that cannot come up is explained by its own log', async () => {
    const broken = { ...options, daemon: { ...options.daemon!, args: ['--no-such-flag'] } };
    await expect(ensureEngine(broken)).rejects.toMatchObject({
      message: 'the Docker daemon does not come up',
      details: expect.arrayContaining([expect.stringContaining('no-such-flag')]),
    });
  }, 120_000);
});

(machine.root && machine.packageManager === 'apt' ? describe : describe.skip)('system packages', () => {
  // small, and needed by nobody
  const name = 'hello';
  const options = { machine, progress: silentProgress, reason: 'a test needs it', allowInstall: true };

  test('are installed from a folder without any server, recorded and removed', async () => {
    const recordFolder = path.join(folder, 'record');
    const debs = path.join(folder, 'debs');
    mkdirSync(debs);
    expect(await missingPackages([name])).toEqual([name]);
    expect(await installPackages([name], { ...options, recordFolder })).toEqual([name]);
    expect(await readMachineRecord(recordFolder)).toEqual({ packages: [name] });
    expect(await removeInstalledPackages(silentProgress, recordFolder)).toEqual({ removed: [name], kept: [] });
    expect(await missingPackages([name])).toEqual([name]);
    await exec('apt-get', ['download', name], { cwd: debs });
    expect(readdirSync(debs)).toHaveLength(1);
    expect(await installPackages([name], { ...options, recordFolder, folder: debs })).toEqual([name]);
    expect(await installPackages([name], { ...options, recordFolder, folder: debs })).toEqual([]);
    expect(await removeInstalledPackages(silentProgress, recordFolder)).toEqual({ removed: [name], kept: [] });
    expect(await readMachineRecord(recordFolder)).toEqual({ packages: [] });
  }, 300_000);
});
