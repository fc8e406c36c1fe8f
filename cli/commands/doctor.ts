import { runChecks } from '../platform/checks';
import { loadProject } from '../platform/project';
import { describeChecks } from '../platform/report';
import { openPlatformSupply } from '../platform/supply';
import type { CommandContext } from '../context';

export async function doctor(context: CommandContext, flags: { readonly json?: boolean }): Promise<number> {
  const project = await loadProject(context.root);
  const { checks, machine, plan } = await runChecks(project, {
    supply: await openPlatformSupply(project, context, { hasty: true }),
    machine: context.surroundings?.machine,
  });
  const broken = checks.filter(({ state }) => state === 'broken').length;
  if (flags.json) {
    context.out(
      JSON.stringify({ healthy: broken === 0, checks, machine, settings: project.settings, mode: plan?.mode }, null, 2),
    );
  } else {
    context.out(describeChecks(checks).join('\n'));
    context.progress.say(
      broken === 0 ? 'nothing stands in the way of `npx slipway up`' : `${broken} to repair before \`npx slipway up\``,
    );
  }
  return broken === 0 ? 0 : 1;
}
