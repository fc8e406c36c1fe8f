import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createHash } from 'node:crypto';
import { pack, type Pack } from 'tar-stream';
import { UserError } from '../../../core/errors';
import { besides } from '../../../core/files';
import { INDEX, SUMS, UNPACK, unpackScript, type ArchiveIndex, type ArchivePart } from './format';

/** A file and the path that it gets in the archive. */
export interface PartSource {
  readonly file: string;
  readonly path: string;
}

/** Hashes the files that go into an archive. @param onBytes how many bytes have been read since the last call */
export async function describeParts(
  sources: readonly PartSource[],
  onBytes: (bytes: number) => void,
): Promise<readonly ArchivePart[]> {
  const parts: ArchivePart[] = [];
  for (const { file, path: name } of sources) {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const block of createReadStream(file, { highWaterMark: 1 << 20 })) {
      hash.update(block as Buffer);
      bytes += (block as Buffer).length;
      onBytes((block as Buffer).length);
    }
    const executable = ((await stat(file)).mode & 0o111) !== 0;
    parts.push({ path: name, bytes, sha256: hash.digest('hex'), executable });
  }
  return parts;
}

function text(tar: Pack, name: string, content: string, mode = 0o644): void {
  tar.entry({ name, mode, mtime: new Date(0) }, content);
}

async function part(tar: Pack, source: string, of: ArchivePart, onBytes: (bytes: number) => void): Promise<void> {
  const hash = createHash('sha256');
  const header = { name: of.path, size: of.bytes, mode: of.executable ? 0o755 : 0o644, mtime: new Date(0) };
  const watch = new Transform({
    transform(block: Buffer, _encoding, done) {
      hash.update(block);
      onBytes(block.length);
      done(null, block);
    },
  });
  await pipeline(createReadStream(source, { highWaterMark: 1 << 20 }), watch, tar.entry(header));
  if (hash.digest('hex') !== of.sha256) {
    throw new UserError(`${source} changed while it was saved`, {
      repair: 'wait until nothing else uses the cache, then start again',
    });
  }
}

/** Writes an archive; it appears under its name when it is complete. */
export async function writeArchive(
  target: string,
  index: ArchiveIndex,
  sources: readonly PartSource[],
  onBytes: (bytes: number) => void,
): Promise<void> {
  const temporary = besides(target);
  const tar = pack();
  const written = pipeline(tar, createWriteStream(temporary, { flags: 'wx', highWaterMark: 1 << 20 }));
  // its failure is met by the await below; until then it must not be an unhandled one
  written.catch(() => undefined);
  try {
    const fill = async (): Promise<void> => {
      text(tar, UNPACK, unpackScript, 0o755);
      text(tar, INDEX, `${JSON.stringify(index)}\n`);
      text(tar, SUMS, index.parts.map(({ sha256, path: name }) => `${sha256}  ${name}\n`).join(''));
      for (const [at, source] of sources.entries()) await part(tar, source.file, index.parts[at]!, onBytes);
      tar.finalize();
    };
    await Promise.all([
      fill().catch((error: unknown) => {
        tar.destroy(error as Error);
        throw error;
      }),
      written,
    ]);
    const handle = await open(temporary, 'r');
    await handle.sync();
    await handle.close();
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
      throw new UserError(`${path.dirname(target)} has no room for the archive`, {
        repair: 'save it to another disk',
        cause: error,
      });
    }
    throw error;
  }
}
