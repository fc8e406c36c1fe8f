import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment, Stack } from '@pulumi/pulumi/automation';
import { isAlive } from '../../core/alive';
import type { Progress } from '../../core/progress';
import type { Operation } from '../../infra/provider/resource-type';
import type { Surroundings } from '../../infra/provider/surroundings';
import { wakeCluster, type KubernetesClusterInputs } from '../../infra/provider/types/kubernetes-cluster';
import type { StateFiles } from './project';
import { backendFolder } from './pulumi';

interface StackLock {
  readonly pid: number;
}

/** Whether an engine still works under this number, and no other program that was given it since. */
async function isEngine(pid: number): Promise<boolean> {
  if (pid <= 0 || !isAlive(pid)) return false;
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'pulumi');
  return name.startsWith('pulumi');
}

async function stackLocks(project: StateFiles): Promise<readonly StackLock[]> {
  const folder = path.join(backendFolder(project), '.pulumi/locks');
  const names = (await readdir(folder, { recursive: true }).catch(() => [] as string[])).filter((name) =>
    name.endsWith('.json'),
  );
  const locks = await Promise.all(
    names.map(async (name) => {
      try {
        return JSON.parse(await readFile(path.join(folder, name), 'utf8')) as StackLock;
      } catch {
        return { pid: 0 };
      }
    }),
  );
  return locks;
}

/** Waits for an engine that outlived the command that started it, and drops the lock of one that is gone. */
async function takeOver(stack: Stack, project: StateFiles, progress: Progress, signal: AbortSignal): Promise<void> {
  const holders = (await stackLocks(project)).map(({ pid }) => pid);
  const engines = await Promise.all(holders.map(isEngine));
  const living = holders.filter((_pid, index) => engines[index]);
  if (living.length > 0) {
    await progress.step(`wait for an earlier run that still works (process ${living.join(', ')})`, async () => {
      while (living.some((pid) => isAlive(pid))) await sleep(500, undefined, { signal });
    });
  }
  if ((await stackLocks(project)).length > 0) {
    progress.say('an earlier run was interrupted; taking over its lock');
    await stack.cancel();
  }
}

/** Makes a stack usable again after its engine was killed, and settles what that one had begun and not recorded. */
export async function recover(
  stack: Stack,
  project: StateFiles,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  await takeOver(stack, project, progress, signal);
  const pending = stateOf(await stack.exportStack()).pending_operations ?? [];
  if (pending.length > 0) {
    await progress.step(`settle what an earlier run had begun (${pending.length})`, () =>
      // what it may have created is adopted when it is created again
      stack.refresh({ clearPendingCreates: true, suppressOutputs: true, color: 'never', signal }),
    );
  }
}

/** The part of the engine's state that is read and written here. */
interface State {
  readonly resources?: readonly StateResource[];
  readonly pending_operations?: readonly unknown[] | null;
}

interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
  readonly deletedWith?: string;
  readonly inputs?: { readonly cluster?: { readonly driver?: string } };
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | null>>;
}

function stateOf({ deployment }: Deployment): State {
  return (deployment ?? {}) as State;
}

const CLUSTER = 'slipway:index:KubernetesCluster';

/**
 * Starts the clusters of a stack that do not run. The engine asks a cluster once whether it answers, before anything is
 * mended, and one that was silent then stays so to it until it ends.
 */
export async function wakeClusters(stack: Stack, surroundings: Surroundings, operation: Operation): Promise<void> {
  const { resources = [] } = stateOf(await stack.exportStack());
  const clusters = resources.filter(({ type }) => type === CLUSTER);
  await Promise.all(
    clusters.map(({ inputs }) => wakeCluster(inputs as KubernetesClusterInputs, surroundings, operation)),
  );
}

/** A cluster that is not removed: what was put into it has to be taken out one by one. */
function staysBehind({ type, inputs }: StateResource): boolean {
  return type === CLUSTER && inputs?.cluster?.driver === 'existing';
}

/**
 * The state without what goes when the cluster goes, and without what was only begun. Removing a hundred objects from a
 * cluster that is removed next takes a minute and changes nothing. Of a cluster that somebody else keeps nothing goes.
 */
export function withoutInside(state: State): State {
  const all = state.resources ?? [];
  if (all.some(staysBehind)) return { ...state, pending_operations: [] };
  const gone = new Set(
    all.filter(({ deletedWith, type }) => Boolean(deletedWith) || type.startsWith('kubernetes:')).map(({ urn }) => urn),
  );
  const root = all.find(({ type }) => type === 'pulumi:pulumi:Stack')?.urn;
  const kept = (urns: readonly string[] | null): readonly string[] => (urns ?? []).filter((urn) => !gone.has(urn));
  const resources = all
    .filter(({ urn }) => !gone.has(urn))
    .map((resource) => ({
      ...resource,
      ...(resource.parent !== undefined && gone.has(resource.parent) && root !== undefined && { parent: root }),
      ...(resource.dependencies && { dependencies: kept(resource.dependencies) }),
      ...(resource.propertyDependencies && {
        propertyDependencies: Object.fromEntries(
          Object.entries(resource.propertyDependencies).map(([name, urns]) => [name, kept(urns)]),
        ),
      }),
    }));
  return { ...state, resources, pending_operations: [] };
}

/** Makes a stack ready to be destroyed, also after its engine was killed and where its cluster does not answer. */
export async function prepareDestroy(
  stack: Stack,
  project: StateFiles,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  await takeOver(stack, project, progress, signal);
  const exported = await stack.exportStack();
  await stack.importStack({ ...exported, deployment: withoutInside(stateOf(exported)) });
}
