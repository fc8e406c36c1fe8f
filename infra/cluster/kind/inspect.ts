import { containerName, type ContainerFacts, type NetworkFacts } from '../../engine';
import type { ClusterContext, ClusterSpec, ClusterState } from '../driver';
import { foreignBecause, type Platform } from '../ownership';
import { listNodes, readMarker, settingsDifference, waitForNodes } from './nodes';

/** How long an API server may stay silent until its cluster counts as broken. */
const SILENT_SECONDS = 30;

/**
 * Whose the node containers are. kind cannot label them, so the network they are on, which is made and labelled first,
 * tells; where even that is gone, the project's own record does.
 *
 * @param recorded whether the project's state folder says that it made this cluster
 * @returns why they are somebody else's
 */
export function foreignNodesBecause(
  nodes: readonly ContainerFacts[],
  network: NetworkFacts | undefined,
  platform: Platform,
  recorded: boolean,
): string | undefined {
  const elsewhere = nodes.find((node) => !(platform.name in node.NetworkSettings.Networks));
  if (elsewhere !== undefined) {
    const networks = Object.keys(elsewhere.NetworkSettings.Networks).join(', ') || 'none';
    return `its node ${containerName(elsewhere)} is on network ${networks}, not on "${platform.name}"`;
  }
  if (network === undefined) return recorded ? undefined : 'its network is gone and this project has no record of it';
  return foreignBecause(network.Labels, platform);
}

/** What the containers alone tell, before anything inside them is asked; undefined where they look complete. */
export function judgeContainers(
  nodes: readonly ContainerFacts[],
  network: NetworkFacts | undefined,
  expected: number,
): ClusterState | undefined {
  if (network === undefined) return { state: 'broken', reason: 'its network was removed', unfinished: false };
  if (nodes.length !== expected || nodes.some((node) => node.State.Status === 'created')) {
    const started = nodes.filter((node) => node.State.Status !== 'created').length;
    return { state: 'broken', reason: `${started} of ${expected} nodes exist`, unfinished: false };
  }
  const down = nodes.filter((node) => node.State.Status !== 'running');
  if (down.length === 0) return undefined;
  const list = down.map((node) => `${containerName(node)} (${node.State.Status})`).join(', ');
  return { state: 'stopped', reason: `not running: ${list}` };
}

/** @param recorded see `foreignNodesBecause` */
export async function inspectKind(
  spec: ClusterSpec,
  { engine, platform, signal }: ClusterContext,
  recorded: boolean,
  onWait?: (reason: string) => void,
): Promise<ClusterState> {
  const [nodes, network] = await Promise.all([listNodes(engine, spec.name), engine.inspect('network', platform.name)]);
  if (nodes.length === 0) {
    const foreign = network && foreignBecause(network.Labels, platform);
    return foreign === undefined
      ? { state: 'absent' }
      : { state: 'foreign', reason: `a network has its name: ${foreign}` };
  }
  const foreign = foreignNodesBecause(nodes, network, platform, recorded);
  if (foreign !== undefined) return { state: 'foreign', reason: foreign };
  const judged = judgeContainers(nodes, network, spec.nodes.length);
  if (judged !== undefined) return judged;
  const names = nodes.map(containerName);
  const marker = await readMarker(engine, names[0]!);
  if (marker === undefined) return { state: 'broken', reason: 'its creation was never finished', unfinished: true };
  const difference = settingsDifference(marker, spec);
  if (difference !== undefined) return { state: 'different', reason: difference };
  const reason = await waitForNodes(engine, names, SILENT_SECONDS, onWait, signal);
  return reason === undefined ? { state: 'healthy' } : { state: 'broken', reason, unfinished: false };
}
