import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../core/errors';
import { publishing, type ContainerFacts } from '../engine';
import { requireFreePorts } from '../host/ports';
import type { ClusterContext } from './driver';
import { ensureImage, type ImageSource } from './images';
import { ensureNetwork, removeNetwork } from './network';
import { foreignBecause, labelArguments, type Platform } from './ownership';

export interface RegistrySpec {
  /** An image that serves the registry API on port 5000 and keeps its data in /var/lib/registry. */
  readonly image: ImageSource;
  /** Port on 127.0.0.1 to which this machine pushes. */
  readonly hostPort: number;
}

export type RegistryContext = Pick<ClusterContext, 'engine' | 'platform' | 'progress' | 'signal'>;

const PORT = 5000;
const READY_WITHIN_SECONDS = 60;

/** Name of the registry's container and volume; nodes find it by this name on the platform's network. */
export function registryName(platformName: string): string {
  return `${platformName}-registry`;
}

/** URL of the registry as nodes see it. */
export function registryEndpoint(platformName: string): string {
  return `http://${registryName(platformName)}:${PORT}`;
}

/** Tells tools where images for this cluster are pushed. @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-cluster-lifecycle/generic/1755-communicating-a-local-registry */
export function localRegistryHosting(hostPort: number) {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'local-registry-hosting', namespace: 'kube-public' },
    data: { 'localRegistryHosting.v1': `host: "localhost:${hostPort}"\n` },
  } as const;
}

/** What keeps a container of ours from serving as the registry that is asked for. */
export function registryDifference(container: ContainerFacts, spec: RegistrySpec): string | undefined {
  const port = container.HostConfig.PortBindings?.[`${PORT}/tcp`]?.[0]?.HostPort;
  if (port !== String(spec.hostPort)) return `it is published on port ${port ?? 'none'}, not ${spec.hostPort}`;
  if (container.Config.Image !== spec.image.reference) {
    return `it runs ${container.Config.Image}, not ${spec.image.reference}`;
  }
  return undefined;
}

async function answers(hostPort: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${hostPort}/v2/`, { signal: AbortSignal.timeout(2000) });
    return response.ok;
  } catch {
    return false;
  }
}

async function waitForAnswer(spec: RegistrySpec, { engine, platform, signal }: RegistryContext): Promise<void> {
  const name = registryName(platform.name);
  for (const until = Date.now() + READY_WITHIN_SECONDS * 1000; Date.now() < until; await sleep(100)) {
    if (await answers(spec.hostPort)) return;
    signal?.throwIfAborted();
  }
  const { stdout, stderr } = await engine.run(['logs', '--tail', '8', name], { allowFailure: true });
  throw new UserError(`the registry does not answer at http://127.0.0.1:${spec.hostPort}/v2/`, {
    details: `${stdout}${stderr}`.trim().split('\n'),
    repair: `${engine.command} logs ${name}`,
  });
}

function refuseForeign(container: ContainerFacts, platform: Platform, command: string): void {
  const foreign = foreignBecause(container.Config.Labels, platform);
  if (foreign === undefined) return;
  const name = registryName(platform.name);
  throw new UserError(`a container named "${name}" is there already: ${foreign}`, {
    repair: `choose another name with --name, or remove it: ${command} rm -f ${name}`,
  });
}

/** Starts a container that is stopped. @returns why it cannot start, for example because its network was removed */
async function startBecause(container: ContainerFacts, { engine }: RegistryContext): Promise<string | undefined> {
  if (container.State.Running) return undefined;
  const { exitCode, stderr } = await engine.run(['start', container.Id], { allowFailure: true });
  return exitCode === 0 ? undefined : `it does not start: ${stderr.trim()}`;
}

/**
 * Makes sure the platform's registry runs and answers. One of ours is adopted or started; where its port or image
 * changed it is made anew over the same volume, so pushed images stay.
 *
 * @returns what had to be done
 * @throws UserError where the name or the port belongs to somebody else
 */
export async function ensureRegistry(
  spec: RegistrySpec,
  context: RegistryContext,
): Promise<'none' | 'created' | 'started' | 'recreated'> {
  const { engine, platform, progress } = context;
  const name = registryName(platform.name);
  const found = await engine.inspect('container', name);
  if (found !== undefined) {
    refuseForeign(found, platform, engine.command);
    const difference = registryDifference(found, spec) ?? (await startBecause(found, context));
    if (difference === undefined) {
      await waitForAnswer(spec, context);
      return found.State.Running ? 'none' : 'started';
    }
    progress.say(`the registry is made anew over the same volume: ${difference}`);
    await engine.run(['rm', '--force', name]);
  }
  await requireFreePorts({ [spec.hostPort]: '--registry-port' }, publishing(engine));
  await ensureNetwork(engine, platform);
  await ensureImage(engine, spec.image, platform.stateFolder, progress);
  await progress.step('start the registry', async () => {
    await engine.run(['volume', 'create', ...labelArguments(platform), name]);
    await engine.run([
      ...['run', '--detach', '--name', name, '--restart', 'unless-stopped', '--network', platform.name],
      ...['--publish', `127.0.0.1:${spec.hostPort}:${PORT}`, '--volume', `${name}:/var/lib/registry`],
      ...labelArguments(platform),
      spec.image.reference,
    ]);
    await waitForAnswer(spec, context);
  });
  return found === undefined ? 'created' : 'recreated';
}

/** Removes the registry with its images, and the network when nothing else uses it. Somebody else's stays. */
export async function deleteRegistry({ engine, platform }: RegistryContext): Promise<void> {
  const name = registryName(platform.name);
  const container = await engine.inspect('container', name);
  if (container !== undefined && foreignBecause(container.Config.Labels, platform) === undefined) {
    await engine.run(['rm', '--force', '--volumes', name]);
  }
  const volume = await engine.inspect('volume', name);
  if (volume !== undefined && foreignBecause(volume.Labels, platform) === undefined) {
    await engine.run(['volume', 'rm', name]);
  }
  await removeNetwork(engine, platform);
}
