import { deliver, previewDelivery, type Delivery, type DeliveryPreview } from '../../delivery/deliver';
import type { ImageBuilder } from '../../delivery/releases';
import type { CommandContext } from '../context';
import { forgeRemote } from './forge';
import { serviceImages } from './images';
import { createKubectl } from './kubectl';
import { prepareMachine } from './machine';
import type { Project } from './project';
import { registryAddressOf } from './settings';
import { openPlatformSupply, type SupplyFlags } from './supply';
import { expectations, refresh, released, waitForApplications } from './wait';

/** Local commits and changes that the platform does not have. */
export async function lookForCommits(project: Project, { signal }: CommandContext): Promise<DeliveryPreview> {
  const remote = await forgeRemote(project, createKubectl(project, signal), signal);
  return previewDelivery({ root: project.root, remote, signal });
}

/** One line per commit that waits, and one for what no commit holds. */
export function describePreview({ pending, uncommitted }: DeliveryPreview): readonly string[] {
  const shown = uncommitted.slice(0, 5).join(', ') + (uncommitted.length > 5 ? ', ...' : '');
  return [
    ...pending.map(({ commit, subject }) => `${commit.slice(0, 7)} ${subject}`),
    ...(uncommitted.length === 0 ? [] : [`not committed, and so not delivered: ${shown}`]),
  ];
}

export interface DeliverCommitsOptions extends SupplyFlags {
  /** Until everything is healthy with what was delivered. */
  readonly wait: boolean;
}

/** Builds what the commits add; the supply and the engine are asked only then. */
async function builder(project: Project, context: CommandContext, flags: SupplyFlags): Promise<ImageBuilder> {
  const { catalog, settings, state } = project;
  const { progress } = context;
  const supply = await openPlatformSupply(project, context, flags);
  return serviceImages({
    platform: catalog.platform,
    registryAddress: registryAddressOf(catalog.platform, settings),
    state,
    supply,
    progress,
    signal: context.signal,
    engine: async () => (await prepareMachine({ supply, progress, ...flags })).command,
  });
}

/** Sends the local commits and lets Argo CD look at once. */
export async function deliverCommits(
  project: Project,
  context: CommandContext,
  options: DeliverCommitsOptions,
): Promise<Delivery> {
  const { progress, signal } = context;
  const kubectl = createKubectl(project, signal);
  const remote = await forgeRemote(project, kubectl, signal);
  const build = await builder(project, context, options);
  const delivery = await progress.step('deliver local commits', (step) =>
    deliver({
      root: project.root,
      remote,
      build,
      signal,
      onRetry: (attempt, reason) => step.detail(`${reason}; attempt ${attempt + 1}`),
    }),
  );
  if (!delivery.pushed) return delivery;
  const since = new Date();
  await refresh(kubectl);
  if (options.wait) {
    await progress.step('wait until everything is Synced and Healthy', (step) =>
      waitForApplications(kubectl, released(expectations(project.catalog), delivery.deployed), step, { signal, since }),
    );
  }
  return delivery;
}
