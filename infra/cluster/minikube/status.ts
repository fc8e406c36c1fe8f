import { readFile } from 'node:fs/promises';
import { containerName, type ContainerFacts, type Engine } from '../../engine';
import { differenceFrom } from '../difference';
import type { ClusterContext, ClusterState } from '../driver';
import { minikubeFiles, readEvent, runMinikube } from './command';
import { fixedSettings, type MinikubeSpec } from './settings';

/** minikube puts the profile's name into it. */
export const PROFILE_LABEL = 'name.minikube.sigs.k8s.io';

/** One node in `minikube status --output json`. */
export interface NodeStatus {
  readonly Name: string;
  readonly Host: string;
  readonly Kubelet: string;
  readonly APIServer: string;
  readonly Kubeconfig: string;
}

const IRRELEVANT = 'Irrelevant';

/** The node containers of a profile, the control plane first. */
export async function listNodes(engine: Engine, profile: string): Promise<readonly ContainerFacts[]> {
  const nodes = await engine.containers(`label=${PROFILE_LABEL}=${profile}`);
  return nodes.toSorted((a, b) => containerName(a).localeCompare(containerName(b)));
}

/** The nodes of an answer: one of them is an object by itself. Undefined where it is no answer about nodes. */
export function readStatus(stdout: string): readonly NodeStatus[] | undefined {
  const line = stdout.split('\n').find((one) => /^\s*[[{]/.test(one) && readEvent(one.trim()) === undefined);
  if (line === undefined) return undefined;
  try {
    const parsed = JSON.parse(line) as NodeStatus | readonly NodeStatus[];
    const nodes = Array.isArray(parsed) ? (parsed as readonly NodeStatus[]) : [parsed as NodeStatus];
    return nodes.every((node) => typeof node.Host === 'string') ? nodes : undefined;
  } catch {
    return undefined;
  }
}

/** What the nodes' states come to; undefined where all of them run. */
export function judgeStatus(nodes: readonly NodeStatus[], expected: number): ClusterState | undefined {
  const missing = nodes.filter(({ Host }) => Host === 'Nonexistent');
  if (missing.length > 0 || nodes.length < expected) {
    const reason = `${nodes.length - missing.length} of ${expected} nodes exist`;
    return { state: 'broken', reason, unfinished: false };
  }
  const down = nodes.filter(({ Host }) => Host !== 'Running');
  if (down.length > 0) {
    return { state: 'stopped', reason: `not running: ${down.map(({ Name, Host }) => `${Name} (${Host})`).join(', ')}` };
  }
  const paused = nodes.filter(({ APIServer, Kubelet }) => APIServer === 'Paused' || Kubelet === 'Paused');
  if (paused.length > 0) return { state: 'stopped', reason: `paused: ${paused.map(({ Name }) => Name).join(', ')}` };
  const ill = nodes.flatMap(({ Name, Kubelet, APIServer, Kubeconfig }) => [
    ...(Kubelet === 'Running' ? [] : [`the kubelet of ${Name} is ${Kubelet}`]),
    ...(['Running', IRRELEVANT].includes(APIServer) ? [] : [`the API server of ${Name} is ${APIServer}`]),
    ...(['Configured', IRRELEVANT].includes(Kubeconfig) ? [] : [`the kubeconfig is ${Kubeconfig}`]),
  ]);
  return ill.length === 0 ? undefined : { state: 'broken', reason: ill.join('; '), unfinished: false };
}

/** Looks at a profile and its containers. */
export async function inspectMinikube(spec: MinikubeSpec, context: ClusterContext): Promise<ClusterState> {
  const { record, marker } = minikubeFiles(context);
  const [nodes, begun, made] = await Promise.all([
    listNodes(context.engine, spec.name),
    readFile(record, 'utf8').catch(() => undefined),
    readFile(marker, 'utf8').catch(() => undefined),
  ]);
  if (nodes.length === 0) return { state: 'absent' };
  if (begun === undefined) {
    return {
      state: 'foreign',
      reason: `its container ${containerName(nodes[0]!)} is not in this project's own profile`,
    };
  }
  if (made === undefined) return { state: 'broken', reason: 'its creation was never finished', unfinished: true };
  const difference = differenceFrom(made, fixedSettings(spec));
  if (difference !== undefined) return { state: 'different', reason: difference };
  const { stdout, stderr } = await runMinikube(spec.name, context, ['status', '--output', 'json']);
  const status = readStatus(stdout);
  if (status === undefined) {
    // an unknown profile is told as an information, with exit code 85
    const [told] = (stdout || stderr).split('\n').flatMap((line) => readEvent(line)?.data['message'] ?? []);
    return { state: 'broken', reason: told ?? 'minikube does not know its own profile', unfinished: false };
  }
  return judgeStatus(status, spec.nodes.length) ?? { state: 'healthy' };
}
