import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { UserError } from '../../../core/errors';
import { INDEX, SUMS, UNPACK, isSafePath, type ArchiveIndex } from './format';

const again = 'copy the archive again, or save it anew with `slipway supply save`';

function parseIndex(file: string, content: string): ArchiveIndex {
  const index = JSON.parse(content) as ArchiveIndex;
  if (index.format !== 'slipway-supply') throw new UserError(`${file} is not a supply archive`);
  if (index.formatVersion !== 1) {
    throw new UserError(`${file} is of format ${String(index.formatVersion)}, this version of Slipway reads 1`, {
      repair: 'load it with the version of Slipway that saved it; its history is in the archive',
    });
  }
  const unsafe = index.parts.find((part) => !isSafePath(part.path));
  if (unsafe !== undefined) throw new UserError(`${file} would write outside of the cache: ${unsafe.path}`);
  return index;
}

async function textOf(stream: Readable): Promise<string> {
  const blocks: Buffer[] = [];
  for await (const block of stream) blocks.push(block as Buffer);
  return Buffer.concat(blocks).toString('utf8');
}

/** Reads one entry to its end, into `target` where there is one. @returns its sha256 */
async function consume(entry: Readable, executable: boolean, target: string | undefined): Promise<string> {
  const hash = createHash('sha256');
  if (target !== undefined) await mkdir(path.dirname(target), { recursive: true });
  const handle = target === undefined ? undefined : await open(target, 'wx', executable ? 0o755 : 0o644);
  try {
    for await (const block of entry) {
      hash.update(block as Buffer);
      await handle?.writeFile(block as Buffer);
    }
  } finally {
    await handle?.close();
  }
  return hash.digest('hex');
}

export interface ReadOptions {
  /** Looks at the index before any part is read; throws to refuse. */
  readonly accept: (index: ArchiveIndex) => void;
  /** Where the parts are written. @default nowhere: they are only checked */
  readonly target?: string;
  /** @param fraction of the archive that has been read */
  readonly onFraction: (fraction: number) => void;
}

/**
 * Reads an archive from its first to its last byte, checking that every part of its index is there, whole, and nothing
 * else.
 *
 * @throws UserError where it is no supply archive, cut off or damaged
 */
export async function readArchive(file: string, options: ReadOptions): Promise<ArchiveIndex> {
  const size = await stat(file).then(
    (status) => status.size,
    () => {
      throw new UserError(`there is no file ${file}`);
    },
  );
  let read = 0;
  const watch = new Transform({
    transform(block: Buffer, _encoding, done) {
      read += block.length;
      options.onFraction(read / size);
      done(null, block);
    },
  });
  const tar = extract();
  const input = pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), watch, tar);
  input.catch(() => undefined);
  let index: ArchiveIndex | undefined;
  let next = 0;
  try {
    for await (const entry of tar) {
      const { name } = entry.header;
      if (index === undefined && name === UNPACK) {
        await textOf(entry as unknown as Readable);
      } else if (index === undefined && name === INDEX) {
        index = parseIndex(file, await textOf(entry as unknown as Readable));
        options.accept(index);
      } else if (index !== undefined && next === 0 && name === SUMS) {
        await textOf(entry as unknown as Readable);
      } else {
        const part = index?.parts[next];
        if (part === undefined || part.path !== name)
          throw new UserError(`${file} is not a supply archive: ${name} is not in its index`);
        const target = options.target && path.join(options.target, name);
        if ((await consume(entry as unknown as Readable, part.executable, target)) !== part.sha256) {
          throw new UserError(`${file} is damaged: ${name} is not what its index says`, { repair: again });
        }
        next += 1;
      }
    }
    await input;
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (index !== undefined && (next < index.parts.length || /unexpected end/i.test((error as Error).message))) {
      throw new UserError(`${file} is cut off after ${next} of ${index.parts.length} parts`, {
        repair: again,
        cause: error,
      });
    }
    throw new UserError(`${file} is not a supply archive: ${(error as Error).message}`, { cause: error });
  }
  if (index === undefined) throw new UserError(`${file} is not a supply archive`);
  if (next < index.parts.length) {
    throw new UserError(`${file} is cut off after ${next} of ${index.parts.length} parts`, { repair: again });
  }
  return index;
}
