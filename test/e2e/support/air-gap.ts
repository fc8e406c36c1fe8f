import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { LEAN_RUNTIME } from '../../../infra/engine/lean-runtime';
import { readMachine } from '../../../infra/host/machine';
import { eventually } from '../harness';

/**
 * A machine that reaches nothing, as far as one can be made here: a network namespace that has loopback and no route,
 * with a container engine, a home and a cache of its own. Its system packages are those of the real machine.
 */
export class AirGap {
  readonly folder: string;
  private readonly socket: string;
  private engine: ChildProcess | undefined;

  constructor(readonly name: string) {
    this.folder = mkdtempSync(path.join(os.tmpdir(), `${name}-`));
    this.socket = path.join(this.folder, 'docker.sock');
    mkdirSync(path.join(this.folder, 'home'));
  }

  /** Entered by itself alone: `ip netns exec` would hide the control groups that an engine needs. */
  private get namespace(): string {
    return `--net=/run/netns/${this.name}`;
  }

  /** @param runtime path of the runtime for machines without CAP_SYS_RESOURCE */
  async start(runtime: string): Promise<void> {
    execFileSync('ip', ['netns', 'add', this.name]);
    execFileSync('ip', ['-n', this.name, 'link', 'set', 'lo', 'up']);
    const configuration = path.join(this.folder, 'daemon.json');
    const lean = { 'default-runtime': LEAN_RUNTIME, runtimes: { [LEAN_RUNTIME]: { path: runtime } } };
    writeFileSync(configuration, JSON.stringify(readMachine().canRaiseLimits ? {} : lean));
    const inFolder = (name: string): string => path.join(this.folder, name);
    this.engine = spawn(
      'nsenter',
      [
        ...[this.namespace, 'dockerd', '--config-file', configuration, '--host', `unix://${this.socket}`],
        ...['--data-root', inFolder('data'), '--exec-root', inFolder('run'), '--pidfile', inFolder('dockerd.pid')],
      ],
      { stdio: 'ignore' },
    );
    await eventually('an engine without a network', 60, () => {
      return this.run('docker', ['info']).exitCode === 0 ? true : undefined;
    });
  }

  /** Runs a command where nothing can be reached. Its messages are shown in the log of the test run. */
  run(command: string, args: readonly string[], cwd = this.folder): { exitCode: number; stdout: string } {
    const { status, stdout } = spawnSync('nsenter', [this.namespace, command, ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', command === 'docker' ? 'ignore' : 'inherit'],
      env: {
        PATH: process.env['PATH'],
        HOME: path.join(this.folder, 'home'),
        SLIPWAY_CACHE: path.join(this.folder, 'cache'),
        DOCKER_HOST: `unix://${this.socket}`,
      },
    });
    return { exitCode: status ?? 137, stdout };
  }

  async remove(): Promise<void> {
    const engine = this.engine;
    if (engine !== undefined && engine.exitCode === null) {
      const ended = new Promise((resolve) => engine.once('exit', resolve));
      engine.kill('SIGTERM');
      await ended;
    }
    spawnSync('umount', ['--recursive', path.join(this.folder, 'data')], { stdio: 'ignore' });
    spawnSync('ip', ['netns', 'del', this.name], { stdio: 'ignore' });
    rmSync(this.folder, { recursive: true, force: true });
  }
}
