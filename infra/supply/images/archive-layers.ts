import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, type Pack } from 'tar-stream';
import { UserError } from '../../../core/errors';
import { readArchive, type ArchiveContents } from './archive';
import { addEntry, hashing, writeLayerFile, type EntryHeader, type Layer } from './layer';

/** The archive's layers as files in `folder`, each as it is in the archive, plain or gzipped. */
async function extractLayers(file: string, names: readonly string[], folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const aliases = new Map<string, string>();
  const reader = extract();
  const read = async (): Promise<void> => {
    for await (const entry of reader) {
      const { name, type, linkname } = entry.header;
      if (!names.includes(name)) {
        entry.resume();
      } else if (type === 'symlink') {
        // older engines store a layer that an image has twice as a link to the first
        aliases.set(name, path.posix.normalize(path.posix.join(path.posix.dirname(name), linkname)));
        entry.resume();
      } else {
        const target = path.join(folder, `${files.size}.layer`);
        files.set(name, target);
        await pipeline(
          Readable.from(entry as AsyncIterable<Uint8Array>, { objectMode: false }),
          createWriteStream(target),
        );
      }
    }
  };
  await Promise.all([pipeline(createReadStream(file), reader), read()]);
  for (const [name, target] of aliases) {
    const aliased = files.get(target);
    if (aliased !== undefined) files.set(name, aliased);
  }
  return files;
}

async function isGzipped(file: string): Promise<boolean> {
  for await (const chunk of createReadStream(file, { start: 0, end: 1 })) {
    return (chunk as Buffer)[0] === 0x1f && (chunk as Buffer)[1] === 0x8b;
  }
  return false;
}

export interface OpenArchive extends ArchiveContents {
  /** The files of the layers, lowest first. */
  readonly files: readonly string[];
}

/** Reads an archive and unpacks its layers into `folder`. */
export async function openArchive(file: string, folder: string): Promise<OpenArchive> {
  const contents = await readArchive(file);
  const extracted = await extractLayers(file, contents.layers, folder);
  const files = contents.layers.map((name) => {
    const layer = extracted.get(name);
    if (layer === undefined) throw new UserError(`${file} is not an image archive: ${name} is missing`);
    return layer;
  });
  return { ...contents, files };
}

/** The layer in `file` byte for byte: as it is where it is gzipped, gzipped where it is not. */
export async function sameLayer(file: string, diffId: string): Promise<Layer> {
  const { stream, result } = hashing();
  if (await isGzipped(file)) {
    await pipeline(createReadStream(file), stream.resume());
    return { file, diffId, ...result() };
  }
  const zipped = `${file}.gz`;
  await pipeline(createReadStream(file), createGzip({ level: 1 }), stream, createWriteStream(zipped));
  return { file: zipped, diffId, ...result() };
}

/** The layer in `file` without times and names of owners, so that building it again gives the same bytes. */
export async function timelessLayer(file: string): Promise<Layer> {
  const reader = extract();
  const fill = async (tar: Pack): Promise<void> => {
    for await (const entry of reader) {
      const { name, type, size, mode, uid, gid, linkname } = entry.header;
      const header: EntryHeader = { name, type, mode, uid, gid, mtime: new Date(0), ...(linkname && { linkname }) };
      if (type === 'file' && size > 0) await addEntry(tar, { ...header, size }, entry as AsyncIterable<Uint8Array>);
      else {
        entry.resume();
        await addEntry(tar, header);
      }
    }
  };
  const plain = (await isGzipped(file)) ? [createReadStream(file), createGunzip()] : [createReadStream(file)];
  const [layer] = await Promise.all([writeLayerFile(`${file}.timeless`, fill), pipeline([...plain, reader])]);
  return layer;
}
