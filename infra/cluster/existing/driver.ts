import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../core/errors';
import { CommandFailed } from '../../../core/exec';
import { writeFileAtomic } from '../../../core/files';
import type { ClusterDriver, ClusterState, DriverContext } from '../driver';
import { refuse } from '../refusals';
import { obstacles, type Obstacle } from './checks';
import { kubeconfigSource, readContext } from './kubeconfig';
import { kubectlFor, type Kubectl } from './kubectl';
import type { ExistingSpec } from './spec';

/** Where the cluster says whose platform is in it. */
const MARKER_NAMESPACE = 'kube-public';
const markerName = (name: string): string => `slipway-${name}`;

/** What the project knows without asking the cluster. */
interface Known {
  readonly context: string;
  readonly namespaces: readonly string[];
}

export function existingFiles({ platform, folder = platform.stateFolder }: Pick<DriverContext, 'platform' | 'folder'>) {
  return { kubeconfig: path.join(folder, 'kubeconfig'), record: path.join(folder, 'existing.json') };
}

/** The platform's own copy of the context, and kubectl on it. */
async function connect(spec: ExistingSpec, context: DriverContext): Promise<Kubectl> {
  const { content } = await readContext(spec, context);
  const { kubeconfig } = existingFiles(context);
  if ((await readFile(kubeconfig, 'utf8').catch(() => '')) !== content) {
    await writeFileAtomic(kubeconfig, content, 0o600);
  }
  const what = `context "${spec.context}"`;
  return kubectlFor(await context.tool('kubectl'), { kubeconfig, what, signal: context.signal });
}

async function ownerOf(kubectl: Kubectl, name: string): Promise<string | undefined> {
  const args = ['get', 'configmap', markerName(name), `--namespace=${MARKER_NAMESPACE}`, '--ignore-not-found'];
  const found = kubectl([...args, '--output=jsonpath={.data.project}']).catch((error: unknown) => {
    // who may not even look lacks more than that, and is told everything when rights are checked
    if (error instanceof CommandFailed && error.details.some((line) => line.includes('(Forbidden)'))) return undefined;
    throw error;
  });
  return (await found)?.stdout.trim() || undefined;
}

async function look(kubectl: Kubectl, { name }: ExistingSpec, { platform }: DriverContext): Promise<ClusterState> {
  const owner = await ownerOf(kubectl, name);
  if (owner === undefined) return { state: 'absent' };
  if (owner === platform.stateFolder) return { state: 'healthy' };
  return { state: 'foreign', reason: `it holds a platform of the project with state folder ${owner}` };
}

async function mark(kubectl: Kubectl, { name }: ExistingSpec, { platform }: DriverContext): Promise<void> {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: markerName(name),
      namespace: MARKER_NAMESPACE,
      labels: { 'app.kubernetes.io/managed-by': 'slipway' },
    },
    data: { platform: platform.name, project: platform.stateFolder },
  };
  await kubectl(['apply', '--server-side', '--filename=-'], { input: JSON.stringify(object) });
}

/** What a look at a cluster of somebody else finds. */
export interface ExistingFindings {
  /** URL of its API server. */
  readonly server: string;
  /** The platform is in it already. */
  readonly adopted: boolean;
  readonly obstacles: readonly Obstacle[];
}

/**
 * Looks with the user's own kubeconfig, and changes nothing: neither in the cluster nor on this machine.
 *
 * @throws UserError where there is no such context, it looks like production, or the cluster does not answer
 */
export async function inspectExisting(spec: ExistingSpec, context: DriverContext): Promise<ExistingFindings> {
  const { server } = await readContext(spec, context);
  const kubectl = kubectlFor(await context.tool('kubectl'), {
    kubeconfig: kubeconfigSource(spec),
    context: spec.context,
    what: `context "${spec.context}"`,
    signal: context.signal,
  });
  const state = await look(kubectl, spec, context);
  if (state.state === 'foreign') throw refuse(state, spec.context);
  const fresh = state.state === 'absent';
  return { server, adopted: !fresh, obstacles: await obstacles(kubectl, spec, fresh) };
}

/** Looks at everything that stands in the way before anything is changed, and records whose the platform is. */
async function adopt(spec: ExistingSpec, context: DriverContext): Promise<'created' | 'none'> {
  const kubectl = await connect(spec, context);
  const state = await look(kubectl, spec, context);
  if (state.state === 'foreign') throw refuse(state, spec.context);
  const fresh = state.state === 'absent';
  const found = await obstacles(kubectl, spec, fresh);
  if (found.length > 0) {
    throw new UserError(`the cluster of context "${spec.context}" is not ready, and nothing was changed`, {
      details: found.flatMap(({ problem, repair }) => [problem, `  repair: ${repair}`]),
      repair: 'repair what is named above, then run the same command again',
    });
  }
  const { record } = existingFiles(context);
  const known: Known = { context: spec.context, namespaces: spec.namespaces };
  await writeFileAtomic(record, `${JSON.stringify(known)}\n`);
  await mark(kubectl, spec, context);
  return fresh ? 'created' : 'none';
}

const change = async (spec: ExistingSpec, context: DriverContext) =>
  context.progress.step(`look at the cluster of context "${spec.context}"`, async () => ({
    change: await adopt(spec, context),
    kubeconfigFile: existingFiles(context).kubeconfig,
  }));

/** Namespaces of ours that something was left in. */
async function removeNamespaces(kubectl: Kubectl, names: readonly string[]): Promise<void> {
  const { stdout } = await kubectl([
    ...['get', 'namespaces', '--selector=app.kubernetes.io/managed-by=slipway', '--ignore-not-found'],
    '--output=jsonpath={range .items[*]}{.metadata.name}{"\\n"}{end}',
  ]);
  const ours = stdout.split('\n').filter((name) => names.includes(name));
  if (ours.length === 0) return;
  await kubectl(['delete', 'namespaces', ...ours, '--wait=true', '--timeout=180s', '--ignore-not-found'], {
    timeoutMs: 240_000,
  });
}

/** Clusters that somebody else made: k3d, EKS, GKE, a colleague's kind. What is in them and not ours stays. */
export const existingDriver: ClusterDriver<ExistingSpec, DriverContext> = {
  async inspect(spec, context) {
    const kubectl = await connect(spec, context);
    return look(kubectl, spec, context);
  },
  create: change,
  repair: change,

  async delete(name, context) {
    const { kubeconfig, record } = existingFiles(context);
    const text = await readFile(record, 'utf8').catch(() => undefined);
    // without a record nothing was ever put anywhere
    if (text === undefined) return;
    const known = JSON.parse(text) as Known;
    const what = `context "${known.context}"`;
    const kubectl = kubectlFor(await context.tool('kubectl'), { kubeconfig, what, signal: context.signal });
    const owner = await ownerOf(kubectl, name);
    if (owner !== undefined && owner !== context.platform.stateFolder) {
      throw refuse({ state: 'foreign', reason: `it holds a platform of the project ${owner}` }, known.context);
    }
    await removeNamespaces(kubectl, known.namespaces);
    const marker = ['delete', 'configmap', markerName(name), `--namespace=${MARKER_NAMESPACE}`, '--ignore-not-found'];
    await kubectl(marker);
    await Promise.all([record, kubeconfig].map((file) => rm(file, { force: true })));
  },

  kubeconfig: async (_name, context) => readFile(existingFiles(context).kubeconfig, 'utf8'),

  async identity(_name, context) {
    const { kubeconfig } = existingFiles(context);
    const what = 'the platform';
    const kubectl = kubectlFor(await context.tool('kubectl'), { kubeconfig, what, signal: context.signal });
    const { stdout } = await kubectl(['get', 'namespace', 'kube-system', '--output=jsonpath={.metadata.uid}']);
    return stdout.trim() || undefined;
  },

  ingressAddress: async ({ ingressAddress }) => ingressAddress,
  serverForOthers: async (spec, context) => (await readContext(spec, context)).server,
};
