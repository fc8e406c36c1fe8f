import { loadCatalog } from '../../apps/load';
import { UserError } from '../../core/errors';
import { changedServices } from '../../delivery/changed';
import type { CommandContext } from '../context';
import { sendDispatch, type Publication } from '../platform/dispatch';
import { startCi, stopCi, type ServeFlags } from '../platform/ci-process';
import { serveCi } from '../platform/ci-server';
import { loadProject } from '../platform/project';

export async function changed(
  { root, out }: CommandContext,
  flags: { readonly env: string; readonly json?: boolean },
): Promise<void> {
  const services = await changedServices(root, await loadCatalog(root), flags.env);
  if (flags.json) out(JSON.stringify(services));
  else for (const service of services) out(service);
}

/** What workflows ask about a service, in lines that they take as outputs. */
export async function service({ root, out }: CommandContext, _flags: object, name: string): Promise<void> {
  const { services } = await loadCatalog(root);
  const found = services.find((each) => each.name === name);
  if (found === undefined) {
    throw new UserError(`"${name}" is no service`, {
      details: [`there are ${services.map((each) => each.name).join(', ')}`],
    });
  }
  out(`image=${found.image}\nrepository=${found.repository ?? ''}`);
}

export async function dispatch(context: CommandContext, flags: Publication, service: string): Promise<void> {
  await sendDispatch({ ...flags, service }, context.signal);
  context.progress.say(`told ${flags.platform} of ${flags.image}@${flags.digest}`);
}

export async function serve(context: CommandContext, flags: ServeFlags): Promise<void> {
  await serveCi(await loadProject(context.root), context, flags);
}

export async function start(context: CommandContext, flags: ServeFlags): Promise<void> {
  const running = await startCi(await loadProject(context.root), context, flags);
  if (running !== undefined) context.progress.say(`the receiver runs already, as process ${running}`);
}

export async function stop({ root, progress }: CommandContext): Promise<void> {
  const stopped = await stopCi((await loadProject(root)).state);
  progress.say(stopped ? 'the receiver has ended; what ran goes on with its next start' : 'no receiver runs');
}
