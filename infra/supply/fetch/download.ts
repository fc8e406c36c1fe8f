import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open as openFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../core/errors';
import { open } from './request';
import { Passing, retrying, type Patience } from './retry';

export interface DownloadOptions {
  readonly patience: Patience;
  readonly signal?: AbortSignal;
  readonly onRetry?: (reason: string, pauseMs: number) => void;
}

/** The text at `url`, tried again while the failure may pass. @throws Unreachable; UserError above 4 MiB */
export function downloadText(url: string, options: DownloadOptions): Promise<string> {
  return retrying(
    url,
    options.patience,
    async () => {
      const { blocks } = await open(url, options.patience, options.signal && { signal: options.signal });
      const parts: Uint8Array[] = [];
      let bytes = 0;
      for await (const block of blocks()) {
        bytes += block.length;
        if (bytes > 4 << 20) throw new UserError(`${url} is larger than 4 MiB`);
        parts.push(block);
      }
      return Buffer.concat(parts).toString('utf8');
    },
    options,
  );
}

interface Part {
  readonly hash: Hash;
  readonly bytes: number;
}

async function readPart(file: string): Promise<Part> {
  const hash = createHash('sha256');
  let bytes = 0;
  if (await stat(file).catch(() => undefined)) {
    for await (const block of createReadStream(file)) {
      hash.update(block as Buffer);
      bytes += (block as Buffer).length;
    }
  }
  return { hash, bytes };
}

/**
 * Downloads `url` to `file`, going on where an earlier attempt or run stopped, hashing as it comes. The file appears
 * under its name when its sha256 is right; until then it lies at `<file>.part`.
 *
 * @param sha256 what it must be; without it whatever comes is taken
 * @param onBytes how many bytes are there, of how many where the server says
 * @returns the sha256
 * @throws Unreachable; UserError where the content is not what it must be, and then nothing stays
 */
export async function downloadFile(
  url: string,
  file: string,
  options: DownloadOptions & {
    readonly sha256?: string;
    readonly onBytes?: (bytes: number, total: number | undefined) => void;
  },
): Promise<string> {
  const partFile = `${file}.part`;
  await mkdir(path.dirname(file), { recursive: true });
  const attempt = async (): Promise<{ readonly sha256: string; readonly resumed: boolean }> => {
    const part = await readPart(partFile);
    const headers: Record<string, string> = part.bytes > 0 ? { range: `bytes=${part.bytes}-` } : {};
    const { response, blocks, close } = await open(url, options.patience, {
      headers,
      ...(options.signal && { signal: options.signal }),
    });
    if (response.status === 416) {
      // the part is as long as the whole, or longer: its digest decides, or it starts again
      close();
      const sha256 = part.hash.digest('hex');
      if (sha256 === options.sha256) return { sha256, resumed: true };
      await rm(partFile, { force: true });
      throw new Passing('HTTP 416');
    }
    const resumed =
      response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${part.bytes}-`);
    const hash = resumed ? part.hash : createHash('sha256');
    let bytes = resumed ? part.bytes : 0;
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    const total = Number.isNaN(length) ? undefined : bytes + length;
    const handle = await openFile(partFile, resumed ? 'a' : 'w');
    try {
      for await (const block of blocks()) {
        await handle.writeFile(block);
        hash.update(block);
        bytes += block.length;
        options.onBytes?.(bytes, total);
      }
      if (total !== undefined && bytes < total) throw new Passing(`cut off after ${bytes} of ${total} bytes`);
      await handle.sync();
    } finally {
      close();
      await handle.close();
    }
    return { sha256: hash.digest('hex'), resumed: resumed === true };
  };
  for (;;) {
    const { sha256, resumed } = await retrying(url, options.patience, attempt, options);
    if (options.sha256 === undefined || options.sha256 === sha256) {
      await rename(partFile, file);
      return sha256;
    }
    await rm(partFile, { force: true });
    // the part may have been of another file, so a resumed one gets one more chance from its first byte
    if (resumed) continue;
    throw new UserError(`${url} is not what its publisher says it is, and was thrown away`, {
      details: [`expected: sha256 ${options.sha256}`, `got:      sha256 ${sha256}`],
      repair: 'start again; if it stays wrong, something on the way changes it or the release was replaced',
    });
  }
}
