import type { CommandContext } from '../context';
import { deliverCommits, describePreview, lookForCommits } from '../platform/deliveries';
import { loadProject } from '../platform/project';

export interface DeliverFlags {
  readonly wait: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export async function deliver(context: CommandContext, flags: DeliverFlags): Promise<void> {
  const { out, progress } = context;
  const project = await loadProject(context.root);
  const preview = await lookForCommits(project, context);
  for (const line of describePreview(preview)) progress.say(`  ${line}`);
  if (flags.dryRun) {
    if (flags.json) out(JSON.stringify(preview, null, 2));
    else
      progress.say(
        preview.pending.length === 0
          ? 'nothing to deliver'
          : `${preview.pending.length} ${preview.pending.length === 1 ? 'commit' : 'commits'} to deliver`,
      );
    return;
  }
  const delivery = await deliverCommits(project, context, { wait: flags.wait });
  if (flags.json) out(JSON.stringify({ ...delivery, uncommitted: preview.uncommitted }, null, 2));
  if (!delivery.pushed) {
    progress.say('nothing to deliver: the platform has every local commit');
    return;
  }
  const released = delivery.released.length === 0 ? '' : `, with first releases of ${delivery.released.join(', ')}`;
  const what = delivery.delivered.length === 1 ? '1 commit' : `${delivery.delivered.length} commits`;
  progress.say(`delivered ${what}${released} as ${delivery.commit.slice(0, 7)}`);
}
