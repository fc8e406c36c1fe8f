import path from 'node:path';
import { checkout } from '../../delivery/delivery-commit';
import { buildableLocks, versionOf, type ImageBuilder } from '../../delivery/releases';
import { withScratch } from '../../delivery/scratch';

export interface BuildUnreleasedOptions {
  /** The project's folder. */
  readonly root: string;
  readonly build: ImageBuilder;
  readonly signal: AbortSignal;
}

/**
 * Builds the services of the project's current commit that have no release, just as the first delivery will ask for
 * them, but before there is a forge to deliver to.
 *
 * @returns their names
 */
export function buildUnreleased({ root, build, signal }: BuildUnreleasedOptions): Promise<readonly string[]> {
  // nothing is fetched or pushed, so the repository on the other side does not matter
  const remote = { url: root, branch: 'HEAD' };
  return withScratch({ root, remote, signal }, async ({ git, folder, head }) => {
    await checkout(git, head);
    const services = [...new Set((await buildableLocks(git)).map(({ service }) => service))].toSorted();
    for (const service of services) {
      await build({
        service,
        folder: path.join(folder, 'apps', service),
        root: folder,
        source: head,
        tag: versionOf(head),
      });
    }
    return services;
  });
}
