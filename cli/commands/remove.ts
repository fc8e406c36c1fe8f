import { lastEnvironments } from '../../apps/derived';
import { UserError } from '../../core/errors';
import { recordRemoval } from '../../delivery/record-removal';
import type { CommandContext } from '../context';
import { openCopy, readActor } from '../platform/copy';
import { confirm } from '../platform/hosts';
import { createKubectl } from '../platform/kubectl';
import { environmentOf } from '../platform/lock-changes';
import { loadProject, type Project } from '../platform/project';
import { deleteLeftovers, findLeftovers, type Leftovers } from '../platform/removal';
import { planRemoval, removeService, type RemovalPlan } from '../scaffold/remove-service';

export interface RemoveServiceFlags {
  readonly code?: boolean;
  readonly force?: boolean;
  readonly from?: string;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export async function service(context: CommandContext, flags: RemoveServiceFlags, name: string): Promise<void> {
  if (flags.from === undefined) await removeFromCatalog(context, flags, name);
  else await removeFromCluster(context, flags, name, flags.from);
}

const secondStep = (name: string, environment: string): string =>
  `npx slipway remove service ${name} --from ${environment}`;

function nextSteps({ name, stays }: RemovalPlan): readonly string[] {
  return [
    `git add --all && git commit --message "Remove ${name}"`,
    'npx slipway review          # says what will happen where',
    'npx slipway deliver',
    ...stays.map((environment) => secondStep(name, environment)),
  ];
}

async function removeFromCatalog(context: CommandContext, flags: RemoveServiceFlags, name: string): Promise<void> {
  const { root, out, progress, signal } = context;
  const plan = await planRemoval(root, { name, code: flags.code, force: flags.force });
  signal.throwIfAborted();
  const dist = flags.dryRun ? undefined : await removeService(root, plan);
  const { paths, goes, stays } = plan;
  const next = nextSteps(plan);
  if (flags.json) {
    const report = {
      service: name,
      dryRun: dist === undefined,
      removed: paths,
      ...(dist && { dist }),
      goes,
      stays,
      next,
    };
    out(JSON.stringify(report, null, 2));
    return;
  }
  for (const file of paths) out(`${file} (removed)`);
  for (const file of dist?.removed ?? []) out(`dist/${file} (removed)`);
  for (const file of dist?.written ?? []) out(`dist/${file}`);
  progress.say(
    dist === undefined ? 'nothing was changed; once it is delivered:' : 'once it is committed and delivered:',
  );
  for (const environment of goes) progress.say(`  ${environment}: it is deleted from the cluster`);
  for (const environment of stays)
    progress.say(`  ${environment}: it runs on until \`${secondStep(name, environment)}\``);
  if (dist !== undefined) for (const step of next) progress.say(`  ${step}`);
}

/** @throws UserError where the environment keeps nothing */
function keptEnvironment(project: Project, name: string) {
  const environment = environmentOf(project, name);
  const last = lastEnvironments(project.catalog.environments);
  if (last.has(name)) return environment;
  throw new UserError(`${name} keeps nothing: what leaves dist leaves it with the delivery`, {
    repair: 'npx slipway remove service <name>, then commit and npx slipway deliver',
  });
}

/** @throws UserError where nobody says yes */
async function ask(name: string, from: string, { objects }: Leftovers, context: CommandContext): Promise<void> {
  const what = objects.length === 0 ? '' : ` (${objects.join(', ')})`;
  const answer = await confirm(`Delete ${name} from ${from}${what}?`, context.signal);
  if (answer) return;
  throw new UserError('nothing was removed: nobody said yes', { repair: 'run it on a terminal, or give --yes' });
}

async function removeFromCluster(
  context: CommandContext,
  flags: RemoveServiceFlags,
  name: string,
  from: string,
): Promise<void> {
  const { root, out, progress, signal } = context;
  const project = await loadProject(root);
  const environment = keptEnvironment(project, from);
  // it names objects and a folder
  if (!/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) throw new UserError(`"${name}" is not the name of a service`);
  const kubectl = createKubectl(project, signal);
  const leftovers = await findLeftovers(kubectl, name, environment);
  const found = leftovers.application !== undefined || leftovers.policy;
  const report = { service: name, environment: from, ...leftovers };
  if (!found || flags.dryRun) {
    if (flags.json) out(JSON.stringify({ ...report, removed: false }, null, 2));
    else for (const object of leftovers.objects) out(object);
    progress.say(found ? 'nothing was removed' : `${from} has nothing of ${name}`);
    return;
  }
  if (flags.yes !== true) await ask(name, from, leftovers, context);
  const copy = await openCopy(project, context);
  const { reason } = flags;
  const actor = await readActor(root);
  // first, so that nothing is ever gone that nobody can be asked about
  const commit = await progress.step(`record the removal of ${name} from ${from}`, () =>
    recordRemoval({
      ...{ root, remote: copy.remote, service: name, environment: from, actor, signal },
      ...(reason !== undefined && { reason }),
    }),
  );
  await progress.step(`delete ${name} from ${from}`, (step) =>
    deleteLeftovers(kubectl, name, environment, { leftovers, step, signal }),
  );
  if (flags.json) out(JSON.stringify({ ...report, removed: true, commit }, null, 2));
  else for (const object of leftovers.objects) out(`${object} (removed)`);
  progress.say(`${name} is gone from ${from}; ${commit.slice(0, 7)} records it`);
}
