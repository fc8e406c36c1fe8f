import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../core/errors';
import { exec, CommandFailed } from '../../../core/exec';
import { writeFileAtomic } from '../../../core/files';
import { containerName, publishing } from '../../engine';
import { requireFreePorts } from '../../host/ports';
import { processesUsing } from '../../host/processes';
import {
  changeOf,
  type ClusterChange,
  type ClusterContext,
  type ClusterDriver,
  type ClusterSpec,
  type ClusterState,
} from '../driver';
import { ensureImage } from '../images';
import { ensureNetwork, removeNetwork } from '../network';
import { ForeignCluster } from '../ownership';
import { refuse } from '../refusals';
import { kindConfig, LEAN_DROP_IN } from './config';
import { foreignNodesBecause, inspectKind } from './inspect';
import { listNodes, waitForNodes, wireRegistry, writeMarker } from './nodes';

const CREATE_MINUTES = 10;
const START_SECONDS = 120;

/** The files of a cluster. */
function files({ platform, folder }: ClusterContext) {
  const inState = (name: string): string => path.join(folder ?? platform.stateFolder, name);
  return {
    kubeconfig: inState('kubeconfig'),
    config: inState('kind/cluster.yaml'),
    leanFolder: inState('kind'),
    record: inState('kind/made'),
    folder: inState('kind'),
    log: inState('logs/kind-create.log'),
  };
}

async function runKind(context: ClusterContext, args: readonly string[], onLine?: (line: string) => void) {
  return exec(await context.tool('kind'), args, {
    env: { ...context.engine.env, ...networkVariable(context), KUBECONFIG: undefined },
    timeoutMs: CREATE_MINUTES * 60_000,
    ...(onLine && { onLine }),
    ...(context.signal && { signal: context.signal }),
  });
}

function networkVariable({ engine, platform }: ClusterContext): Record<string, string> {
  return { [`KIND_EXPERIMENTAL_${engine.command.toUpperCase()}_NETWORK`]: platform.name };
}

const isMade = (context: ClusterContext): boolean => existsSync(files(context).record);

async function make(spec: ClusterSpec, context: ClusterContext): Promise<void> {
  const { engine, platform, progress } = context;
  const { config, kubeconfig, leanFolder, log, record } = files(context);
  const ports = spec.nodes.flatMap((node) => node.ports ?? []);
  await requireFreePorts(
    Object.fromEntries(ports.map(({ hostPort, setting }) => [hostPort, setting ?? 'the port setting'])),
    publishing(engine),
  );
  await ensureNetwork(engine, platform);
  await ensureImage(engine, spec.image, platform.stateFolder, progress);
  await writeFileAtomic(
    config,
    kindConfig(spec, { cgroupVersion: engine.cgroupVersion, lean: engine.lean, leanFolder }),
  );
  await writeFileAtomic(path.join(leanFolder, 'containerd.conf'), LEAN_DROP_IN);
  await writeFileAtomic(record, `${spec.name}\n`);
  await progress.step(`create the cluster "${spec.name}" with ${spec.nodes.length} nodes`, async (step) => {
    await mkdir(path.dirname(log), { recursive: true });
    const lines: string[] = [];
    try {
      await runKind(context, ['create', 'cluster', '--config', config, '--kubeconfig', kubeconfig], (line) => {
        lines.push(line);
        step.detail(line.replace(/[^\x20-\x7e]/g, '').trim());
      });
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      throw new UserError('kind could not create the cluster', {
        details: error.details,
        repair: `read ${log}, then run the same command again`,
        cause: error,
      });
    } finally {
      await writeFile(log, `${lines.join('\n')}\n`);
    }
    await chmod(kubeconfig, 0o600);
    const nodes = (await listNodes(engine, spec.name)).map(containerName);
    await wireRegistry(engine, nodes, spec);
    const reason = await waitForNodes(engine, nodes, CREATE_MINUTES * 60, step.detail, context.signal);
    if (reason !== undefined) {
      throw new UserError(`the cluster did not become ready: ${reason}`, { repair: 'run the same command again' });
    }
    await writeMarker(engine, nodes[0]!, spec);
  });
}

/**
 * Ends a kind that went on alone after the process that started it was killed: when its nodes are replaced it fails, and
 * would then delete the new ones.
 */
async function endOrphans(context: ClusterContext): Promise<void> {
  for (const { pid } of await processesUsing(files(context).config)) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // it ended by itself
    }
  }
}

async function removeNodes(name: string, context: ClusterContext): Promise<void> {
  const { engine } = context;
  await endOrphans(context);
  const nodes = await listNodes(engine, name);
  if (nodes.length > 0) await engine.run(['rm', '--force', '--volumes', ...nodes.map(({ Id }) => Id)]);
}

/** Starts or restarts every node that needs it, the control plane first. @returns why they are not ready, if so */
async function bringUp(
  spec: ClusterSpec,
  context: ClusterContext,
  how: 'start' | 'restart',
): Promise<string | undefined> {
  const { engine, progress, signal } = context;
  return progress.step(`${how} the nodes of the cluster "${spec.name}"`, async (step) => {
    const nodes = await listNodes(engine, spec.name);
    for (const node of nodes) {
      if (how === 'start' && node.State.Status === 'running') continue;
      const command = node.State.Status === 'paused' ? 'unpause' : how;
      step.detail(`${command} ${containerName(node)}`);
      await engine.run([command, containerName(node)]);
    }
    return waitForNodes(engine, nodes.map(containerName), START_SECONDS, step.detail, signal);
  });
}

/** Refreshes what may be lost or changed without the cluster being any worse: kubeconfig and registry files. */
async function refresh(spec: ClusterSpec, context: ClusterContext): Promise<void> {
  const { engine } = context;
  const { kubeconfig, record } = files(context);
  const nodes = (await listNodes(engine, spec.name)).map(containerName);
  await wireRegistry(engine, nodes, spec);
  await writeFileAtomic(record, `${spec.name}\n`);
  const text = await readKubeconfig(spec.name, context);
  if ((await readFile(kubeconfig, 'utf8').catch(() => '')) !== text) await writeFileAtomic(kubeconfig, text, 0o600);
}

async function readKubeconfig(name: string, context: ClusterContext): Promise<string> {
  return (await runKind(context, ['get', 'kubeconfig', '--name', name])).stdout;
}

async function mend(spec: ClusterSpec, context: ClusterContext, state: ClusterState): Promise<ClusterChange> {
  const { kubeconfig } = files(context);
  const done = changeOf(kubeconfig);
  switch (state.state) {
    case 'absent':
      await make(spec, context);
      return done('created');
    case 'healthy':
      await refresh(spec, context);
      return done('none');
    case 'foreign':
    case 'different':
      throw refuse(state, spec.name);
    case 'stopped': {
      context.progress.say(`the cluster "${spec.name}" is stopped (${state.reason}); starting it`);
      await bringUp(spec, context, 'start');
      const after = await inspectKind(spec, context, isMade(context));
      if (after.state === 'healthy') await refresh(spec, context);
      else if (after.state !== 'stopped') return mend(spec, context, after);
      else return mend(spec, context, { state: 'broken', reason: after.reason, unfinished: false });
      return done('started', state.reason);
    }
    case 'broken': {
      context.progress.say(`the cluster "${spec.name}" is broken: ${state.reason}`);
      const nodes = await listNodes(context.engine, spec.name);
      const complete = nodes.length === spec.nodes.length && !state.unfinished;
      if (complete && (await bringUp(spec, context, 'restart').catch(String)) === undefined) {
        await refresh(spec, context);
        return done('repaired', state.reason);
      }
      context.progress.say(`making the cluster "${spec.name}" anew`);
      await removeNodes(spec.name, context);
      await removeNetwork(context.engine, context.platform);
      await make(spec, context);
      return done('recreated', state.reason);
    }
  }
}

/** Clusters of containers on this machine. @see https://kind.sigs.k8s.io */
export const kindDriver: ClusterDriver = {
  inspect: (spec, context) => inspectKind(spec, context, isMade(context)),

  async create(spec, context) {
    const state = await inspectKind(spec, context, isMade(context));
    return mend(spec, context, state);
  },

  async repair(spec, context) {
    return mend(spec, context, await inspectKind(spec, context, isMade(context)));
  },

  async delete(name, context) {
    const { engine, platform } = context;
    const [nodes, network] = await Promise.all([listNodes(engine, name), engine.inspect('network', platform.name)]);
    if (nodes.length > 0) {
      const foreign = foreignNodesBecause(nodes, network, platform, isMade(context));
      if (foreign !== undefined) throw new ForeignCluster(name, foreign);
    }
    await removeNodes(name, context);
    await removeNetwork(engine, platform);
    const { folder, kubeconfig, log } = files(context);
    await Promise.all([folder, kubeconfig, log].map((file) => rm(file, { recursive: true, force: true })));
  },

  kubeconfig: readKubeconfig,
  identity: async (name, { engine }) => (await engine.inspect('container', `${name}-control-plane`))?.Id,
  ingressAddress: async () => '127.0.0.1',
  // nodes of one network know each other by name, and the certificate of the API server holds it
  serverForOthers: async ({ name }) => `https://${name}-control-plane:6443`,
};
