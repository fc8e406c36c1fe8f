import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../core/errors';
import type { Step } from '../../../core/progress';
import { imageDocument, writeArchive } from './archive';
import { openArchive, sameLayer } from './archive-layers';
import { dockerBuild } from './docker-build';
import { readLastStage, type Copy } from './dockerfile';
import { folderEntries, writeLayer, type Entry, type Layer } from './layer';
import { archiveDigest } from './registry';
import { buildContext, buildSources, type ServiceSources } from './service-sources';

export interface ServiceImageOptions extends ServiceSources {
  /** As the image is called in manifests, with its tag. */
  readonly reference: string;
  readonly version: string;
  /** The commit that the sources are of. @default none: they are of no commit */
  readonly revision?: string;
  /** The address of the repository. */
  readonly source: string;
  /** Where the archive is written. */
  readonly file: string;
  /** The path of the crane tool. */
  readonly crane: string;
  /** The command of a container engine that builds the Dockerfile. @default assembled without one, from `base` */
  readonly engine?: string;
  /** A docker-archive of the base image. @default an engine pulls it */
  readonly base?: string;
  readonly step?: Step;
}

export interface ServiceImage {
  readonly image: string;
  readonly digest: string;
  /** The path of a docker-archive. */
  readonly archive: string;
}

/** What a service's Dockerfile takes as build arguments. */
function buildArguments({ version, revision }: ServiceImageOptions): Readonly<Record<string, string>> {
  return { VERSION: version, ...(revision !== undefined && { SOURCE_COMMIT: revision }) };
}

function labelsOf({ version, revision, source }: ServiceImageOptions): Readonly<Record<string, string>> {
  return {
    'org.opencontainers.image.version': version,
    ...(revision !== undefined && { 'org.opencontainers.image.revision': revision }),
    'org.opencontainers.image.source': source,
  };
}

/** What `COPY --from=build` brings, as entries of a layer. */
async function copied(copies: readonly Copy[], built: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (const { sources, target } of copies) {
    for (const source of sources) {
      const from = path.join(built, source);
      const status = await stat(from).catch(() => undefined);
      if (status === undefined) {
        throw new UserError(`the Dockerfile copies ${source}, which compiling the service does not make`, {
          repair: 'build it where the base image can be pulled, or copy what `npm run build` writes',
        });
      }
      const folder = target.replace(/^\//, '').replace(/\/$/, '');
      if (status.isDirectory()) entries.push(...(await folderEntries(from, folder)));
      else {
        const inside = target.endsWith('/') ? path.posix.join(folder, path.basename(source)) : folder;
        entries.push({ path: inside, source: from, mode: 0o644 });
      }
    }
  }
  return entries;
}

async function assembleService(options: ServiceImageOptions, base: string, dockerfile: string): Promise<void> {
  const { file, reference } = options;
  await mkdir(path.dirname(file), { recursive: true });
  const scratch = await mkdtemp(path.join(path.dirname(file), '.service-'));
  try {
    const unpacked = path.join(scratch, 'base');
    await mkdir(unpacked);
    const below = await openArchive(base, unpacked);
    const text = await readFile(dockerfile, 'utf8');
    const { config, copies } = readLastStage(text, below.document.config, buildArguments(options));
    const layers: Layer[] = [];
    for (const [index, diffId] of below.document.rootfs.diff_ids.entries()) {
      layers.push(await sameLayer(below.files[index]!, diffId));
    }
    options.step?.detail(`compiling ${options.service}`);
    const entries = await copied(copies, await buildSources(options, path.join(scratch, 'built')));
    layers.push(await writeLayer(path.join(scratch, 'service.tar.gz'), entries));
    const labelled = { ...config, Labels: { ...config.Labels, ...labelsOf(options) } };
    await writeArchive(file, reference, imageDocument(labelled, layers), layers);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Builds one service's image: its Dockerfile by a container engine, or without one by compiling the service and doing
 * what the Dockerfile's last stage says over the base image. Either way the same sources give the same digest.
 *
 * @throws UserError where there is neither an engine nor a base, or the build fails
 */
export async function buildServiceImage(options: ServiceImageOptions): Promise<ServiceImage> {
  const { root, own, service, reference, file, engine, base, step, signal } = options;
  const { context, dockerfile } = buildContext(options);
  if (!(await stat(dockerfile).catch(() => undefined))) {
    throw new UserError(`service ${service} cannot be built: there is no ${path.relative(own ?? root, dockerfile)}`, {
      repair: 'copy the one of another service',
    });
  }
  if (engine !== undefined) {
    const build = {
      engine,
      dockerfile,
      context,
      reference,
      arguments: buildArguments(options),
      labels: labelsOf(options),
    };
    await dockerBuild({ ...build, ...(base && { base }), ...(step && { step }), ...(signal && { signal }) }, file);
  } else if (base !== undefined) {
    await assembleService(options, base, dockerfile);
  } else {
    throw new UserError(`service ${service} cannot be built: there is neither a container engine nor a base image`, {
      repair: 'run `slipway doctor`, which says how a container engine is had',
    });
  }
  return { image: reference, digest: await archiveDigest(file, options.crane), archive: file };
}
