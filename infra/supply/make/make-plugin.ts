import path from 'node:path';
import { plugins, type PluginName } from '../../versions';
import { takeBinary, withRelease } from '../fetch/release';
import { pluginId } from '../ids';
import { describeFile } from './make-tool';
import type { Workshop } from './workshop';

/**
 * Puts a provider of the Pulumi engine into the store. It is only ever downloaded: whoever needs it speaks to the
 * service on the other side, which is not to be had offline either.
 *
 * @returns the entry's folder
 * @throws Unreachable where its release does not answer
 */
export async function makePlugin(name: PluginName, workshop: Workshop): Promise<string> {
  const { store, digests, settings } = workshop;
  const { cache, platform, rewrite, patience, signal, say } = settings;
  const { release } = plugins[name];
  const id = pluginId(name, settings);
  return withRelease(
    release,
    {
      cache,
      platform,
      rewrite,
      patience,
      digests,
      ...(signal && { signal }),
      onRetry: (reason, pauseMs) => say(`${name}: ${reason}; again in ${Math.ceil(pauseMs / 1000)} s`),
      onBytes: (bytes, total) =>
        workshop.tell(`plugin:${name}`, total === undefined ? 0 : (0.95 * bytes) / total, `downloading ${name}`),
    },
    async () => (await store.find(id))?.folder,
    (download, { url, sha256, first }) =>
      store.put(id, async (folder) => {
        await takeBinary(release, download, path.join(folder, name));
        const seen = first ? 'recorded at this first download' : 'the same as at the first download';
        return {
          obtained: url,
          ...(await describeFile(folder, name)),
          verifiedBy: `sha256 ${sha256} of the release's own checksum file, ${seen}`,
        };
      }),
  );
}
