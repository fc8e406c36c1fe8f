import { rm } from 'node:fs/promises';
import path from 'node:path';
import { loadCatalog } from '../../apps/load';
import type { Platform } from '../../apps/model';
import type { Progress } from '../../core/progress';
import type { ImageBuilder } from '../../delivery/releases';
import type { Supply } from '../../infra/supply';
import { buildServiceImage, mirrorPath, pushArchive } from '../../infra/supply/images';
import { images } from '../../infra/versions';

export interface ServiceImagesOptions {
  readonly platform: Platform;
  /** Port of 127.0.0.1 to which images are pushed. */
  readonly registryPort: number;
  /** State folder of the project, for the archive on its way to the registry. */
  readonly state: string;
  readonly supply: Supply;
  /** The command of the container engine. */
  readonly engine: () => Promise<string>;
  readonly progress: Progress;
}

/**
 * Builds a service from the sources of a commit and pushes it to the platform's registry: by its Dockerfile where the
 * base image can be pulled, assembled over the supply's base image where it cannot.
 */
export function serviceImages(options: ServiceImagesOptions): ImageBuilder {
  const { platform, registryPort, state, supply, progress } = options;
  return ({ service, root, source, tag }) =>
    progress.step(`build ${service} ${tag}`, async (step) => {
      const { services } = await loadCatalog(root);
      const reference = `${services.find(({ name }) => name === service)!.image}:${tag}`;
      const crane = await supply.tool('crane');
      const file = path.join(state, 'images', `${service}-${tag}.tar`);
      const { mode } = await supply.plan();
      try {
        const built = await buildServiceImage({
          root,
          service,
          reference,
          version: tag,
          revision: source,
          source: platform.forge.url,
          file,
          crane,
          step,
          ...(mode === 'published'
            ? { engine: await options.engine() }
            : { base: await supply.image(images['service-base'].reference) }),
        });
        step.detail('pushing to the local registry');
        const target = { address: `127.0.0.1:${registryPort}`, crane };
        const { digest } = await pushArchive(built.archive, mirrorPath(reference), target);
        return { image: reference, digest };
      } finally {
        await rm(file, { force: true });
      }
    });
}
