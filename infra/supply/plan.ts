import { manifests, tools, type Manifest, type ManifestName, type Tool, type ToolName } from '../versions';
import { diskForBuilds, inGib } from './compile/machine';
import { manifestId, toolId } from './ids';
import { formatSeconds } from '../../core/progress';
import type { Reach } from './fetch/reach';
import type { Workshop } from './make/workshop';
import type { ImageSource, PlanItem, SupplyMode, SupplyPlan } from './types';

/** A guess at an ordinary connection; only the bar and the estimate hang on it. */
const BYTES_PER_SECOND = 8_000_000;

/** How one part is called where progress is told. */
export const partOf = (item: Pick<PlanItem, 'kind' | 'name'>): string => `${item.kind}:${item.name}`;

async function toolItem(name: ToolName, download: boolean, workshop: Workshop): Promise<PlanItem> {
  const { version, bytes, build }: Tool = tools[name];
  const item = { kind: 'tool', name, version, bytes } as const;
  if (await workshop.store.find(await toolId(name, workshop.settings))) return { ...item, how: 'cached', seconds: 0 };
  return download
    ? { ...item, how: 'download', seconds: Math.ceil(bytes / BYTES_PER_SECOND) + 1 }
    : { ...item, how: 'build', seconds: build.seconds };
}

async function manifestItem(name: ManifestName, mode: SupplyMode, workshop: Workshop): Promise<PlanItem> {
  const { version }: Manifest = manifests[name];
  const item = { kind: 'manifest', name, version, bytes: 2_000_000 } as const;
  if (await workshop.store.find(manifestId(name))) return { ...item, how: 'cached', seconds: 0 };
  return { ...item, how: mode === 'published' ? 'download' : 'build', seconds: 2 };
}

async function itemsOf(
  mode: SupplyMode,
  workshop: Workshop,
  images: ImageSource,
  downloadable: (tool: Tool) => boolean,
): Promise<readonly PlanItem[]> {
  const imageItems = await images.plan(mode);
  const packed = mode === 'build' && imageItems.some((item) => item.how !== 'cached');
  // what is only packed into images is not missed once the images are there
  const names = (Object.keys(tools) as ToolName[]).filter((name) => {
    const { runs }: Tool = tools[name];
    return runs === 'host' || (packed && (runs === 'image' || runs === 'engine'));
  });
  const manifestNames = (Object.keys(manifests) as ManifestName[]).filter(
    (name) => (manifests[name] as Manifest).onDemand !== true && ((manifests[name] as Manifest).only ?? mode) === mode,
  );
  return [
    ...(await Promise.all(names.map((name) => toolItem(name, downloadable(tools[name]), workshop)))),
    ...(await Promise.all(manifestNames.map((name) => manifestItem(name, mode, workshop)))),
    ...imageItems,
  ];
}

/**
 * What a platform takes and where each part comes from. Where everything is in the cache the network is not asked, so
 * that a machine with a loaded supply needs none; what was carried there is complete without registries. What was
 * decided for a platform that is there holds for as long as it is: its nodes were made for it.
 */
export async function makePlan(workshop: Workshop, images: ImageSource): Promise<SupplyPlan> {
  const { mode: decided } = workshop.settings;
  for (const mode of decided === undefined ? (['build', 'published'] as const) : [decided]) {
    const items = await itemsOf(mode, workshop, images, () => false);
    if (items.every((item) => item.how === 'cached')) {
      return summary(mode, ['everything is in the cache'], items, images);
    }
  }
  const reach = await workshop.reach();
  const mode = decided ?? (reach.silent.length === 0 ? 'published' : 'build');
  const items = await itemsOf(mode, workshop, images, answering(reach));
  const silent = reach.silent.map((line) => `no answer from ${line}`);
  const reasons =
    decided !== undefined
      ? [`the platform that is there has a ${decided === 'build' ? 'built' : 'published'} supply`, ...silent]
      : mode === 'published'
        ? ['releases and registries answer']
        : silent;
  return summary(mode, reasons, items, images);
}

/**
 * What a platform takes on a machine where nothing answers. Here releases and registries may: then tools are downloaded
 * and images pulled, and what assembling them would take is left out.
 */
export async function makeCarriedPlan(workshop: Workshop, images: ImageSource): Promise<SupplyPlan> {
  const reach = await workshop.reach();
  const items = await itemsOf('build', workshop, images, answering(reach));
  if (reach.silent.length > 0) return summary('build', reach.silent, items, images);
  const carried = items
    .filter((item) => item.kind !== 'tool' || tools[item.name as ToolName].runs === 'host')
    .map((item) => (item.how === 'build' && item.kind !== 'tool' ? { ...item, how: 'download' as const } : item));
  return summary('published', ['releases and registries answer'], carried, images);
}

const answering =
  (reach: Reach) =>
  (tool: Tool): boolean =>
    tool.release !== undefined && reach.releases.get(new URL(tool.release.url).origin) === true;

function summary(
  mode: SupplyMode,
  reasons: readonly string[],
  items: readonly PlanItem[],
  images: ImageSource,
): SupplyPlan {
  const missing = items.filter((item) => item.how !== 'cached');
  const builds = missing.filter((item) => item.kind === 'tool' && item.how === 'build');
  const kept = missing.filter((item) => !builds.includes(item)).reduce((sum, item) => sum + item.bytes, 0);
  return {
    mode,
    reasons,
    items,
    seconds: missing.reduce((sum, item) => sum + item.seconds, 0),
    diskBytes: kept + diskForBuilds(builds.map((item) => item.name as ToolName)),
    substitutions: images.substitutions(mode),
  };
}

/** What a plan says to a user, line by line: what is missing, how it is had, how long that takes and how much disk. */
export function describePlan(plan: SupplyPlan): readonly string[] {
  const count = (how: PlanItem['how']): number => plan.items.filter((item) => item.how === how).length;
  if (count('cached') === plan.items.length)
    return [`all ${plan.items.length} tools, manifests and images are in the cache`];
  const builds = plan.items.filter((item) => item.how === 'build');
  return [
    ...(plan.mode === 'build' ? plan.reasons : []),
    `${count('cached')} in the cache, ${count('download')} to download, ${builds.length} to build`,
    ...(builds.length > 0 ? [`building: ${builds.map((item) => item.name).join(', ')}`] : []),
    `about ${formatSeconds(plan.seconds)} on two cores, up to ${inGib(plan.diskBytes)} of disk meanwhile`,
    ...plan.substitutions.map((line) => `stands in: ${line}`),
  ];
}
