import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../core/errors';
import { withLock } from '../../../core/lock';
import type { Step } from '../../../core/progress';
import { images, packedPackages, tools, type Image, type ImageName } from '../../versions';
import { Digests } from '../store/digests';
import type { ImageSource, PlanItem, ToolSource } from '../types';
import { assemble, type Parts } from './assemble';
import { debianRoot, type RootName } from './debian-root';
import { assembleNode, nodeKey, nodeRecipe } from './node-image';
import { packedPackage } from './packed-package';
import { pullImage } from './pull';
import { recipeKey, type Recipe } from './recipe';
import { preloaded, recipeFor, recipes } from './recipes';
import { substitutions } from './substitutions';

export { buildServiceImage, type ServiceImage, type ServiceImageOptions } from './service-image';
export { archiveDigest, digestInRegistry, mirrorPath, pushArchive, type Pushed, type RegistryTarget } from './registry';

export interface ImageSourceOptions {
  /** The folder of the supply's cache. */
  readonly cache: string;
  readonly tools: ToolSource;
  /** Makes sure that system packages are there, or refuses with the repair. */
  readonly ensurePackages: (names: readonly string[], reason: string) => Promise<void>;
  /** The command of a running container engine; asked for when the node image is assembled, and only then. */
  readonly engine: () => Promise<string>;
}

/** Seconds on two cores, roots not counted, and bytes of the archive: measured. */
const ESTIMATES: Readonly<Partial<Record<ImageName, readonly [seconds: number, megabytes: number]>>> = {
  node: [34, 375],
  registry: [2, 18],
  'service-base': [10, 128],
  'metrics-server': [2, 23],
  redis: [1, 75],
  'argo-cd': [3, 122],
  gitea: [3, 118],
  traefik: [3, 55],
};

const ROOT_SECONDS: Readonly<Record<RootName, number>> = { node: 40, network: 15, runtime: 50 };

/** What a platform needs besides what lies in its nodes. */
const planned: readonly Recipe[] = [nodeRecipe, ...recipes.filter((recipe) => !preloaded.includes(recipe))];

const exists = async (file: string): Promise<boolean> => (await stat(file).catch(() => undefined)) !== undefined;

function itemVersion(recipe: Recipe): string {
  const { version } = recipe;
  if ('tool' in version) return tools[version.tool].version;
  if ('packed' in version) return packedPackages[version.packed].version;
  return images[recipe.image].reference.split(':').at(-1)!;
}

/**
 * Images as docker-archives: from the cache, pulled where registries answer, assembled where they do not.
 *
 * Finished archives lie in `<cache>/images`, what they are made of in `<cache>/image-parts`.
 */
export function createImageSource(options: ImageSourceOptions): ImageSource {
  const { cache, tools: sources } = options;
  const finished = path.join(cache, 'images');
  const parted = path.join(cache, 'image-parts');

  const assembledFile = (recipe: Recipe): string => {
    if (recipe.image === 'node') return path.join(finished, `node-${nodeKey()}.tar`);
    // those of the node are needed once, to fill it
    return path.join(preloaded.includes(recipe) ? parted : finished, `${recipe.image}-${recipeKey(recipe)}.tar`);
  };
  const pulledFile = (reference: string): string =>
    path.join(finished, `${reference.replace(/[^\w.-]+/g, '-')}-pulled.tar`);

  const partsFor = (step: Step | undefined): Parts => ({
    tool: (name) => sources.tool(name),
    files: (name) => sources.files(name),
    packed: (name) => packedPackage(name, parted),
    root: (name) => debianRoot(name, { folder: parted, ensurePackages: options.ensurePackages, ...(step && { step }) }),
  });

  async function assembled(recipe: Recipe, step: Step | undefined): Promise<string> {
    const file = assembledFile(recipe);
    return withLock(`${file}.lock`, { purpose: `assembling ${recipe.image}`, wait: true }, async () => {
      if (await exists(file)) return file;
      step?.detail(`assembling ${images[recipe.image].reference}`);
      const parts = partsFor(step);
      if (recipe.image === 'node') {
        const archive = (reference: string): Promise<string> => assembled(recipeFor(reference)!, step);
        await assembleNode(file, { parts, archive, engine: options.engine, ...(step && { step }) });
      } else {
        await assemble(recipe, parts, file);
      }
      return file;
    });
  }

  async function pulled(reference: string, step: Step | undefined): Promise<string> {
    const file = pulledFile(reference);
    const pinned = Object.values(images).find((image: Image) => image.reference === reference) as Image | undefined;
    return withLock(`${file}.lock`, { purpose: `pulling ${reference}`, wait: true }, async () => {
      if (await exists(file)) return file;
      step?.detail(`pulling ${reference}`);
      const digests = new Digests(cache);
      await pullImage(reference, file, {
        crane: await sources.tool('crane'),
        check: (name, sha256) => digests.check(name, sha256),
        ...(pinned?.digest && { pinned: pinned.digest }),
      });
      return file;
    });
  }

  return {
    async plan(mode) {
      if (mode === 'published') return [];
      const ready = new Set<string>();
      const items: PlanItem[] = [];
      for (const recipe of planned) {
        const { reference } = images[recipe.image];
        const cached = (await exists(pulledFile(reference))) || (await exists(assembledFile(recipe)));
        const [seconds, megabytes] = ESTIMATES[recipe.image] ?? [5, 100];
        const roots: readonly RootName[] =
          recipe.image === 'node' ? ['node', 'network'] : recipe.root ? [recipe.root] : [];
        const unpacked = cached ? [] : roots.filter((name) => !ready.has(name) && ready.add(name));
        items.push({
          kind: 'image',
          name: reference,
          version: itemVersion(recipe),
          how: cached ? 'cached' : 'build',
          seconds: cached ? 0 : seconds + unpacked.reduce((sum, name) => sum + ROOT_SECONDS[name], 0),
          bytes: megabytes * 1_000_000,
        });
      }
      return items;
    },
    async image(reference, step) {
      await mkdir(finished, { recursive: true });
      await mkdir(parted, { recursive: true });
      // what was pulled or carried here is the published image, which is better than any that is assembled
      if (await exists(pulledFile(reference))) return pulledFile(reference);
      const recipe = planned.find(({ image }) => images[image].reference === reference) ?? recipeFor(reference);
      if (recipe !== undefined && (await exists(assembledFile(recipe)))) return assembledFile(recipe);
      if ((await sources.mode()) === 'published') return pulled(reference, step);
      if (recipe !== undefined) return assembled(recipe, step);
      throw new UserError(`${reference} cannot be had: its registry does not answer, and it cannot be assembled`, {
        repair: 'make the registry reachable, or load a supply that holds it with `slipway supply load <file>`',
      });
    },
    substitutions: (mode) => (mode === 'published' ? [] : substitutions().map(({ line }) => line)),
  };
}
