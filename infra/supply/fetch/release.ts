import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../core/errors';
import { exec } from '../../../core/exec';
import { withLock } from '../../../core/lock';
import type { Release } from '../../versions';
import type { Platform } from '../platform';
import type { Digests } from '../store/digests';
import { recipeHash } from '../store/store';
import { findChecksum } from './checksums';
import { downloadFile, downloadText, type DownloadOptions } from './download';
import { Unreachable } from './retry';

/** Where a release is fetched from; a mirror, or a server on loopback in tests. @default the address itself */
export type Rewrite = (url: string) => string;

/** The addresses of a release for one platform. */
export function releaseUrls(
  release: Release,
  platform: Platform,
): { readonly url: string; readonly checksums: string } {
  const fill = (text: string): string =>
    text
      .replaceAll('{os}', release.words?.[platform.os] ?? platform.os)
      .replaceAll('{arch}', release.words?.[platform.arch] ?? platform.arch);
  return { url: fill(release.url), checksums: fill(release.checksums) };
}

export interface FetchReleaseOptions extends DownloadOptions {
  readonly cache: string;
  readonly platform: Platform;
  readonly digests: Digests;
  readonly rewrite: Rewrite;
  readonly onBytes?: (bytes: number, total: number | undefined) => void;
}

/**
 * Downloads a release, checks it against the release's own checksum file and against what was recorded at its first
 * download, and hands the finished download to `use`. Tools of one archive share one download.
 *
 * @throws Unreachable where the release or its checksum cannot be had; UserError where the content is wrong
 */
export async function withRelease<T>(
  release: Release,
  options: FetchReleaseOptions,
  /** Asked when the download is ours to make: another one may have brought what is wanted in the meantime. */
  ready: () => Promise<T | undefined>,
  use: (
    file: string,
    obtained: { readonly url: string; readonly sha256: string; readonly first: boolean },
  ) => Promise<T>,
): Promise<T> {
  const { url, checksums } = releaseUrls(release, options.platform);
  const name = path.posix.basename(url);
  const folder = path.join(options.cache, 'downloads');
  const file = path.join(folder, `${recipeHash(url)}-${name}`);
  await mkdir(folder, { recursive: true });
  const lock = path.join(options.cache, 'locks', `download-${recipeHash(url)}.lock`);
  const waiting = options.signal ? { signal: options.signal } : {};
  return withLock(lock, { purpose: `the download of ${name}`, wait: true, ...waiting }, async () => {
    const already = await ready();
    if (already !== undefined) return already;
    const sha256 = findChecksum(await downloadText(options.rewrite(checksums), options), name);
    if (sha256 === undefined) throw new Unreachable(url, `${checksums} has no sha256 of ${name}`, 1);
    const first = await options.digests.check(url, sha256);
    await downloadFile(options.rewrite(url), file, { ...options, sha256 });
    try {
      return await use(file, { url, sha256, first });
    } finally {
      await rm(file, { force: true });
    }
  });
}

/** Takes one executable out of a finished download. @throws UserError where the archive has no such member */
export async function takeBinary(release: Release, download: string, target: string): Promise<void> {
  if (release.member === undefined) {
    await exec('cp', [download, target]);
  } else {
    const folder = `${target}.unpacked`;
    await mkdir(folder, { recursive: true });
    const { exitCode, stderr } = await exec('tar', ['-xzf', download, '-C', folder, release.member], {
      allowFailure: true,
    });
    if (exitCode !== 0) {
      await rm(folder, { recursive: true, force: true });
      throw new UserError(`${path.basename(download)} has no ${release.member}`, {
        details: stderr.trim().split('\n'),
      });
    }
    await rename(path.join(folder, release.member), target);
    await rm(folder, { recursive: true });
  }
  await chmod(target, 0o755);
}
