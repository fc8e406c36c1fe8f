import { setTimeout as sleep } from 'node:timers/promises';
import { containerName, type ContainerFacts, type Engine } from '../../engine';
import { differenceFrom } from '../difference';
import { registryEndpoint } from '../registry';
import type { ClusterSpec, NodesSpec } from '../driver';

export const CLUSTER_LABEL = 'io.x-k8s.kind.cluster';
export const ROLE_LABEL = 'io.x-k8s.kind.role';

/** Written into the control plane as the last step of a creation; holds the settings the cluster was made with. */
const MARKER = '/etc/slipway/cluster.json';

/** The node containers of a cluster, control plane first: the order in which they are started. */
export async function listNodes(engine: Engine, cluster: string): Promise<readonly ContainerFacts[]> {
  const nodes = await engine.containers(`label=${CLUSTER_LABEL}=${cluster}`);
  const rank = (node: ContainerFacts): string =>
    `${node.Config.Labels?.[ROLE_LABEL] === 'control-plane' ? 0 : 1} ${containerName(node)}`;
  return nodes.toSorted((a, b) => rank(a).localeCompare(rank(b)));
}

/** The settings that only a new cluster can take over. */
export function fixedSettings(spec: ClusterSpec): Readonly<Record<string, unknown>> {
  return {
    image: spec.image.reference,
    nodes: spec.nodes.map(({ role, labels, ports, mounts }) => ({
      role,
      labels: Object.entries(labels ?? {}).sort(),
      ports: (ports ?? []).map(({ hostPort, nodePort }) => `${hostPort}:${nodePort}`),
      mounts: (mounts ?? []).map(({ hostPath, nodePath }) => `${hostPath}:${nodePath}`),
    })),
  };
}

/** What a cluster was made with and what is asked for now, where they differ. */
export function settingsDifference(marker: string, spec: ClusterSpec): string | undefined {
  return differenceFrom(marker, fixedSettings(spec));
}

async function writeInNode(engine: Engine, node: string, file: string, content: string): Promise<void> {
  const script = 'mkdir -p "$(dirname "$1")" && cat > "$1"';
  await engine.run(['exec', '--interactive', node, 'sh', '-c', script, 'write', file], { input: content });
}

/** Content of the marker; undefined where the creation was never finished. */
export async function readMarker(engine: Engine, controlPlane: string): Promise<string | undefined> {
  const { stdout, exitCode } = await engine.run(['exec', controlPlane, 'cat', MARKER], { allowFailure: true });
  return exitCode === 0 ? stdout : undefined;
}

export async function writeMarker(engine: Engine, controlPlane: string, spec: ClusterSpec): Promise<void> {
  await writeInNode(engine, controlPlane, MARKER, JSON.stringify(fixedSettings(spec)));
}

/** containerd's host files by their folder below `certs.d`. */
export function registryHosts(spec: NodesSpec): ReadonlyMap<string, string> {
  const endpoint = spec.registry.endpoint ?? registryEndpoint(spec.name);
  // naming the registry as the server too keeps containerd from asking the internet for what the registry lacks
  const toml = `server = "${endpoint}"\n\n[host."${endpoint}"]\n  capabilities = ["pull", "resolve"]\n`;
  return new Map([
    [spec.registry.host, toml],
    ...(spec.registry.mirrorEverything ? [['_default', toml] as const] : []),
  ]);
}

/** Tells containerd of every node where the local registry is; it reads these files at each pull. */
export async function wireRegistry(engine: Engine, nodes: readonly string[], spec: NodesSpec): Promise<void> {
  const hosts = registryHosts(spec);
  await Promise.all(
    nodes.map(async (node) => {
      for (const [folder, toml] of hosts) {
        await writeInNode(engine, node, `/etc/containerd/certs.d/${folder}/hosts.toml`, toml);
      }
      if (!hosts.has('_default')) {
        await engine.run(['exec', node, 'rm', '-rf', '/etc/containerd/certs.d/_default']);
      }
    }),
  );
}

interface KubernetesNode {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

/** Why the nodes are not all ready, from `kubectl get nodes -o json`; undefined where they are. */
export function notReadyBecause(json: string, expected: readonly string[]): string | undefined {
  const { items } = JSON.parse(json) as { readonly items: readonly KubernetesNode[] };
  const reasons = expected.map((name) => {
    const node = items.find((item) => item.metadata.name === name);
    if (node === undefined) return `node ${name} has not joined`;
    const ready = node.status.conditions?.find(({ type }) => type === 'Ready');
    return ready?.status === 'True' ? undefined : `node ${name} is not ready: ${ready?.message ?? 'no report yet'}`;
  });
  const found = reasons.filter((reason) => reason !== undefined);
  return found.length === 0 ? undefined : found.join('; ');
}

/** Asks the API server, from inside the control plane, so that no kubeconfig or tool of this machine is needed. */
async function askReadiness(engine: Engine, nodes: readonly string[]): Promise<string | undefined> {
  const kubectl = ['kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', '--request-timeout=5s'];
  try {
    const { stdout } = await engine.run(['exec', nodes[0]!, ...kubectl, 'get', 'nodes', '-o', 'json'], {
      timeoutMs: 15_000,
    });
    return notReadyBecause(stdout, nodes);
  } catch (error) {
    const details = error instanceof Error && 'details' in error ? (error.details as readonly string[]) : [];
    return `the API server does not answer: ${details.at(-1) ?? (error as Error).message}`;
  }
}

/**
 * Waits until the API server answers and reports every node as ready.
 *
 * @param nodes their names, control plane first
 * @param onWait told what is being waited for
 * @returns why not, where the time is over
 */
export async function waitForNodes(
  engine: Engine,
  nodes: readonly string[],
  seconds: number,
  onWait: (reason: string) => void = () => undefined,
  signal?: AbortSignal,
): Promise<string | undefined> {
  for (const until = Date.now() + seconds * 1000; ; await sleep(500, undefined, { signal })) {
    const reason = await askReadiness(engine, nodes);
    if (reason === undefined || Date.now() >= until) return reason;
    onWait(reason);
  }
}
