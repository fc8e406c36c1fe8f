import { rm } from 'node:fs/promises';
import path from 'node:path';
import { loadCatalog } from '../../apps/load';
import type { Platform } from '../../apps/model';
import type { Progress } from '../../core/progress';
import type { ImageBuilder } from '../../delivery/releases';
import type { Supply } from '../../infra/supply';
import {
  buildServiceImage,
  mirrorPath,
  pushArchive,
  type ServiceImage,
  type ServiceImageOptions,
} from '../../infra/supply/images';
import { images } from '../../infra/versions';

export interface ServiceImagesOptions {
  readonly platform: Platform;
  /** Host and port to which images are pushed. */
  readonly registryAddress: string;
  /** State folder of the project, for the archive on its way to the registry. */
  readonly state: string;
  readonly supply: Supply;
  /** The command of the container engine. */
  readonly engine: () => Promise<string>;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** What one build is made of. */
export interface ServiceBuild extends Omit<ServiceImageOptions, 'crane' | 'engine' | 'base'> {
  readonly supply: Supply;
  /** The command of the container engine; undefined where there is none to build with. */
  readonly engine: () => Promise<string | undefined>;
}

/**
 * Builds a service: by its Dockerfile where the base image can be pulled and an engine is there, assembled over the
 * supply's base image otherwise.
 */
export async function buildService({ supply, engine, ...build }: ServiceBuild): Promise<ServiceImage> {
  const { mode } = await supply.plan();
  const command = mode === 'published' ? await engine() : undefined;
  return buildServiceImage({
    ...build,
    crane: await supply.tool('crane'),
    ...(command === undefined ? { base: await supply.image(images['service-base'].reference) } : { engine: command }),
  });
}

/** Builds a service from the sources of a commit and pushes it to the platform's own registry. */
export function serviceImages(options: ServiceImagesOptions): ImageBuilder {
  const { platform, registryAddress, state, supply, progress, engine, signal } = options;
  return ({ service, root, source, tag }) =>
    progress.step(`build ${service} ${tag}`, async (step) => {
      const { services } = await loadCatalog(root);
      const reference = `${services.find(({ name }) => name === service)!.image}:${tag}`;
      const file = path.join(state, 'images', `${service}-${tag}.tar`);
      const { forge } = platform;
      const repository = forge.type === 'github' ? forge.httpUrl : forge.url;
      const build = { root, service, reference, version: tag, revision: source, source: repository, file };
      const interruptible = signal && { signal };
      try {
        const built = await buildService({ ...build, supply, engine, step, ...interruptible });
        step.detail('pushing to the local registry');
        const target = { address: registryAddress, crane: await supply.tool('crane'), ...interruptible };
        const { digest } = await pushArchive(built.archive, mirrorPath(reference), target);
        return { image: reference, digest };
      } finally {
        await rm(file, { force: true });
      }
    });
}
