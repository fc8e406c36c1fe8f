import { existsSync } from 'node:fs';
import { mkdir, readlink, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError, UserError } from '../../core/errors';
import { withLock } from '../../core/lock';
import { cacheFolder, stateFolder } from '../../core/paths';
import type { Progress } from '../../core/progress';
import {
  deleteRegistry,
  existingFiles,
  removeBroughtImages,
  removeClusters,
  takeInventory,
  verifyRemoval,
  type ClusterTool,
  type InventoryContext,
  type Item,
  type Receipt,
} from '../../infra/cluster';
import {
  createEngine,
  ensureEngine,
  probeEngine,
  removeEngine,
  type Engine,
  type MachineChange,
} from '../../infra/engine';
import { removeHosts } from '../../infra/host/hosts-file';
import type { CommandContext } from '../context';
import { stopCi } from '../platform/ci-process';
import { confirm } from '../platform/hosts';
import { loadProject, stateFiles } from '../platform/project';
import { hasStack, openStack } from '../platform/pulumi';
import { PulumiSteps } from '../platform/pulumi-steps';
import { prepareDestroy } from '../platform/stack-recovery';
import { recordedSettings, removeSettings } from '../platform/settings';
import { openSupply } from '../platform/supply';

export interface DownFlags {
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Long enough for a healthy cluster; a broken one is removed without the engine's help. */
const DESTROY_TIMEOUT_MS = 5 * 60_000;

/** What was put into a cluster of others is taken out object by object, and by the engine alone. */
const EMPTYING_TIMEOUT_MS = 45 * 60_000;

export async function down(context: CommandContext, flags: DownFlags): Promise<number> {
  const { root, progress, out } = context;
  await askForAll(flags, context);
  const name = await platformName(root);
  const state = stateFolder(root);
  const hadState = existsSync(state);
  await mkdir(state, { recursive: true, mode: 0o700 });
  const remove = async (): Promise<{ receipt: Receipt; changes: readonly MachineChange[] }> => {
    const engine = await findEngine(state, context);
    const platform: InventoryContext = { engine, platform: { name, stateFolder: state } };
    // this command's own lock is nothing that was there
    await stopCi(state);
    const before = (await takeInventory(platform)).filter(({ kind }) => hadState || kind !== 'file');
    await destroyStack(root, context);
    const shared = await removeOutside(platform, engine, context);
    await removeHosts(name).catch((error: unknown) => progress.say(`${describeError(error)}; going on without it`));
    await processesToEnd(platform, progress);
    await removeSettings(root);
    await rm(state, { recursive: true, force: true });
    const changes = flags.all ? await removeMachineParts(engine, progress) : [];
    const after = flags.all ? await findEngine(state, { ...context, start: false }) : engine;
    const keep = ({ kind, name: item }: Item): string | undefined =>
      kind === 'image' && shared.includes(item) ? 'a container of somebody else uses it' : undefined;
    return { receipt: await verifyRemoval(before, { ...platform, engine: after }, keep), changes };
  };
  const lock = path.join(state, 'up.lock');
  const { receipt, changes } = await withLock(lock, { purpose: '`slipway down`' }, remove).finally(() =>
    rmdir(state).catch(() => undefined),
  );
  const clean = receipt.clean && changes.every(({ state: what }) => what === 'removed');
  if (flags.json) out(JSON.stringify({ platform: name, ...receipt, clean, machine: changes }, null, 2));
  else out(describeReceipt(name, receipt, changes));
  return clean ? 0 : 1;
}

async function askForAll(flags: DownFlags, { signal }: CommandContext): Promise<void> {
  if (!flags.all || flags.yes) return;
  if (!process.stdin.isTTY) {
    throw new UserError('nothing was removed: --all takes the engine and the cache along, and nobody is here to ask', {
      repair: 'say --yes, or leave out --all to keep engine and cache',
    });
  }
  const question = `Also remove the engine and packages that Slipway installed, and ${cacheFolder()}?`;
  if (!(await confirm(question, signal))) {
    throw new UserError('nothing was removed', { repair: 'leave out --all to keep engine and cache' });
  }
}

/** The platform's name, also where the catalog is broken: that is no reason to keep a cluster. */
async function platformName(root: string): Promise<string> {
  const { name } = await recordedSettings(root);
  return name ?? (await loadProject(root)).settings.name;
}

/** The engine, started where it only sleeps; undefined where there is none, and so nothing in it. */
async function findEngine(
  state: string,
  { progress, signal, start = true }: Pick<CommandContext, 'progress' | 'signal'> & { readonly start?: boolean },
): Promise<Engine | undefined> {
  for (const command of ['docker', 'podman'] as const) {
    const probe = await probeEngine(command);
    if ('facts' in probe) return createEngine(probe.facts);
    if (probe.state === 'missing' || !start) continue;
    // containers of a platform that was made here may lie in an engine that does not run right now
    if (probe.state === 'stopped' && !existsSync(path.join(state, 'state'))) continue;
    const supply = openSupply({ progress, signal });
    return ensureEngine({ allowInstall: false, progress, tool: (name) => supply.tool(name) });
  }
  return undefined;
}

/** Lets Pulumi remove what it made, where its engine is at hand. What it cannot do is done without it. */
async function destroyStack(root: string, { progress, signal }: CommandContext): Promise<void> {
  const project = stateFiles(root);
  const engine = await readlink(path.join(project.bin, 'pulumi')).catch(() => undefined);
  if (engine === undefined || !existsSync(engine) || !(await hasStack(project))) return;
  const steps = new PulumiSteps(progress);
  const { record } = existingFiles({ platform: { name: '', stateFolder: project.state } });
  const timeoutMs = existsSync(record) ? EMPTYING_TIMEOUT_MS : DESTROY_TIMEOUT_MS;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const stack = await openStack(project);
    await prepareDestroy(stack, project, progress, limit);
    await stack.destroy({ color: 'never', suppressProgress: true, onEvent: steps.onEvent, signal: limit });
    steps.close();
  } catch (error) {
    steps.close(new Error('stopped'));
    signal.throwIfAborted();
    const reason = steps.errors[0] ?? describeError(error).split('\n')[0]!;
    if (existsSync(record)) {
      throw new UserError('what the platform put into the cluster is not all removed, so nothing else was', {
        details: [reason.trim()],
        repair: 'run the same command again when the cluster answers: it continues where it was',
        cause: error,
      });
    }
    progress.say(`Pulumi could not remove everything (${reason.trim()}); going on without it`);
  }
}

/**
 * Cluster, registry and images as the container engine sees them: whatever Pulumi knows of them or not.
 *
 * @returns images that stay because containers of others use them
 */
async function removeOutside(
  { platform }: InventoryContext,
  engine: Engine | undefined,
  { progress, signal }: CommandContext,
): Promise<readonly string[]> {
  const supply = openSupply({ progress, signal });
  const context = { platform, progress, signal, tool: (tool: ClusterTool) => supply.tool(tool) };
  return progress.step('remove cluster, registry and images', async () => {
    await removeClusters(context, engine);
    if (engine === undefined) return [];
    await deleteRegistry({ ...context, engine });
    return removeBroughtImages(engine, platform.stateFolder);
  });
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whether a process runs a tool of the supply: the engine, or a host of its that outlived it. */
async function isSupplyTool(pid: string): Promise<boolean> {
  const executable = await readlink(`/proc/${pid}/exe`).catch(() => '');
  return executable.startsWith(`${path.join(cacheFolder(), 'tools')}${path.sep}`);
}

/**
 * Plugins end by themselves when their engine is gone, which takes a moment, or minutes where it was killed; those are
 * told. What else works in the state folder, a shell of the user for one, is left alone and named in the receipt.
 */
async function processesToEnd(platform: InventoryContext, progress: Progress): Promise<void> {
  const running = async (): Promise<readonly Item[]> =>
    (await takeInventory(platform)).filter(({ kind }) => kind === 'process');
  const found = await running();
  if (found.length === 0) return;
  await progress.step('wait for processes of the platform to end', async () => {
    for (const { id } of found) {
      if (id !== undefined && (await isSupplyTool(id))) end(Number(id));
    }
    for (const until = Date.now() + 10_000; Date.now() < until && (await running()).length > 0;) await sleep(300);
  });
}

async function removeMachineParts(engine: Engine | undefined, progress: Progress): Promise<readonly MachineChange[]> {
  const changes = await removeEngine(engine, progress);
  const cache = cacheFolder();
  if (!existsSync(cache)) return changes;
  await progress.step(`remove ${cache}`, () => rm(cache, { recursive: true, force: true }));
  return [...changes, { kind: 'configuration', name: cache, state: 'removed' }];
}

/** The receipt in lines, by kind, and one last line that says whether anything is left. */
export function describeReceipt(name: string, { entries, clean }: Receipt, changes: readonly MachineChange[]): string {
  const kinds = [...new Set(entries.map(({ kind }) => kind))];
  const removed = kinds.flatMap((kind) => {
    const names = entries
      .filter((entry) => entry.kind === kind && entry.state === 'removed')
      .map((entry) => entry.name);
    const shown = names.slice(0, 4).join(', ') + (names.length > 4 ? `, and ${names.length - 4} more` : '');
    return names.length === 0 ? [] : [`removed  ${names.length} ${kind}${names.length === 1 ? '' : 's'}: ${shown}`];
  });
  const kept = entries
    .filter(({ state }) => state === 'kept')
    .map((entry) => `kept     ${entry.kind} ${entry.name}: ${entry.keptBecause}`);
  const left = entries.filter(({ state }) => state === 'left').map((entry) => `LEFT     ${entry.kind} ${entry.name}`);
  const machine = changes.map(
    (change) => `${change.state.padEnd(8)} ${change.kind} ${change.name}${change.reason ? `: ${change.reason}` : ''}`,
  );
  const verdict = clean
    ? `verified: nothing left of platform ${name}`
    : `${left.length} things of platform ${name} are left`;
  return [...removed, ...kept, ...left, ...machine, verdict].join('\n');
}
