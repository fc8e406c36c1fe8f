import { stat } from 'node:fs/promises';
import { UserError } from '../../core/errors';
import type { Progress, Step } from '../../core/progress';
import { tools, type ManifestName, type ModuleFilesName, type ToolName } from '../versions';
import type { Listener, Workshop } from './make/workshop';
import { Meter } from './meter';
import { partOf } from './plan';
import type { Tools } from './tools';
import type { ImageSource, PlanItem } from './types';

/** Downloads wait for servers, not for this machine. */
const DOWNLOADS_AT_A_TIME = 4;

interface Preparation {
  readonly workshop: Workshop;
  readonly sources: Tools;
  readonly images: ImageSource;
}

/** Runs pieces of work in lanes side by side. After a failure nothing more is started, and what runs is waited for. */
class Lanes {
  private failure: { readonly error: unknown } | undefined;
  private readonly running: Promise<void>[] = [];

  /** Works through `items` in order, `lanes` at a time. */
  start<T>(items: readonly T[], lanes: number, work: (item: T, index: number) => Promise<unknown>): void {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < items.length && this.failure === undefined) {
        const index = next;
        next += 1;
        try {
          await work(items[index]!, index);
        } catch (error) {
          this.failure ??= { error };
        }
      }
    };
    this.running.push(...Array.from({ length: Math.min(lanes, items.length) }, lane));
  }

  /** @throws the first failure, when all lanes have stopped */
  async end(): Promise<void> {
    await Promise.all(this.running);
    if (this.failure !== undefined) throw this.failure.error;
  }
}

/**
 * Makes everything of `items` that is not in the cache: downloads beside compilations, modules of the next group while
 * one compiles, images as soon as what they hold is there. Interrupted, a second call goes on where the first stopped.
 */
export async function prepareItems(
  items: readonly PlanItem[],
  progress: Progress,
  { workshop, sources, images }: Preparation,
): Promise<void> {
  const missing = items.filter((item) => item.how !== 'cached');
  if (missing.length === 0) return;
  const compiled = missing
    .filter((item) => item.kind === 'tool' && item.how === 'build')
    .map((item) => item.name as ToolName);
  refuse(missing, workshop);
  if (compiled.length > 0) await workshop.readyToBuild(compiled);

  const of = (kind: PlanItem['kind'], how?: PlanItem['how']): readonly PlanItem[] =>
    missing.filter((item) => item.kind === kind && (how === undefined || item.how === how));
  const meter = new Meter(new Map(missing.map((item) => [partOf(item), item.seconds])));
  const work = async (step: Step): Promise<void> => {
    const show: Listener = (part, fraction, detail, seconds) => {
      if (seconds !== undefined) meter.weigh(part, seconds);
      meter.report(part, fraction);
      step.advance(meter.fraction, meter.remainingSeconds);
      if (detail !== '') step.detail(detail);
    };
    const quiet = workshop.listen(show);
    try {
      const lanes = new Lanes();
      lanes.start(compiled, workshop.settings.slots, async (name, index) => {
        const ahead = prefetchNext(compiled, index, workshop);
        await sources.tool(name);
        await ahead;
      });
      lanes.start(of('tool', 'download'), DOWNLOADS_AT_A_TIME, ({ name }) => sources.tool(name as ToolName));
      lanes.start(of('files'), 1, ({ name }) => sources.files(name as ModuleFilesName));
      lanes.start(of('manifest'), 1, ({ name }) => sources.manifest(name as ManifestName));
      lanes.start(of('image'), 1, async (item) => {
        const part = partOf(item);
        await images.image(item.name, {
          say: step.say,
          detail: (text) => show(part, 0, text),
          advance: (fraction) => show(part, fraction, ''),
        });
        show(part, 1, '');
      });
      await lanes.end();
      // what follows is the removal of gigabytes of small files
      if (compiled.length > 0) step.detail('removing build caches');
    } finally {
      quiet();
    }
  };
  const title = `supply: ${missing.length} of ${items.length} tools, manifests and images`;
  await progress.step(title, async (step) => {
    const leftovers = await stat(workshop.workspace.folder).catch(() => undefined);
    await (compiled.length > 0 || leftovers !== undefined ? workshop.workspace.use(() => work(step)) : work(step));
  });
}

/** Modules of the group after this one; only a first tool of a group starts it. */
async function prefetchNext(names: readonly ToolName[], index: number, workshop: Workshop): Promise<void> {
  const group = (at: number): string | undefined =>
    names[at] === undefined ? undefined : tools[names[at]].build.group;
  if (index > 0 && group(index - 1) === group(index)) return;
  const next = names.findIndex((_name, at) => at > index && group(at) !== group(index));
  if (next < 0) return;
  await workshop.prefetch(names[next]!);
}

function refuse(missing: readonly PlanItem[], workshop: Workshop): void {
  const built = missing.filter((item) => item.how === 'build');
  if (!workshop.settings.noBuild || built.length === 0) return;
  throw new UserError(`${built.length} parts of the supply would have to be built, which --no-build forbids`, {
    details: built.map((item) => `${item.kind} ${item.name} ${item.version}`),
    repair:
      'make releases and registries reachable, load a supply with `slipway supply load <file>`, or leave --no-build out',
  });
}
