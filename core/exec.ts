import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { UserError } from './errors';

export interface ExecOptions {
  /** @default the current folder */
  readonly cwd?: string;
  /** Added to the environment of this process; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Written to standard input, which is closed otherwise. Secrets go here, never into arguments. */
  readonly input?: string | Buffer;
  /** After this the command and its children are killed. @default no limit */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Each line of standard output and standard error as it comes. */
  readonly onLine?: (line: string) => void;
  /** Resolve with a non-zero exit code instead of throwing. @default false */
  readonly allowFailure?: boolean;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  /** 128 + the signal's number where a signal ended the command. */
  readonly exitCode: number;
}

/** A command that could not be started, timed out or exited non-zero. */
export class CommandFailed extends UserError {
  readonly result: ExecResult | undefined;
  /** How it ended, such as `exited with 1`. */
  readonly reason: string;

  constructor(command: string, args: readonly string[], reason: string, result?: ExecResult) {
    const output = (result?.stderr.trim() || result?.stdout.trim() || '').split('\n').slice(-15);
    super(`\`${[command, ...args].join(' ')}\` ${reason}`, { details: output.filter((line) => line !== '') });
    this.name = 'CommandFailed';
    this.reason = reason;
    this.result = result;
  }
}

/** Groups of commands that run now. They are no children of the terminal's group, so they are ended with this process. */
const running = new Set<number>();
process.on('exit', () => {
  for (const group of running) killGroup(group);
});

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended already
  }
}

/**
 * Runs a command without a shell, in a process group of its own so that a timeout or an abort ends its children too.
 * Output is collected as text; use `input` for anything secret, since arguments are visible to every user.
 *
 * @throws CommandFailed unless the command exits 0 or `allowFailure` is set
 */
export function exec(command: string, args: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env } as NodeJS.ProcessEnv,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    if (child.pid !== undefined) running.add(child.pid);
    const out: string[] = [];
    const err: string[] = [];
    let ended: string | undefined;
    const kill = (why: string): void => {
      ended ??= why;
      if (child.pid !== undefined) killGroup(child.pid);
    };
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => kill(`took longer than ${options.timeoutMs! / 1000} s`), options.timeoutMs);
    const onAbort = (): void => kill('was interrupted');
    if (options.signal?.aborted) onAbort();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => out.push(chunk));
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => err.push(chunk));
    if (options.onLine !== undefined) {
      for (const stream of [child.stdout!, child.stderr!]) {
        createInterface({ input: stream }).on('line', options.onLine);
      }
    }
    if (options.input !== undefined) {
      child.stdin!.on('error', () => undefined).end(options.input);
    }
    const finish = (): void => {
      if (child.pid !== undefined) running.delete(child.pid);
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      finish();
      reject(
        new CommandFailed(
          command,
          args,
          error.code === 'ENOENT' ? 'is not installed' : `cannot be started: ${error.message}`,
        ),
      );
    });
    child.on('close', (code, signal) => {
      finish();
      const exitCode = code ?? 128 + (signal === 'SIGKILL' ? 9 : 15);
      const result = { stdout: out.join(''), stderr: err.join(''), exitCode };
      if (ended !== undefined) {
        reject(new CommandFailed(command, args, ended, result));
      } else if (exitCode !== 0 && options.allowFailure !== true) {
        reject(new CommandFailed(command, args, `exited with ${exitCode}`, result));
      } else {
        resolve(result);
      }
    });
  });
}
