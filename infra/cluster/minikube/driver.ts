import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../core/errors';
import { exec } from '../../../core/exec';
import { writeFileAtomic } from '../../../core/files';
import { containerName } from '../../engine';
import { changeOf, type ClusterChange, type ClusterContext, type ClusterDriver, type ClusterState } from '../driver';
import { wireRegistry } from '../kind/nodes';
import { refuse } from '../refusals';
import { asUserError, minikubeError, minikubeFiles, readEvent, runMinikube } from './command';
import { connectRegistry, ensureNodeNetwork, removeNodeNetwork } from './network';
import { fixedSettings, ingressNode, namedNodes, networkName, startArguments, type MinikubeSpec } from './settings';
import { inspectMinikube, listNodes, PROFILE_LABEL } from './status';

const START_MINUTES = 20;

/** Makes, starts or mends the nodes, and tells what minikube tells. */
async function start(spec: MinikubeSpec, context: ClusterContext, title: string): Promise<void> {
  const { engine, platform, progress } = context;
  const { log, record } = minikubeFiles(context);
  await ensureNodeNetwork(engine, spec.name, platform);
  await writeFileAtomic(record, `${spec.name}\n`);
  const args = startArguments(spec, { engine: engine.command, root: process.getuid?.() === 0 });
  await progress.step(title, async (step) => {
    const lines: string[] = [];
    const onLine = (line: string): void => {
      lines.push(line);
      const event = readEvent(line);
      if (event?.kind === 'step') step.detail(event.data['message'] ?? '');
    };
    await mkdir(path.dirname(log), { recursive: true });
    try {
      const { exitCode } = await runMinikube(spec.name, context, args, { minutes: START_MINUTES, onLine });
      if (exitCode !== 0) throw minikubeError(`start the cluster "${spec.name}"`, lines.join('\n'), log);
    } catch (error) {
      throw asUserError(error);
    } finally {
      await writeFile(log, `${lines.join('\n')}\n`);
    }
    await equip(spec, context);
    await writeFileAtomic(minikubeFiles(context).marker, `${JSON.stringify(fixedSettings(spec))}\n`);
  });
}

/** What every look brings back: labels, the way to the registry, volumes for nodes that pods move between. */
async function equip(spec: MinikubeSpec, context: ClusterContext): Promise<void> {
  const { engine, platform } = context;
  const { kubeconfig } = minikubeFiles(context);
  await chmod(kubeconfig, 0o600);
  const kubectl = await context.tool('kubectl');
  const nodes = namedNodes(spec);
  for (const { name, labels = {} } of nodes) {
    const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    if (pairs.length === 0) continue;
    await exec(kubectl, ['--kubeconfig', kubeconfig, 'label', 'node', name, '--overwrite', ...pairs], {
      timeoutMs: 60_000,
    });
  }
  await connectRegistry(engine, spec.name, platform);
  await wireRegistry(
    engine,
    nodes.map(({ name }) => name),
    spec,
  );
  // minikube's own provisioner makes folders on the control plane alone
  const addon = ['addons', 'enable', 'storage-provisioner-rancher', '--output=json'];
  const { exitCode, stdout } = await runMinikube(spec.name, context, addon, { minutes: 5 });
  if (exitCode !== 0) throw minikubeError('switch on the provisioner of volumes', stdout, minikubeFiles(context).log);
}

/** Takes away what is left of a profile, by minikube where it can, by the engine where it cannot. */
async function remove(name: string, context: ClusterContext): Promise<void> {
  const { engine, platform, progress } = context;
  const { home } = minikubeFiles(context);
  const told = await runMinikube(name, context, ['delete', '--output=json'], { minutes: 5 }).catch(asUserError);
  const nodes = await listNodes(engine, name);
  if (nodes.length > 0) {
    const reason = told instanceof UserError ? told.message : 'minikube left them';
    progress.say(`removing ${nodes.map(containerName).join(', ')} without minikube: ${reason}`);
    await engine.run(['rm', '--force', '--volumes', ...nodes.map(({ Id }) => Id)]);
  }
  const volumes = await engine.run(['volume', 'ls', '--quiet', '--filter', `label=${PROFILE_LABEL}=${name}`]);
  const left = volumes.stdout.split('\n').filter((volume) => volume !== '');
  if (left.length > 0) await engine.run(['volume', 'rm', ...left]);
  await removeNodeNetwork(engine, name, platform);
  await rm(home, { recursive: true, force: true });
}

async function mend(spec: MinikubeSpec, context: ClusterContext, state: ClusterState): Promise<ClusterChange> {
  const { kubeconfig } = minikubeFiles(context);
  const done = changeOf(kubeconfig);
  switch (state.state) {
    case 'absent':
      await start(spec, context, `create the cluster "${spec.name}" with ${spec.nodes.length} nodes`);
      return done('created');
    case 'healthy':
      await equip(spec, context);
      return done('none');
    case 'foreign':
    case 'different':
      throw refuse(state, spec.name);
    case 'stopped':
      context.progress.say(`the cluster "${spec.name}" is stopped (${state.reason}); starting it`);
      await start(spec, context, `start the nodes of the cluster "${spec.name}"`);
      return done('started', state.reason);
    case 'broken': {
      context.progress.say(`the cluster "${spec.name}" is broken: ${state.reason}`);
      if (!state.unfinished) {
        const title = `mend the cluster "${spec.name}"`;
        const mended = await start(spec, context, title).then(
          () => true,
          () => false,
        );
        context.signal?.throwIfAborted();
        if (mended) return done('repaired', state.reason);
      }
      context.progress.say(`making the cluster "${spec.name}" anew`);
      await remove(spec.name, context);
      await start(spec, context, `create the cluster "${spec.name}" with ${spec.nodes.length} nodes`);
      return done('recreated', state.reason);
    }
  }
}

async function addressOf(node: string, cluster: string, { engine }: ClusterContext): Promise<string> {
  const container = await engine.inspect('container', node);
  const address = container?.NetworkSettings.Networks[networkName(cluster)]?.IPAddress;
  if (address) return address;
  throw new UserError(`the node ${node} has no address on the network ${networkName(cluster)}`, {
    repair: 'run `slipway up` again: it starts nodes that are stopped',
  });
}

/**
 * Clusters of containers on this machine, made by minikube in a home of their own.
 *
 * @see https://minikube.sigs.k8s.io/docs/drivers/docker/
 */
export const minikubeDriver: ClusterDriver<MinikubeSpec> = {
  inspect: inspectMinikube,
  create: async (spec, context) => mend(spec, context, await inspectMinikube(spec, context)),
  repair: async (spec, context) => mend(spec, context, await inspectMinikube(spec, context)),

  async delete(name, context) {
    const { engine } = context;
    const { record, kubeconfig, log } = minikubeFiles(context);
    const [nodes, begun] = await Promise.all([
      listNodes(engine, name),
      readFile(record, 'utf8').catch(() => undefined),
    ]);
    if (begun === undefined) {
      if (nodes.length === 0) return;
      throw refuse({ state: 'foreign', reason: 'this project has no record of its profile' }, name);
    }
    await remove(name, context);
    await Promise.all([kubeconfig, log].map((file) => rm(file, { force: true })));
  },

  async kubeconfig(name, context) {
    const { kubeconfig } = minikubeFiles(context);
    const known = await readFile(kubeconfig, 'utf8').catch(() => undefined);
    if (known !== undefined) return known;
    const { exitCode, stdout } = await runMinikube(name, context, ['update-context', '--output=json']);
    if (exitCode !== 0) throw minikubeError('write a kubeconfig', stdout, minikubeFiles(context).log);
    await chmod(kubeconfig, 0o600);
    return readFile(kubeconfig, 'utf8');
  },

  identity: async (name, { engine }) => (await engine.inspect('container', name))?.Id,
  ingressAddress: (spec, context) => addressOf(ingressNode(spec), spec.name, context),
  serverForOthers: async ({ name }) => `https://${name}:8443`,
};
