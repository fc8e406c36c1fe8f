import type { KubernetesObject } from './kubectl';
import { plainMessage } from './messages';
import { podFault, type Pod, type PodEvent } from './pod-faults';

/** The part of an Argo CD Application that is read here. @see https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml */
export interface Application extends KubernetesObject {
  readonly spec: { readonly source?: { readonly path?: string } };
  readonly status?: {
    readonly sync?: { readonly status?: string; readonly revision?: string };
    readonly health?: { readonly status?: string; readonly message?: string };
    readonly conditions?: readonly { readonly type: string; readonly message: string }[];
    readonly operationState?: {
      readonly phase?: string;
      readonly retryCount?: number;
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

export interface Verdict {
  /** `Synced`, `OutOfSync`, `Unknown`, or `Missing` where there is no Application. */
  readonly sync: string;
  /** `Healthy`, `Progressing`, `Degraded`, `Missing`, `Unknown`, `Suspended`. */
  readonly health: string;
  readonly revision?: string;
  /** In words, why it is not Synced and Healthy. */
  readonly reason?: string;
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

/** What is wrong with the pods: a fault before what has only not come to an end. */
function failingPod(pods: readonly Pod[], events: readonly PodEvent[]): ReturnType<typeof podFault> {
  const faults = pods.map((pod) => podFault(pod, events)).filter((fault) => fault !== undefined);
  return faults.find(({ kind }) => kind !== 'starting') ?? faults[0];
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
 * @param events what the kubelet noted of probes
 */
export function judge(
  application: Application | undefined,
  pods: readonly Pod[] = [],
  events: readonly PodEvent[] = [],
): Verdict {
  if (application === undefined) {
    return { sync: 'Missing', health: 'Missing', reason: 'Argo CD has no Application for it yet' };
  }
  const { status } = application;
  const sync = status?.sync?.status ?? 'Unknown';
  const health = status?.health?.status ?? 'Unknown';
  const revision = status?.sync?.revision;
  const state = { sync, health, ...(revision !== undefined && { revision }) };
  if (sync === 'Synced' && health === 'Healthy') return state;
  const failing = health === 'Healthy' ? undefined : failingPod(pods, events)?.reason;
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
