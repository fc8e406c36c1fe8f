import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { CommandFailed } from '../../../core/exec';

export interface StreamOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Each line that the command says on standard error. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a command whose standard output is too large to keep, and hands it to `consume`. Resolves when both have ended;
 * the command is stopped where `consume` fails.
 *
 * @throws CommandFailed unless the command exits 0
 */
export async function streamCommand<T>(
  command: string,
  args: readonly string[],
  consume: (output: Readable) => Promise<T>,
  options: StreamOptions = {},
): Promise<T> {
  const child = spawn(command, args, { env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said = (said + chunk).slice(-8000);
    const line = chunk.trim().split('\n').at(-1);
    if (line) options.onLine?.(line);
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(new CommandFailed(command, args, error.code === 'ENOENT' ? 'is not installed' : error.message));
    });
    child.on('close', (code) => {
      const result = { stdout: '', stderr: said, exitCode: code ?? 143 };
      if (code === 0) resolve();
      else reject(new CommandFailed(command, args, `exited with ${code ?? 'a signal'}`, result));
    });
  });
  const consumed = consume(child.stdout).catch((error: unknown) => {
    child.kill('SIGTERM');
    throw error;
  });
  const [exit, result] = await Promise.allSettled([ended, consumed]);
  // a command that failed explains a broken stream better than the stream does, unless it was stopped for it
  if (exit.status === 'rejected' && !child.killed) throw exit.reason;
  if (result.status === 'rejected') throw result.reason;
  if (exit.status === 'rejected') throw exit.reason;
  return result.value;
}
