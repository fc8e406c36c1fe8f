import { judge, type Application } from './applications';
import type { Kubectl, KubernetesObject } from './kubectl';
import { podFault, type FaultKind, type Pod } from './pod-faults';
import { probeEvents } from './wait';

/** Which release is waited for. */
export interface ReleaseQuery {
  readonly service: string;
  readonly environment: string;
  readonly namespace: string;
  /** The cluster of the environment, as the catalog calls it. @default the one with Argo CD */
  readonly cluster?: string;
  /** Source commit, or its first digits. @default whatever is deployed */
  readonly commit?: string;
}

/** Why a release does not run. */
export type FailureKind = Exclude<FaultKind, 'starting'> | 'sync error' | 'degraded';

export interface ReleaseState {
  /** `absent`: what is deployed is another release. */
  readonly phase: 'absent' | 'rolling out' | 'healthy' | 'failing';
  /** Source commit of what Git says is to be deployed. @default unknown: built elsewhere */
  readonly commit?: string;
  readonly version?: string;
  readonly kind?: FailureKind;
  /** In words. */
  readonly reason?: string;
  /** Whether waiting longer is of no use, as Argo CD or Kubernetes see it. */
  readonly final?: true;
  readonly pod?: { readonly name: string; readonly container?: string };
}

interface Deployment extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & { readonly generation?: number };
  readonly spec?: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly replicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

interface LivePod extends Pod {
  readonly metadata: Pod['metadata'] & { readonly deletionTimestamp?: string };
}

const sourceOf = (object: KubernetesObject | undefined): string | undefined =>
  object?.metadata.annotations?.['slipway.dev/source-commit'] || undefined;

function rolledOut({ metadata, spec, status }: Deployment): boolean {
  const wanted = spec?.replicas ?? 1;
  return (
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    status?.updatedReplicas === wanted &&
    status.availableReplicas === wanted &&
    status.replicas === wanted
  );
}

/** Whether the rollout of what was applied last has stood still for too long. */
function standsStill({ metadata, status }: Deployment): boolean {
  const seen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return seen && (status?.conditions ?? []).some(({ type, status: is }) => type === 'Progressing' && is === 'False');
}

/** Whether what Argo CD calls degraded is this release: it may be the one before, whose rollout a new one has just ended. */
function isDegraded(application: Application, deployment: Deployment): boolean {
  if (application.status?.health?.status !== 'Degraded') return false;
  const bad = (application.status.resources ?? []).filter(({ health }) => health?.status === 'Degraded');
  return standsStill(deployment) || bad.some(({ kind }) => kind !== 'Deployment');
}

/** What went wrong before any pod was made. */
function syncFault(application: Application, reason: string | undefined): Partial<ReleaseState> | undefined {
  const { conditions = [], operationState: operation } = application.status ?? {};
  const unreadable = conditions.some(({ type }) => type.endsWith('Error'));
  const ended = operation?.phase === 'Failed' || operation?.phase === 'Error';
  const again = operation?.phase === 'Running' && (operation.retryCount ?? 0) > 0;
  if (!unreadable && !ended && !again) return undefined;
  const final = ended || (operation?.retryCount ?? 0) > 1;
  return { kind: 'sync error', ...(reason !== undefined && { reason }), ...(final && { final: true }) };
}

/** What the cluster says about a release at this moment. */
export async function lookAtRelease(kubectl: Kubectl, query: ReleaseQuery): Promise<ReleaseState> {
  const { service, environment, namespace } = query;
  const there = kubectl.on(query.cluster);
  const [application, deployment, pods] = await Promise.all([
    kubectl.get<Application>('applications.argoproj.io', `${environment}-${service}`, 'argocd'),
    there.get<Deployment>('deployments', service, namespace),
    there.list<LivePod>('pods', [`--namespace=${namespace}`, `--selector=app.kubernetes.io/name=${service}`]),
  ]);
  const commit = sourceOf(application) ?? sourceOf(deployment);
  const version = application?.metadata.annotations?.['slipway.dev/version'];
  const known = { ...(commit !== undefined && { commit }), ...(version !== undefined && { version }) };
  if (application === undefined) return { phase: 'absent', reason: 'Argo CD has no Application for it yet' };
  if (query.commit !== undefined && commit?.startsWith(query.commit) !== true) return { phase: 'absent', ...known };

  const living = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const events = await probeEvents(there, living, namespace);
  const verdict = judge(application, living, events);
  const fault = syncFault(application, verdict.reason);
  if (fault !== undefined) return { phase: 'failing', ...known, ...fault };

  const applied = deployment !== undefined && sourceOf(deployment) === commit;
  if (applied && verdict.sync === 'Synced' && verdict.health === 'Healthy' && rolledOut(deployment)) {
    return { phase: 'healthy', ...known };
  }
  const degraded = applied && isDegraded(application, deployment);
  for (const pod of applied ? living : []) {
    const found = podFault(pod, events);
    if (found === undefined || found.kind === 'starting') continue;
    const { kind, reason, container } = found;
    const where = { name: pod.metadata.name, ...(container !== undefined && { container }) };
    return { phase: 'failing', ...known, kind, reason, pod: where, ...(degraded && { final: true }) };
  }
  const reason = verdict.reason ?? 'the rollout is not complete';
  return degraded
    ? { phase: 'failing', ...known, kind: 'degraded', reason, final: true }
    : { phase: 'rolling out', ...known, reason };
}

/** The last lines that a pod wrote: of its run before, where it has been started again. */
export async function lastLines(
  kubectl: Kubectl,
  namespace: string,
  { name, container }: NonNullable<ReleaseState['pod']>,
  lines = 20,
): Promise<readonly string[]> {
  if (container === undefined) return [];
  const args = ['logs', name, `--namespace=${namespace}`, `--container=${container}`, `--tail=${lines}`];
  const read = (more: readonly string[]): Promise<string> => kubectl.run([...args, ...more]).catch(() => '');
  const text = (await read([])) || (await read(['--previous']));
  return text.split('\n').filter((line) => line.trim() !== '');
}
