import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareMachine } from '../../cli/platform/machine';
import { openSupply } from '../../cli/platform/supply';
import { projectRoot } from '../../core/paths';
import { createProgress } from '../../core/progress';

/** Names and ports of a platform that shares nothing with a user's own on the same machine. */
export interface TestPlatform {
  readonly name: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly registryPort: number;
  /** Where the events of its forge are received. @default workflows of pushes do not run */
  readonly ciPort?: number;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A clean clone of the project at its current commit, in a folder of its own, driven as a user would drive it. */
export class Workspace {
  readonly root: string;
  /** Variables of every command, beside those of this process. */
  readonly environment: Record<string, string> = {};

  constructor(readonly platform: TestPlatform) {
    this.root = path.join(mkdtempSync(path.join(os.tmpdir(), `${platform.name}-`)), 'project');
    execFileSync('git', ['clone', '--quiet', projectRoot, this.root]);
    this.git('config', 'user.name', 'Slipway end-to-end tests');
    this.git('config', 'user.email', 'tests@slipway.invalid');
    symlinkSync(path.join(projectRoot, 'node_modules'), path.join(this.root, 'node_modules'));
    // a link is not what the project's own rule ignores
    writeFileSync(path.join(this.root, '.git/info/exclude'), 'node_modules\n');
  }

  get settings(): readonly string[] {
    const { name, httpPort, httpsPort, registryPort, ciPort } = this.platform;
    return [
      `--name=${name}`,
      `--http-port=${httpPort}`,
      `--https-port=${httpsPort}`,
      `--registry-port=${registryPort}`,
      ciPort === undefined ? '--no-ci' : `--ci-port=${ciPort}`,
    ];
  }

  git(...args: string[]): string {
    return execFileSync('git', args, { cwd: this.root, encoding: 'utf8' }).trim();
  }

  read(file: string): string {
    return readFileSync(path.join(this.root, file), 'utf8');
  }

  write(file: string, content: string): void {
    writeFileSync(path.join(this.root, file), content);
  }

  /** Replaces text that must be there, so that a test never edits nothing. */
  edit(file: string, from: string | RegExp, to: string): void {
    const before = this.read(file);
    const after = before.replace(from, to);
    if (after === before) {
      throw new Error(`${file} has no ${String(from)} to replace`);
    }
    this.write(file, after);
  }

  commit(message: string): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', message);
    return this.git('rev-parse', 'HEAD');
  }

  start(...args: string[]): ChildProcess {
    return spawn(process.execPath, ['cli/bin.js', ...args], {
      cwd: this.root,
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
  }

  /** Runs a command of the CLI to its end; its progress is shown in the log of the test run. */
  async slipway(...args: string[]): Promise<CommandResult> {
    const child = this.start(...args);
    const stdout: string[] = [];
    const stderr: string[] = [];
    child.stdout!.setEncoding('utf8').on('data', (text: string) => stdout.push(text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr.push(text);
      process.stderr.write(text);
    });
    const exitCode = await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 137)));
    return { exitCode, stdout: stdout.join(''), stderr: stderr.join('') };
  }

  /** Like `slipway`, and a failure of the command is a failure of the test, with what it said. */
  async succeed(...args: string[]): Promise<CommandResult> {
    const result = await this.slipway(...args);
    if (result.exitCode !== 0) {
      throw new Error(`slipway ${args.join(' ')} exited with ${result.exitCode}\n${result.stdout}\n${result.stderr}`);
    }
    return result;
  }

  /** Runs kubectl of the platform's own supply against the platform's own kubeconfig. */
  kubectl(...args: string[]): string {
    const script = 'eval "$(node cli/bin.js env)" && exec kubectl "$@"';
    return execFileSync('bash', ['-c', script, 'kubectl', ...args], { cwd: this.root, encoding: 'utf8' });
  }

  /**
   * Asks the ingress as a client on the host would, without touching the machine's name resolution.
   *
   * @param body sent as JSON by POST; without it the request is a GET
   * @param port of another cluster's ingress. @default that of the platform's own cluster
   */
  ask(host: string, target: string, body?: object, port = this.platform.httpPort): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = request(
        {
          host: '127.0.0.1',
          port,
          path: target,
          method: body === undefined ? 'GET' : 'POST',
          headers: { host, ...(body && { 'content-type': 'application/json' }) },
          timeout: 10_000,
          agent: false,
        },
        (response) => {
          const chunks: string[] = [];
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => chunks.push(chunk));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: chunks.join('') }));
        },
      );
      call.on('timeout', () => call.destroy(new Error(`http://${host}${target} did not answer within 10 s`)));
      call.on('error', reject);
      call.end(body && JSON.stringify(body));
    });
  }

  remove(): void {
    rmSync(path.dirname(this.root), { recursive: true, force: true });
  }
}

/** Repeats `probe` until it returns a value, and fails with the last reason after `timeoutSeconds`. */
export async function eventually<T>(
  what: string,
  timeoutSeconds: number,
  probe: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  let reason = 'no answer yet';
  while (Date.now() < deadline) {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      reason = String(error);
    }
    await sleep(500);
  }
  throw new Error(`${what} did not happen within ${timeoutSeconds} s: ${reason}`);
}

/** Starts the machine's container engine, or installs one, as `up` does: for a test that asks it before `up` runs. */
export async function startEngine(): Promise<void> {
  const progress = createProgress();
  await prepareMachine({ supply: openSupply({ progress, signal: new AbortController().signal }), progress });
}

/** What the engine holds that carries the name of a platform. */
export function engineObjects(
  name: string,
): Readonly<Record<'containers' | 'volumes' | 'networks' | 'images', readonly string[]>> {
  const list = (...args: string[]): readonly string[] =>
    execFileSync('docker', args, { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line !== '')
      .sort();
  return {
    containers: list('ps', '--all', '--filter', `name=^${name}`, '--format', '{{.Names}}'),
    volumes: list('volume', 'ls', '--format', '{{.Name}}'),
    networks: list('network', 'ls', '--filter', `name=^${name}`, '--format', '{{.Name}}'),
    images: list('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'),
  };
}
