import { existsSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { withLock } from '../../core/lock';
import { describePlan, type Supply, type SupplyPlan } from '../../infra/supply';
import { untilAborted, type CommandContext } from '../context';
import { addresses, releasedAddresses } from '../platform/addresses';
import { apply } from '../platform/apply';
import { runChecks } from '../platform/checks';
import { keepCi } from '../platform/ci-process';
import { deliverCommits, describePreview, lookForCommits } from '../platform/deliveries';
import { fingerprint, readCompleted, writeCompleted } from '../platform/fingerprint';
import { arrangeNames } from '../platform/hosts';
import { createKubectl } from '../platform/kubectl';
import { prepareMachine } from '../platform/machine';
import { faultOf, waitForAddresses } from '../platform/probe';
import { loadProject, type Project } from '../platform/project';
import { describeChecks } from '../platform/report';
import { recordedSettings, writeSettings, type SettingFlags } from '../platform/settings';
import { describeAddresses, withoutWebPage } from '../platform/summary';
import { openPlatformSupply, type SupplyFlags } from '../platform/supply';
import { expectations, isGood, lookAt, released, waitForApplications } from '../platform/wait';

export interface UpFlags extends SettingFlags, SupplyFlags {
  readonly hosts?: boolean;
  /** Run the workflows of what is pushed to the local forge. @default true */
  readonly ci?: boolean;
  readonly deliver?: boolean;
  readonly json?: boolean;
}

export async function up(context: CommandContext, flags: UpFlags): Promise<void> {
  const project = await loadProject(context.root, flags);
  await refuseToMove(project);
  await mkdir(project.state, { recursive: true, mode: 0o700 });
  await withLock(path.join(project.state, 'up.lock'), { purpose: '`slipway up`' }, async () => {
    const mark = await fingerprint(project);
    const completed = await readCompleted(project);
    if (completed?.fingerprint === mark && (await isComplete(project, context))) {
      context.progress.say('nothing to change: the platform is as described, Synced and Healthy');
      await finish(project, context, flags, completed.notes, false);
      return;
    }
    // what was complete once and is not any more has lost something that the engine's state still holds
    const notes = await bootstrap(project, context, flags, completed !== undefined);
    await writeCompleted(project, { fingerprint: mark, notes });
    await finish(project, context, flags, notes, true);
  }).finally(() => rmdir(project.state).catch(() => undefined));
}

/** @throws UserError where a platform is there under another name or other ports: its nodes cannot change theirs */
async function refuseToMove({ root, kubeconfig, settings }: Project): Promise<void> {
  if (!existsSync(kubeconfig)) return;
  const recorded = await recordedSettings(root);
  const moved = (['name', 'httpPort', 'httpsPort'] as const).filter(
    (key) => recorded[key] !== undefined && recorded[key] !== settings[key],
  );
  if (moved.length === 0) return;
  throw new UserError('this project has a platform on this machine with other settings', {
    details: moved.map((key) => `${key}: it has ${recorded[key]}, asked for is ${settings[key]}`),
    repair: 'leave the option out, or remove the platform with `npx slipway down` first',
  });
}

/** Whether the running platform answers and shows no fault; any doubt is a no. */
async function isComplete(project: Project, context: CommandContext): Promise<boolean> {
  try {
    const { expected, list } = await deliveredParts(project, context);
    const [seen, faults] = await Promise.all([
      lookAt(createKubectl(project, context.signal), expected),
      Promise.all(list.map(faultOf)),
    ]);
    return seen.every(({ verdict }) => isGood(verdict)) && faults.every((fault) => fault === undefined);
  } catch {
    return false;
  }
}

/** Everything from the machine to healthy services. @returns what the user should know of the choices */
async function bootstrap(
  project: Project,
  context: CommandContext,
  flags: UpFlags,
  refresh: boolean,
): Promise<readonly string[]> {
  const { progress, signal } = context;
  // a failure of the supply ends the engine, and the other way round
  const stop = new AbortController();
  const together = { ...context, signal: AbortSignal.any([signal, stop.signal]) };
  const supply = await openPlatformSupply(project, together, flags);
  const plan = await preflight(project, supply, context, flags);
  await prepareMachine({ supply, progress, ...flags });
  signal.throwIfAborted();
  await writeSettings(project.root, project.settings, plan.mode);
  const changes = await apply(project, supply, plan, together, { ...flags, refresh, stop });
  progress.say(changes === 0 ? 'nothing to change in the platform' : `${changes} parts of the platform changed`);
  const kubectl = createKubectl(project, signal);
  if (flags.deliver && refresh) await deliverCommits(project, context, { wait: false, ...flags });
  const { expected, list } = await deliveredParts(project, context);
  await progress.step('wait until every Application is Synced and Healthy', (step) =>
    waitForApplications(kubectl, expected, step, { signal }),
  );
  await progress.step('ask every address through the ingress', (step) => waitForAddresses(list, step, { signal }));
  return plan.substitutions;
}

/** What can be waited for: neither a service that only undelivered commits add nor one that was never released. */
async function deliveredParts(project: Project, context: CommandContext) {
  const { deployed } = await lookForCommits(project, context);
  return {
    expected: released(expectations(project.catalog), deployed),
    list: releasedAddresses(addresses(project.catalog, project.settings), deployed),
  };
}

/** Says what was found and chosen. @throws UserError before anything is touched where something is broken */
async function preflight(
  project: Project,
  supply: Supply,
  context: CommandContext,
  flags: UpFlags,
): Promise<SupplyPlan> {
  const { progress, signal } = context;
  const hasty = await openPlatformSupply(project, context, { ...flags, hasty: flags.build !== false });
  const { checks, plan } = await progress.step('look at this machine', () =>
    untilAborted(signal, runChecks(project, { supply: hasty, machine: context.surroundings?.machine, ...flags })),
  );
  // the plan below tells of substitutes
  for (const line of describeChecks(
    checks.filter(({ name }) => name !== 'substitute'),
    process.stderr,
  ))
    progress.say(line);
  const broken = checks.filter(({ state }) => state === 'broken');
  if (broken.length > 0 || plan === undefined) {
    throw new UserError('this machine is not ready, and nothing was changed', {
      details: broken.flatMap(({ name, finding, repair }) => [
        `${name}: ${finding}`,
        ...(repair === undefined ? [] : [`  ${repair}`]),
      ]),
      repair: 'repair what is broken above, then run the same command again',
    });
  }
  // an outage of seconds must not turn into a build of half an hour
  const builds = plan.items.some(({ how }) => how === 'build');
  const chosen = builds
    ? await progress.step('ask again what did not answer', () => untilAborted(signal, supply.plan()))
    : plan;
  for (const line of describePlan(chosen)) progress.say(line);
  return chosen;
}

/** What every `up` ends with: the receiver of pushes, waiting commits, names, URLs. */
async function finish(
  project: Project,
  context: CommandContext,
  flags: UpFlags,
  notes: readonly string[],
  first: boolean,
): Promise<void> {
  const { progress, signal, out } = context;
  const withoutCi = flags.ci === false ? 'as asked for' : await keepCi(project, context);
  const preview = await lookForCommits(project, context);
  if (flags.deliver && preview.pending.length > 0) {
    await deliverCommits(project, context, { wait: true, ...flags });
  } else {
    const lines = describePreview(preview);
    if (preview.pending.length > 0)
      progress.say('local commits that the platform does not have (npx slipway deliver):');
    for (const line of lines) progress.say(`  ${line}`);
  }
  const list = addresses(project.catalog, project.settings);
  await arrangeNames(project, list, { wanted: flags.hosts === true, ask: first, progress, signal });
  const withoutPage = await withoutWebPage(list);
  // the plan of the first run has named each
  if (notes.length > 0) progress.say(`note: ${notes.length} substitutes stand in (npx slipway doctor)`);
  if (withoutCi !== undefined) {
    progress.say(`note: pushes to the local forge start no workflows (npx slipway ci start): ${withoutCi}`);
  }
  for (const { what, url, probe } of withoutPage) {
    progress.say(
      `note: ${what} was built from source without its web pages; its API is complete, as at ${url}${probe}`,
    );
  }
  out(
    flags.json
      ? JSON.stringify({ settings: project.settings, addresses: list, pending: preview.pending, notes }, null, 2)
      : describeAddresses(list, withoutPage),
  );
}
