import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** A log that grows line by line, is plain text, never holds a secret, and ends where a run talks without end. */
export interface RunLog {
  line(text: string): void;
  close(): Promise<void>;
}

export interface RunLogOptions {
  /** Values that are shown as `***`. */
  readonly secrets: readonly string[];
  /** @default 20 MiB */
  readonly limitBytes?: number;
}

/** Opens a log for writing; what was there is replaced. */
export async function openLog(file: string, options: RunLogOptions): Promise<RunLog> {
  const limit = options.limitBytes ?? 20 * 1024 * 1024;
  // the longest first, so that no part of one is left where another begins like it
  const secrets = options.secrets
    .filter((each) => each.length >= 4)
    .toSorted((left, right) => right.length - left.length);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const stream = createWriteStream(file, { mode: 0o600 });
  await once(stream, 'open');
  let failed: Error | undefined;
  stream.on('error', (error) => (failed = error));
  let size = 0;
  return {
    line(text) {
      if (size > limit) return;
      const plain = stripVTControlCharacters(text);
      const masked = secrets.reduce((result, secret) => result.replaceAll(secret, '***'), plain);
      size += Buffer.byteLength(masked) + 1;
      stream.write(size > limit ? `... the log ends here, at ${limit} bytes\n` : `${masked}\n`);
    },
    async close() {
      await new Promise<void>((resolve) => stream.end(resolve).once('error', () => resolve()));
      if (failed) throw failed;
    },
  };
}

/** Removes the logs of all but the newest runs. @param logs has one folder per run */
export async function pruneLogs(logs: string, keep: number): Promise<void> {
  const names = await readdir(logs).catch(() => [] as string[]);
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(path.join(logs, name))).mtimeMs })),
  );
  for (const { name } of dated.toSorted((left, right) => right.at - left.at).slice(keep)) {
    await rm(path.join(logs, name), { recursive: true, force: true });
  }
}
