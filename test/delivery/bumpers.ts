import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { projectRoot } from '../../core/paths';
import type { BuiltImage } from '../../delivery/bump';
import type { ChangedLocks } from '../../delivery/change-locks';

export interface BumperOptions {
  readonly root: string;
  readonly url: string;
  readonly images: readonly BuiltImage[];
  readonly tell?: boolean;
  readonly patienceMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Given the process and what it has said so far. */
  readonly watch?: (child: ChildProcess, said: string) => void;
}

export interface Bumped {
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly result?: ChangedLocks & { readonly milliseconds: number };
}

/** A bump in a process of its own. Each has a cache of its own, so that they meet as those of different machines do. */
export function bumper({ env, watch, ...task }: BumperOptions): Promise<Bumped> {
  return new Promise((resolve) => {
    const script = path.join(__dirname, 'fixtures/bumper.ts');
    const child = spawn(process.execPath, ['--require', require.resolve('tsx/cjs'), script, JSON.stringify(task)], {
      cwd: projectRoot,
      env: { ...process.env, SLIPWAY_CACHE: path.join(task.root, '.slipway/cache'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      watch?.(child, stderr);
    });
    watch?.(child, '');
    child.on('close', (exitCode) =>
      resolve({ exitCode, stderr, ...(stdout !== '' && { result: JSON.parse(stdout) as Required<Bumped>['result'] }) }),
    );
  });
}
