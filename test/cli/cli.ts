import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runCommandLine } from '../../cli/main';
import type { Surroundings } from '../../cli/context';
import { runCommand } from '../../cli/run';
import { projectRoot } from '../../core/paths';
import type { Progress } from '../../core/progress';

export interface Result {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly root?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What a command in this process takes for the world around it. */
  readonly surroundings?: Surroundings;
  /** Ends the command this way after it has said `on`. */
  readonly signal?: { readonly name: NodeJS.Signals; readonly on: RegExp };
}

/** Runs the command line as a user does, in a process of its own. */
export function slipway(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const root = options.root ?? projectRoot;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(root, 'cli/bin.js'), ...args], {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    let told = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      // once: the second would end it without a chance to tidy up
      if (!told && options.signal?.on.test(stderr)) told = child.kill(options.signal.name);
    });
    child.on('close', (code, signal) =>
      resolve({ exitCode: code ?? (signal === 'SIGINT' ? 130 : 137), stdout, stderr }),
    );
  });
}

/** Runs the command line in this process, on another project and with other variables. */
export async function inProcess(
  args: readonly string[],
  options: Pick<RunOptions, 'root' | 'env' | 'surroundings'> = {},
): Promise<Result> {
  let stdout = '';
  let stderr = '';
  const line = (text: string): void => void (stderr += `${text}\n`);
  const progress: Progress = {
    say: line,
    step: async (title, work) => {
      line(title);
      return work({ detail: (text) => line(`${title}: ${text}`), advance: () => undefined, say: line });
    },
  };
  const spies = (['stderr', 'stdout'] as const).map((stream) =>
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      stderr += String(text);
      return true;
    }),
  );
  const before = { ...process.env };
  Object.assign(process.env, options.env);
  try {
    const exitCode = await runCommandLine(args, (command) =>
      runCommand(command, {
        root: options.root ?? projectRoot,
        progress,
        ...(options.surroundings && { surroundings: options.surroundings }),
        out: (text) => void (stdout += text.endsWith('\n') ? text : `${text}\n`),
      }),
    );
    return { exitCode, stdout, stderr };
  } finally {
    process.env = before;
    for (const spy of spies) spy.mockRestore();
  }
}

/** A copy of the project that a test may spoil; its packages are the real ones. */
export function projectCopy(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'cli-'));
  const root = path.join(folder, 'project');
  for (const part of [
    'apps',
    'ci',
    'cli',
    'core',
    'delivery',
    'dist',
    'forge',
    'infra',
    'manifests',
    'package.json',
    'package-lock.json',
    'Pulumi.yaml',
    'tsconfig.json',
    '.gitignore',
  ]) {
    cpSync(path.join(projectRoot, part), path.join(root, part), {
      recursive: true,
      filter: (source) => !/\/(node_modules|build)$/.test(source),
    });
  }
  symlinkSync(path.join(projectRoot, 'node_modules'), path.join(root, 'node_modules'));
  const run = (...args: string[]): void => {
    const { status, stderr } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  };
  run('init', '--quiet', '--initial-branch=main');
  // a link is not what the project's own rule ignores
  writeFileSync(path.join(root, '.git/info/exclude'), 'node_modules\n');
  run('add', '--all');
  run('-c', 'user.name=Ada', '-c', 'user.email=ada@example.invalid', 'commit', '--quiet', '--message', 'Start');
  return root;
}

export async function removeCopy(root: string): Promise<void> {
  // what a failed command left running may still write a line
  await rm(path.dirname(root), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

/** Puts a program of our own before the real one on PATH. */
export function fakeProgram(folder: string, name: string, script: string): void {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}
