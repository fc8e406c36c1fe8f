import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { containerName, type Engine } from '../engine';
import { readHostsBlock } from '../host/hosts-file';
import { processesUsing } from '../host/processes';
import { broughtImages } from './images';
import { CLUSTER_LABEL } from './kind/nodes';
import { networkName } from './minikube/settings';
import { listNodes } from './minikube/status';
import { foreignBecause, PLATFORM_LABEL, type Platform } from './ownership';

export type ItemKind = 'container' | 'volume' | 'network' | 'image' | 'process' | 'mount' | 'hosts entry' | 'file';

/** One thing on this machine that exists because of a platform. */
export interface Item {
  readonly kind: ItemKind;
  /** As a user would look for it. */
  readonly name: string;
  /** What the engine or the kernel knows it by, where that is not its name. @default name */
  readonly id?: string;
}

export interface InventoryContext {
  /** Undefined where there is no engine, and so nothing in it. */
  readonly engine: Engine | undefined;
  readonly platform: Platform;
  /** @default `/etc/hosts` */
  readonly hostsFile?: string;
}

async function engineItems(engine: Engine, platform: Platform): Promise<readonly Item[]> {
  const network = await engine.inspect('network', platform.name);
  const ownNetwork = network !== undefined && foreignBecause(network.Labels, platform) === undefined;
  const labelled = await engine.containers(`label=${PLATFORM_LABEL}=${platform.name}`);
  // kind cannot label its nodes, but all clusters of a platform are on its network
  const nodes = ownNetwork ? await engine.containers(`label=${CLUSTER_LABEL}`, `network=${platform.name}`) : [];
  const nodeNetwork = await engine.inspect('network', networkName(platform.name));
  const ownNodeNetwork = nodeNetwork !== undefined && foreignBecause(nodeNetwork.Labels, platform) === undefined;
  const minikubeNodes = ownNodeNetwork ? await listNodes(engine, platform.name) : [];
  const containers = [
    ...labelled.filter(({ Config }) => foreignBecause(Config.Labels, platform) === undefined),
    ...nodes.filter(({ NetworkSettings }) => platform.name in NetworkSettings.Networks),
    ...minikubeNodes,
  ];
  const list = await engine.run(['volume', 'ls', '--quiet', '--filter', `label=${PLATFORM_LABEL}=${platform.name}`]);
  const volumes = await Promise.all(
    list.stdout
      .split('\n')
      .filter((name) => name !== '')
      .map(async (name) => ({ name, labels: (await engine.inspect('volume', name))?.Labels })),
  );
  // volumes of nodes have neither name nor label; once their container is gone nothing else tells whose they were
  const mounted = containers.flatMap(({ Mounts }) => Mounts.map(({ Type, Name }) => (Type === 'volume' ? Name : '')));
  const volumeNames = [
    ...volumes.filter(({ labels }) => foreignBecause(labels, platform) === undefined).map(({ name }) => name),
    ...mounted.filter((name) => name !== undefined && name !== ''),
  ];
  const images: Item[] = [];
  for (const reference of await broughtImages(platform.stateFolder)) {
    if ((await engine.inspect('image', reference)) !== undefined) images.push({ kind: 'image', name: reference });
  }
  return [
    ...containers.map((container) => ({
      kind: 'container' as const,
      name: containerName(container),
      id: container.Id,
    })),
    ...[...new Set(volumeNames)].map((name) => ({ kind: 'volume' as const, name: name! })),
    ...(ownNetwork ? [{ kind: 'network' as const, name: platform.name }] : []),
    ...(ownNodeNetwork ? [{ kind: 'network' as const, name: nodeNetwork.Name }] : []),
    ...images,
  ];
}

/** Mount points below a folder, from /proc/self/mounts, which writes spaces as `\040`. */
export function mountsBelow(mounts: string, folder: string): readonly string[] {
  return mounts
    .split('\n')
    .map((line) =>
      line.split(' ')[1]?.replace(/\\([0-7]{3})/g, (_match, code: string) => String.fromCharCode(parseInt(code, 8))),
    )
    .filter((point) => point !== undefined && (point === folder || point.startsWith(`${folder}/`)))
    .map((point) => point!);
}

async function hostItems(platform: Platform, hostsFile: string): Promise<readonly Item[]> {
  const hosts = readHostsBlock(await readFile(hostsFile, 'utf8').catch(() => ''), platform.name);
  const mounts = mountsBelow(await readFile('/proc/self/mounts', 'utf8').catch(() => ''), platform.stateFolder);
  const names = await readdir(platform.stateFolder).catch(() => [] as string[]);
  return [
    ...(await processesUsing(platform.stateFolder)).map(({ pid, name }) => ({
      kind: 'process' as const,
      name: `${name} (pid ${pid})`,
      id: String(pid),
    })),
    ...mounts.map((name) => ({ kind: 'mount' as const, name })),
    ...(hosts === undefined ? [] : [{ kind: 'hosts entry' as const, name: `${hostsFile}: ${hosts.join(' ')}` }]),
    ...(existsSync(platform.stateFolder) ? [{ kind: 'file' as const, name: platform.stateFolder }] : []),
    ...names.map((name) => ({ kind: 'file' as const, name: path.join(platform.stateFolder, name) })),
  ];
}

/** Everything that exists on this machine because of the platform, as the engine and the kernel report it now. */
export async function takeInventory(context: InventoryContext): Promise<readonly Item[]> {
  const { engine, platform, hostsFile = '/etc/hosts' } = context;
  const [inEngine, onHost] = await Promise.all([
    engine === undefined ? [] : engineItems(engine, platform),
    hostItems(platform, hostsFile),
  ]);
  return [...inEngine, ...onHost];
}

/** Whether one thing is still there, asked for by itself. */
export async function isThere(
  item: Item,
  { engine, platform, hostsFile = '/etc/hosts' }: InventoryContext,
): Promise<boolean> {
  switch (item.kind) {
    case 'container':
    case 'volume':
    case 'network':
    case 'image':
      return engine !== undefined && (await engine.inspect(item.kind, item.id ?? item.name)) !== undefined;
    case 'file':
      return existsSync(item.name);
    case 'process':
      // its folder may be gone by now, and it with that from a new inventory
      return existsSync(`/proc/${item.id}`);
    default:
      return (await hostItems(platform, hostsFile)).some(({ kind, name }) => kind === item.kind && name === item.name);
  }
}
