import type { KubernetesObject } from './kubectl';

/** The part of an Argo CD Application that is read here. @see https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml */
export interface Application extends KubernetesObject {
  readonly spec: { readonly source?: { readonly path?: string } };
  readonly status?: {
    readonly sync?: { readonly status?: string; readonly revision?: string };
    readonly health?: { readonly status?: string; readonly message?: string };
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
    readonly operationState?: {
      readonly phase?: string;
      readonly message?: string;
      readonly syncResult?: { readonly revision?: string };
    };
    readonly resources?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly status?: string;
      readonly health?: { readonly status?: string; readonly message?: string };
    }[];
    readonly reconciledAt?: string;
  };
}

/** A pod, as far as it tells why it is not ready. */
export interface Pod extends KubernetesObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: { readonly exitCode: number; readonly reason?: string };
  };
  readonly lastState?: { readonly terminated?: { readonly exitCode: number; readonly reason?: string } };
}

export interface Verdict {
  /** `Synced`, `OutOfSync`, `Unknown`, or `Missing` where there is no Application. */
  readonly sync: string;
  /** `Healthy`, `Progressing`, `Degraded`, `Missing`, `Unknown`, `Suspended`. */
  readonly health: string;
  readonly revision?: string;
  /** In words, why it is not Synced and Healthy. */
  readonly reason?: string;
}

/** Wrappers that Argo CD and gRPC put around what went wrong. */
const WRAPPERS =
  /rpc error: code = \w+ desc = |Failed to (load target state|compare desired state to live state|generate manifests?): ?|failed to generate manifest for source \d+ of \d+: ?|Manifest generation error \(cached\): ?|error (getting|generating) manifests?: ?/gi;

/** An error of Argo CD without its wrappers, on one line of at most 300 characters. */
export function plainMessage(message: string): string {
  const text = message.replaceAll(WRAPPERS, '').replaceAll(/\s+/g, ' ').trim();
  return text.length > 300 ? `${text.slice(0, 297)}...` : text;
}

function conditionReason(application: Application): string | undefined {
  const conditions = application.status?.conditions ?? [];
  const error =
    conditions.find(({ type }) => type.endsWith('Error')) ?? conditions.find(({ type }) => /Warning/.test(type));
  if (error === undefined) return undefined;
  const message = plainMessage(error.message);
  if (error.type === 'ComparisonError') {
    return /dial tcp|connection refused|no such host|timeout|unavailable|authentication|repository not found/i.test(
      message,
    )
      ? `Argo CD cannot read the repository: ${message}`
      : `the manifests of this commit cannot be read: ${message}`;
  }
  return `${error.type}: ${message}`;
}

function operationReason(application: Application): string | undefined {
  const operation = application.status?.operationState;
  if (operation?.phase === 'Failed' || operation?.phase === 'Error') {
    return `the last sync failed: ${plainMessage(operation.message ?? 'no reason given')}`;
  }
  const waiting = operation?.phase === 'Running' && /Retrying|failed/i.test(operation.message ?? '');
  return waiting ? `sync is tried again: ${plainMessage(operation.message!)}` : undefined;
}

function containerReason(container: ContainerStatus): string | undefined {
  const { waiting } = container.state ?? {};
  const ended = container.lastState?.terminated ?? container.state?.terminated;
  switch (waiting?.reason) {
    case 'ImagePullBackOff':
    case 'ErrImagePull':
    case 'InvalidImageName':
      return `image ${container.image} cannot be pulled${waiting.message ? `: ${plainMessage(waiting.message)}` : ''}`;
    case 'CrashLoopBackOff':
      return `container ${container.name} ends again and again (exit code ${ended?.exitCode ?? 'unknown'}, ${container.restartCount} restarts)`;
    case 'CreateContainerConfigError':
    case 'CreateContainerError':
    case 'RunContainerError':
      return `container ${container.name} cannot start: ${plainMessage(waiting.message ?? waiting.reason)}`;
    case 'ContainerCreating':
    case 'PodInitializing':
      return `image ${container.image} is being pulled or its container made`;
  }
  if (ended?.reason === 'OOMKilled') return `container ${container.name} ran out of its memory limit`;
  if (container.state?.running && !container.ready) return `container ${container.name} runs but is not ready yet`;
  return undefined;
}

/** Why a pod is not ready, in words; undefined where it is. */
export function podReason(pod: Pod): string | undefined {
  const { status } = pod;
  const unscheduled = status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  if (unscheduled !== undefined)
    return `no node takes its pod: ${plainMessage(unscheduled.message ?? unscheduled.reason ?? '')}`;
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  // what failed says more than what merely waits
  const reasons = containers.map(containerReason).filter((reason) => reason !== undefined);
  return reasons.find((reason) => !/being pulled|not ready yet/.test(reason)) ?? reasons[0];
}

function resourceReason(application: Application): string | undefined {
  const bad = (application.status?.resources ?? []).find(({ health }) =>
    ['Degraded', 'Missing', 'Progressing'].includes(health?.status ?? ''),
  );
  if (bad === undefined) return undefined;
  const message = bad.health?.message;
  return `${bad.kind} ${bad.name} is ${bad.health!.status}${message ? `: ${plainMessage(message)}` : ''}`;
}

/**
 * What an Application's state means.
 *
 * @param pods those that it deployed, for the reasons that Argo CD does not know
 */
export function judge(application: Application | undefined, pods: readonly Pod[] = []): Verdict {
  if (application === undefined) {
    return { sync: 'Missing', health: 'Missing', reason: 'Argo CD has no Application for it yet' };
  }
  const { status } = application;
  const sync = status?.sync?.status ?? 'Unknown';
  const health = status?.health?.status ?? 'Unknown';
  const revision = status?.sync?.revision;
  const state = { sync, health, ...(revision !== undefined && { revision }) };
  if (sync === 'Synced' && health === 'Healthy') return state;
  const failing = health === 'Healthy' ? undefined : pods.map(podReason).find((reason) => reason !== undefined);
  const reason =
    conditionReason(application) ??
    operationReason(application) ??
    failing ??
    resourceReason(application) ??
    (sync === 'Unknown' ? 'Argo CD has not compared it yet' : undefined) ??
    (sync === 'OutOfSync' ? 'the cluster differs from Git; a sync is due' : status?.health?.message);
  return { ...state, ...(reason !== undefined && { reason }) };
}

/** Whether an Application shows what was delivered at `since`, and not what it was before. */
export function looksAtDelivery(application: Application, since: Date): boolean {
  const { annotations } = application.metadata;
  // Argo CD takes the annotation away when it has looked
  if (annotations?.['argocd.argoproj.io/refresh'] !== undefined) return false;
  // times are whole seconds
  return Date.parse(application.status?.reconciledAt ?? '') + 1000 > since.getTime();
}
