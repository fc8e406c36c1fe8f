import { UserError } from '../../core/errors';
import { Workshop } from './make/workshop';
import { settle, type SupplyOptions } from './options';
import { makeCarriedPlan, makePlan } from './plan';
import { prepareItems } from './prepare';
import { Tools } from './tools';
import type { ImageSource, Supply } from './types';

export { requireKubernetesRelease } from './make/make-api-server';
export { describePlan } from './plan';
export type { SupplyOptions } from './options';
export type * from './types';

const noImages: ImageSource = {
  plan: async () => [],
  substitutions: () => [],
  image: (reference) => Promise.reject(new UserError(`no source of images was given for ${reference}`)),
};

/** Answers one question, give me this tool, image or manifest, out of the cache, from its publisher, or by building it. */
export function createSupply(options: SupplyOptions = {}): Supply {
  const workshop = new Workshop(settle(options));
  const sources = new Tools(workshop);
  const images = options.images?.(sources) ?? noImages;
  const plan: Supply['plan'] = () => makePlan(workshop, images);
  return {
    plan,
    planToCarry: () => makeCarriedPlan(workshop, images),
    prepare: async (items, progress) =>
      prepareItems(items ?? (await plan()).items, progress, { workshop, sources, images }),
    tool: (name) => sources.tool(name),
    plugin: (name) => sources.plugin(name),
    apiServer: (version, step) => sources.apiServer(version, step),
    files: (name) => sources.files(name),
    manifest: (name) => sources.manifest(name),
    image: (reference) => images.image(reference),
  };
}
