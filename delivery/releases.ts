import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readCatalogFiles } from '../apps/load';
import { parseRelease, serializeRelease } from '../apps/release';
import { isRecord } from '../apps/shape';
import type { Release, Released } from '../apps/model';
import { writeFileAtomic } from '../core/files';
import type { Repository } from './git';
import { lockFile, type LockFile } from './locks';

/** What an image is built from. */
export interface ImageRequest {
  readonly service: string;
  /** The service's folder at the commit `source`, absolute. */
  readonly folder: string;
  /** The root of the tree that the folder belongs to, absolute. */
  readonly root: string;
  /** The commit, 40 hexadecimal digits. */
  readonly source: string;
  /** The tag to push: the first seven digits of the commit. */
  readonly tag: string;
}

/** Builds and pushes an image. @returns its reference with registry and tag, and the digest that the registry gave */
export type ImageBuilder = (request: ImageRequest) => Promise<{ readonly image: string; readonly digest: string }>;

/** What a fresh release is called, in its tag and as the version that the service answers. */
export function versionOf(source: string): string {
  return source.slice(0, 7);
}

async function readLock(root: string, file: LockFile): Promise<Release> {
  return parseRelease(await readFile(path.join(root, file.path), 'utf8'));
}

/** The locks of a tree that name no release yet. */
async function unreleasedLocks(git: Repository): Promise<readonly LockFile[]> {
  const paths = await git.lines(['ls-files', '--', 'apps/*/releases/*.yaml']);
  const files = paths.map(lockFile).filter((file) => file !== undefined);
  const releases = await Promise.all(files.map((file) => readLock(git.folder, file)));
  return files.filter((_file, index) => releases[index]!.unreleased);
}

/** Those of them that can be built from here: what lives in a repository of its own is published by that one. */
export async function buildableLocks(git: Repository): Promise<readonly LockFile[]> {
  const locks = await unreleasedLocks(git);
  if (locks.length === 0) return locks;
  const { services } = await readCatalogFiles(git.folder, new Set(locks.map(({ service }) => service)));
  const elsewhere = new Set(
    services.filter(({ value }) => isRecord(value) && value['repository'] !== undefined).map(({ folder }) => folder),
  );
  return locks.filter(({ service }) => !elsewhere.has(service));
}

/**
 * Builds the services of the work tree that no release exists of and that live here, one image for all environments of a service, and
 * records what came of it in their locks. A hold stays.
 *
 * @param source the commit whose content lies in the work tree
 * @returns the names of the services that were built
 */
export async function recordReleases(git: Repository, source: string, build: ImageBuilder): Promise<readonly string[]> {
  const missing = await buildableLocks(git);
  const services = [...new Set(missing.map((file) => file.service))].sort();
  for (const service of services) {
    const version = versionOf(source);
    const folder = path.join(git.folder, 'apps', service);
    const built = await build({ service, folder, root: git.folder, source, tag: version });
    for (const file of missing.filter((one) => one.service === service)) {
      const { hold } = await readLock(git.folder, file);
      const release: Released = { ...built, version, source, ...(hold && { hold }) };
      await writeFileAtomic(path.join(git.folder, file.path), serializeRelease(release));
    }
  }
  return services;
}
