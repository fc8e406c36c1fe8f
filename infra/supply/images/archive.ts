import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { UserError } from '../../../core/errors';
import { besides } from '../../../core/files';
import { addEntry, packed, type Layer } from './layer';

/** How an image is run, in the words of the OCI image configuration. */
export interface ImageConfig {
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly StopSignal?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

/** The configuration document of an image; its digest is the image's id. */
export interface ImageDocument {
  readonly architecture: string;
  readonly os: string;
  readonly created: string;
  readonly config: ImageConfig;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly string[] };
}

/** The architecture of this machine, in the words of images. */
export const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** The document for `config` over `layers`. It holds no time, so that the same inputs give the same image. */
export function imageDocument(config: ImageConfig, layers: readonly Layer[]): ImageDocument {
  return {
    architecture,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
  };
}

/**
 * Writes a docker-archive, which `docker load`, `podman load`, `ctr images import`, `kind load` and `crane push` all
 * take. Layers stay gzipped in it, so pushing it compresses nothing again.
 *
 * @param file appears only when it is whole
 */
export async function writeArchive(
  file: string,
  reference: string,
  document: ImageDocument,
  layers: readonly Layer[],
): Promise<void> {
  const body = JSON.stringify(document);
  const id = createHash('sha256').update(body).digest('hex');
  const names = layers.map((layer) => `${layer.diffId.replace('sha256:', '')}/layer.tar`);
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = besides(file);
  const tar = pack();
  const common = { mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) };
  const fill = async (): Promise<void> => {
    const manifest = [{ Config: `${id}.json`, RepoTags: [reference], Layers: names }];
    await addEntry(tar, { ...common, name: 'manifest.json' }, JSON.stringify(manifest));
    await addEntry(tar, { ...common, name: `${id}.json` }, body);
    for (const [index, layer] of layers.entries()) {
      // the same layer twice in one image (two empty ones, say) is stored once
      if (names.indexOf(names[index]!) !== index) continue;
      await addEntry(tar, { ...common, name: names[index]!, size: layer.bytes }, createReadStream(layer.file));
    }
    tar.finalize();
  };
  try {
    await Promise.all([
      fill().catch((error: Error) => {
        tar.destroy(error);
        throw error;
      }),
      pipeline(packed(tar), createWriteStream(temporary)),
    ]);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What a docker-archive says of its image. */
export interface ArchiveContents {
  readonly references: readonly string[];
  readonly document: ImageDocument;
  /** Names of the layers in the archive, lowest first. */
  readonly layers: readonly string[];
}

/**
 * Reads the manifest and configuration of a docker-archive of one image, whatever order its entries are in.
 *
 * @throws UserError where the file is no such archive
 */
export async function readArchive(file: string): Promise<ArchiveContents> {
  const documents = new Map<string, Buffer>();
  const reader = extract();
  const broken = (why: string, cause?: unknown): UserError =>
    new UserError(`${file} is not an image archive: ${why}`, { repair: `remove ${file} and start again`, cause });
  const read = async (): Promise<void> => {
    for await (const entry of reader) {
      const chunks: Buffer[] = [];
      // configurations are a few kilobytes; anything large is a layer and passes by
      const small = (entry.header.size ?? 0) < 4 * 1024 * 1024 && entry.header.type === 'file';
      for await (const chunk of entry) if (small) chunks.push(chunk as Buffer);
      if (small) documents.set(entry.header.name, Buffer.concat(chunks));
    }
  };
  await Promise.all([pipeline(createReadStream(file), reader), read()]).catch((error: Error) => {
    throw broken(error.message, error);
  });
  const listed = documents.get('manifest.json');
  if (listed === undefined) throw broken('it has no manifest.json');
  const images = JSON.parse(listed.toString()) as { Config: string; RepoTags: string[] | null; Layers: string[] }[];
  const [image] = images;
  if (image === undefined || images.length !== 1) throw broken(`it holds ${images.length} images instead of 1`);
  const document = documents.get(image.Config);
  if (document === undefined) throw broken(`${image.Config} is missing`);
  return {
    references: image.RepoTags ?? [],
    document: JSON.parse(document.toString()) as ImageDocument,
    layers: image.Layers,
  };
}
