import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readdir, readlink, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { once } from 'node:events';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack, type Header, type Pack } from 'tar-stream';
import { UserError } from '../../../core/errors';
import { besides } from '../../../core/files';

interface Owned {
  /** In the image, without a leading slash. */
  readonly path: string;
  /** @default 0 */
  readonly uid?: number;
  /** @default 0 */
  readonly gid?: number;
}

/** One name in a layer. Parents that no entry names are folders of mode 0755 that belong to root. */
export type Entry =
  | (Owned & { readonly source: string; readonly mode: number })
  | (Owned & { readonly content: string | Buffer; readonly mode: number })
  | (Owned & { readonly folder: true; readonly mode: number })
  | (Owned & { readonly link: string });

/** A layer on disk: a gzipped tar, known by both of its digests. */
export interface Layer {
  readonly file: string;
  /** Of the tar, as an image's configuration names it. */
  readonly diffId: string;
  /** Of the gzipped tar, as a registry names it. */
  readonly digest: string;
  readonly bytes: number;
}

/** A stream that passes everything on and knows its sha256 and its length in the end. */
export function hashing(): { readonly stream: Transform; readonly result: () => { digest: string; bytes: number } } {
  const hash = createHash('sha256');
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, result: () => ({ digest: `sha256:${hash.digest('hex')}`, bytes }) };
}

/** What a tar says of one entry; what is missing gets a neutral default. */
export type EntryHeader = Partial<Header> & Pick<Header, 'name'>;

/** Puts one entry into a tar, from memory or from a stream of exactly `header.size` bytes. */
export async function addEntry(
  tar: Pack,
  header: EntryHeader,
  body: string | Buffer | AsyncIterable<Uint8Array> = '',
): Promise<void> {
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    await new Promise<void>((resolve, reject) => {
      tar.entry(header, body, (error) => (error ? reject(error) : resolve()));
    });
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const sink = tar.entry(header, (error) => (error ? reject(error) : resolve()));
    const copy = async (): Promise<void> => {
      for await (const chunk of body) if (!sink.write(chunk)) await once(sink, 'drain');
      sink.end(undefined);
    };
    copy().catch(reject);
  });
}

/** What a tar that is being packed gives, as a stream of Node's own kind. */
export function packed(tar: Pack): Readable {
  return Readable.from(tar as AsyncIterable<Uint8Array>, { objectMode: false });
}

/** Writes what `fill` puts into the tar as a gzipped layer. The file appears only when it is whole. */
export async function writeLayerFile(file: string, fill: (tar: Pack) => Promise<void>): Promise<Layer> {
  const tar = pack();
  const plain = hashing();
  const zipped = hashing();
  const temporary = besides(file);
  try {
    const written = pipeline(
      packed(tar),
      plain.stream,
      // the fastest level: a layer is unpacked next on the same machine, and its digest depends on this choice
      createGzip({ level: 1 }),
      zipped.stream,
      createWriteStream(temporary),
    );
    const filled = fill(tar).then(
      () => tar.finalize(),
      (error: Error) => {
        tar.destroy(error);
        throw error;
      },
    );
    await Promise.all([filled, written]);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const { digest, bytes } = zipped.result();
  return { file, diffId: plain.result().digest, digest, bytes };
}

function compare(left: { readonly path: string }, right: { readonly path: string }): number {
  return left.path < right.path ? -1 : left.path > right.path ? 1 : 0;
}

/** Entries and the parents that they miss, each name once, sorted so that a folder comes before what is in it. */
export function complete(entries: readonly Entry[]): readonly Entry[] {
  const byPath = new Map<string, Entry>();
  for (const entry of entries) {
    if (entry.path.startsWith('/') || entry.path.split('/').some((part) => ['', '.', '..'].includes(part))) {
      throw new Error(`"${entry.path}" is not a path inside an image`);
    }
    const present = byPath.get(entry.path);
    if (present !== undefined && !('folder' in present && 'folder' in entry)) {
      throw new Error(`"${entry.path}" is twice in one layer`);
    }
    byPath.set(entry.path, entry);
  }
  for (const { path: name } of entries) {
    for (let parent = path.posix.dirname(name); parent !== '.'; parent = path.posix.dirname(parent)) {
      if (!byPath.has(parent)) byPath.set(parent, { path: parent, folder: true, mode: 0o755 });
    }
  }
  return [...byPath.values()].sort(compare);
}

/**
 * Writes a layer of `entries`. The same entries and contents give the same bytes: sorted names, no times, no owners
 * but those given.
 *
 * @throws UserError naming all sources that are missing
 */
export async function writeLayer(file: string, entries: readonly Entry[]): Promise<Layer> {
  const sorted = complete(entries);
  const sizes = new Map<string, number>();
  const missing: string[] = [];
  for (const entry of sorted) {
    if (!('source' in entry)) continue;
    const status = await lstat(entry.source).catch(() => undefined);
    if (status?.isFile()) sizes.set(entry.path, status.size);
    else missing.push(`${entry.path}: there is no file ${entry.source}`);
  }
  if (missing.length > 0) {
    throw new UserError('an image cannot be assembled because parts of it are missing', {
      details: missing,
      repair: 'run `slipway doctor`, which says where each part comes from',
    });
  }
  return writeLayerFile(file, async (tar) => {
    for (const entry of sorted) {
      const header = { name: entry.path, uid: entry.uid ?? 0, gid: entry.gid ?? 0, mtime: new Date(0) };
      if ('link' in entry) await addEntry(tar, { ...header, type: 'symlink', mode: 0o777, linkname: entry.link });
      else if ('folder' in entry) await addEntry(tar, { ...header, type: 'directory', mode: entry.mode });
      else if ('content' in entry) await addEntry(tar, { ...header, mode: entry.mode }, entry.content);
      else {
        const size = sizes.get(entry.path)!;
        await addEntry(tar, { ...header, mode: entry.mode, size }, createReadStream(entry.source));
      }
    }
  });
}

/**
 * The files and links below `folder` as entries at `target`. Modes are 0755 for what its owner may execute and 0644
 * for the rest, whatever the umask of the checkout was.
 */
export async function folderEntries(folder: string, target: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const source = path.join(folder, name);
    const inside = path.posix.join(target, name);
    const status = await lstat(source);
    if (status.isDirectory()) entries.push(...(await folderEntries(source, inside)));
    else if (status.isSymbolicLink()) entries.push({ path: inside, link: await readlink(source) });
    else entries.push({ path: inside, source, mode: status.mode & 0o100 ? 0o755 : 0o644 });
  }
  return entries;
}
