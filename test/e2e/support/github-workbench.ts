import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import os from 'node:os';
import path from 'node:path';
import { stateFiles } from '../../../cli/platform/project';
import { ensureBackend, pulumiEnvironment } from '../../../cli/platform/pulumi';
import { linkCommand } from '../../../cli/platform/tools';
import { projectRoot } from '../../../core/paths';
import { createSupply } from '../../../infra/supply';
import type { OnGithub } from './github-stand-in';

export interface Run {
  readonly exitCode: number;
  readonly output: string;
}

/** A project of Pulumi in a folder of its own, the real engine, and stand-ins for the services on the other side. */
export class GithubWorkbench {
  readonly root = mkdtempSync(path.join(os.tmpdir(), 'slipway-forge-'));
  private readonly world = path.join(this.root, 'world');
  private readonly processes: ChildProcess[] = [];
  private environment: NodeJS.ProcessEnv = {};

  /** @param main TypeScript of the program */
  async start(
    main: string,
    catalog: object,
    providers: readonly ('github' | 'slipway' | 'kubernetes')[],
  ): Promise<void> {
    symlinkSync(path.join(projectRoot, 'node_modules'), path.join(this.root, 'node_modules'));
    writeFileSync(path.join(this.root, 'main.ts'), main);
    writeFileSync(path.join(this.root, 'catalog.json'), JSON.stringify(catalog));
    const runtime = 'runtime:\n  name: nodejs\n  options:\n    typescript: false\n    nodeargs: --require tsx/cjs\n';
    writeFileSync(path.join(this.root, 'Pulumi.yaml'), `name: slipway\n${runtime}main: main.ts\n`);
    const project = stateFiles(this.root);
    await ensureBackend(project);
    const supply = createSupply();
    for (const name of ['pulumi', 'pulumi-language-nodejs'] as const) {
      await linkCommand(project, name, await supply.tool(name));
    }
    const ports = await Promise.all(providers.map(async (name) => `${name}:${await this.serve(name)}`));
    this.environment = {
      ...process.env,
      ...pulumiEnvironment(project),
      PULUMI_DEBUG_PROVIDERS: ports.join(','),
      CATALOG: path.join(this.root, 'catalog.json'),
      GITHUB_TOKEN: 'ghp_token_of_the_environment',
    };
  }

  /** A provider in a process of its own, as the engine attaches to it. @returns its port */
  private async serve(name: string): Promise<string> {
    const script = path.join(__dirname, `${name}-stand-in.ts`);
    const child = spawn(process.execPath, ['--require', 'tsx/cjs', script], {
      cwd: projectRoot,
      env: { ...process.env, GITHUB_STAND_IN: this.world },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.processes.push(child);
    const [port] = (await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error(`the stand-in for ${name} ended`))),
    ])) as [string];
    return port;
  }

  /** Runs the engine to its end. */
  async pulumi(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Run> {
    const command = path.join(stateFiles(this.root).bin, 'pulumi');
    const child = spawn(command, ['--non-interactive', '--color=never', ...args], {
      cwd: this.root,
      env: { ...this.environment, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
    }
    const [exitCode] = (await once(child, 'close')) as [number];
    return { exitCode, output: chunks.join('') };
  }

  /** Like `pulumi`, and a failure of the engine is one of the test, with what it said. */
  async succeed(args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<string> {
    const { exitCode, output } = await this.pulumi(args, environment);
    if (exitCode !== 0) throw new Error(`pulumi ${args.join(' ')} exited with ${exitCode}\n${output}`);
    return output;
  }

  /** What is on GitHub now, as the stand-in keeps it. */
  onGithub(): readonly OnGithub[] {
    const file = `${this.world}.json`;
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as OnGithub[]) : [];
  }

  /** Somebody removes something on GitHub. */
  forget(id: string): void {
    this.write(this.onGithub().filter((one) => one.id !== id));
  }

  /** Somebody changes a repository on GitHub. */
  alter(repository: string, inputs: object): void {
    const isIt = (one: OnGithub): boolean => one.type.endsWith(':Repository') && one.id === repository;
    this.write(this.onGithub().map((one) => (isIt(one) ? { ...one, inputs: { ...one.inputs, ...inputs } } : one)));
  }

  private write(things: readonly OnGithub[]): void {
    writeFileSync(`${this.world}.json`, JSON.stringify(things));
  }

  /** What was asked of the stand-ins since the last time, one line each. */
  asked(): readonly string[] {
    const file = `${this.world}.log`;
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    rmSync(file, { force: true });
    return lines.map((line) => line.trim()).filter((line) => line !== '');
  }

  close(): void {
    for (const child of this.processes) child.kill();
    rmSync(this.root, { recursive: true, force: true });
  }
}
