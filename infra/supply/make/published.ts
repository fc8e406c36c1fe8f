import path from 'node:path';
import type { Release } from '../../versions';
import { takeBinary, withRelease } from '../fetch/release';
import { Unreachable } from '../fetch/retry';
import type { EntryId } from '../store/store';
import { describeFile } from './describe-file';
import type { Workshop } from './workshop';

/** An executable of a release, and the entry that it becomes. */
export interface PublishedFile {
  readonly id: EntryId;
  readonly release: Release;
  readonly file: string;
}

type OnBytes = (bytes: number, total: number | undefined) => void;

/** Tells a part of the whole supply how far its download is; what is left is to put it into place. */
export function telling(workshop: Workshop, part: string, name: string): OnBytes {
  return (bytes, total) => workshop.tell(part, total === undefined ? 0 : (0.95 * bytes) / total, `downloading ${name}`);
}

/**
 * Downloads a release and puts what is wanted of it into the store.
 *
 * @param what how it is called where a download is tried again
 * @param others more files of the same download
 * @returns the folder of what is wanted
 * @throws Unreachable where the release does not answer
 */
export function download(
  what: string,
  wanted: PublishedFile,
  workshop: Workshop,
  onBytes: OnBytes,
  others: readonly PublishedFile[] = [],
): Promise<string> {
  const { store, digests, settings } = workshop;
  const { cache, platform, rewrite, patience, signal, say } = settings;
  return withRelease(
    wanted.release,
    {
      cache,
      platform,
      rewrite,
      patience,
      digests,
      ...(signal && { signal }),
      onRetry: (reason, pauseMs) => say(`${what}: ${reason}; again in ${Math.ceil(pauseMs / 1000)} s`),
      onBytes,
    },
    async () => (await store.find(wanted.id))?.folder,
    async (finished, { url, sha256, first }) => {
      const seen = first ? 'recorded at this first download' : 'the same as at the first download';
      for (const { id, release, file } of [wanted, ...others]) {
        await store.put(id, async (folder) => {
          await takeBinary(release, finished, path.join(folder, file));
          return {
            obtained: url,
            ...(await describeFile(folder, file)),
            verifiedBy: `sha256 ${sha256} of the release's own checksum file, ${seen}`,
          };
        });
      }
      return store.folder(wanted.id);
    },
  );
}

/**
 * What was published, or the same compiled where that does not answer. A download whose content is wrong is an error; it
 * is never made good by compiling, since somebody should look into it.
 */
export async function publishedOr(
  what: string,
  workshop: Workshop,
  fetch: () => Promise<string>,
  compile: () => Promise<string>,
): Promise<string> {
  try {
    return await fetch();
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    workshop.settings.say(`${error.message}; compiling ${what} instead`);
    return compile();
  }
}
