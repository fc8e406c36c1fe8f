import { spawn, type ChildProcess } from 'node:child_process';
import { exec, type ExecResult } from '../../core/exec';
import { gitVariables } from '../../core/git-variables';

/** Reads a repository and never writes to it, not even its index. */
export class GitReader {
  constructor(
    readonly folder: string,
    private readonly signal?: AbortSignal,
  ) {}

  /** @throws CommandFailed unless it exits 0 */
  async run(...args: readonly string[]): Promise<string> {
    return (await this.exec(args, false)).stdout;
  }

  /** What came of it, also where it failed. */
  try(...args: readonly string[]): Promise<ExecResult> {
    return this.exec(args, true);
  }

  private exec(args: readonly string[], allowFailure: boolean): Promise<ExecResult> {
    return exec('git', args, {
      cwd: this.folder,
      env: environment(),
      allowFailure,
      ...(this.signal && { signal: this.signal }),
    });
  }

  /** Parts of a commit as a tar stream. */
  archive(commit: string, parts: readonly string[]): NodeJS.ReadableStream {
    return this.spawn(['archive', '--format=tar', commit, '--', ...parts], 'ignore').stdout!;
  }

  private spawn(args: readonly string[], input: 'pipe' | 'ignore'): ChildProcess {
    return spawn('git', args, {
      cwd: this.folder,
      env: { ...process.env, ...environment() } as NodeJS.ProcessEnv,
      stdio: [input, 'pipe', 'ignore'],
      ...(this.signal && { signal: this.signal }),
    });
  }

  /**
   * The content of blobs, in the order they were asked for; undefined for one that the repository lacks, as a partial
   * clone does.
   */
  blobs(ids: readonly string[]): Promise<(Buffer | undefined)[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const child = this.spawn(['cat-file', '--batch'], 'pipe');
      const chunks: Buffer[] = [];
      child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
      child.on('error', reject);
      child.on('close', () => resolve(splitBatch(Buffer.concat(chunks), ids.length)));
      child.stdin!.on('error', () => undefined).end(`${ids.join('\n')}\n`);
    });
  }
}

/** `<id> blob <size>`, the content and a line break for each; `<id> missing` for what is not there. */
function splitBatch(output: Buffer, count: number): (Buffer | undefined)[] {
  const blobs: (Buffer | undefined)[] = [];
  let at = 0;
  while (blobs.length < count) {
    const end = output.indexOf(10, at);
    if (end < 0) {
      blobs.push(undefined);
      continue;
    }
    const [, type, size] = output.toString('latin1', at, end).split(' ');
    at = end + 1;
    if (size === undefined) {
      blobs.push(undefined);
      continue;
    }
    blobs.push(type === 'blob' ? output.subarray(at, at + Number(size)) : undefined);
    at += Number(size) + 1;
  }
  return blobs;
}

function environment(): Record<string, string | undefined> {
  return {
    ...Object.fromEntries(gitVariables.map((name) => [name, undefined])),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    // a blob that a partial clone lacks is a finding, not a download
    GIT_NO_LAZY_FETCH: '1',
    LC_ALL: 'C',
    GIT_CONFIG_COUNT: '1',
    // the project may belong to another user than the one who runs this, who already runs the project's code
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
  };
}
