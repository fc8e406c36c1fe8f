import type { KubernetesObject } from './kubectl';
import { plainMessage } from './messages';

interface Terminated {
  readonly exitCode: number;
  readonly reason?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: Terminated;
  };
  readonly lastState?: { readonly terminated?: Terminated };
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

/** What the kubelet noted about a pod. */
export interface PodEvent extends KubernetesObject {
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly name?: string; readonly namespace?: string };
}

/** `starting` is no fault yet: it only has not come to an end. */
export type FaultKind =
  'image pull' | 'crash loop' | 'failed probe' | 'out of memory' | 'configuration' | 'unschedulable' | 'starting';

export interface PodFault {
  readonly kind: FaultKind;
  /** In words. */
  readonly reason: string;
  /** Whose output may say more. @default none has run */
  readonly container?: string;
}

/** `Readiness probe failed: HTTP probe failed with statuscode: 500`, the newest of them. */
function probeOf(pod: Pod, events: readonly PodEvent[]): string | undefined {
  const mine = events.filter(
    ({ reason, involvedObject }) =>
      reason === 'Unhealthy' &&
      involvedObject?.name === pod.metadata.name &&
      involvedObject.namespace === pod.metadata.namespace,
  );
  const message = mine.at(-1)?.message;
  return message === undefined ? undefined : plainMessage(message);
}

function crashLoop({ name, restartCount }: ContainerStatus, ended: Terminated | undefined): PodFault {
  const code = ended?.exitCode ?? 'unknown';
  const reason = `container ${name} ends again and again (exit code ${code}, ${restartCount} restarts)`;
  return { kind: 'crash loop', reason, container: name };
}

function containerFault(container: ContainerStatus, probe: string | undefined): PodFault | undefined {
  const { name, image, restartCount, ready } = container;
  const { waiting, running } = container.state ?? {};
  const ended = container.lastState?.terminated ?? container.state?.terminated;
  // a container that is ended for its probe ends by a signal, and then again and again like one that fails by itself
  const killed = ended !== undefined && [0, 137, 143].includes(ended.exitCode) && ended.reason !== 'OOMKilled';
  switch (waiting?.reason) {
    case 'ImagePullBackOff':
    case 'ErrImagePull':
    case 'InvalidImageName': {
      const why = waiting.message ? `: ${plainMessage(waiting.message)}` : '';
      return { kind: 'image pull', reason: `image ${image} cannot be pulled${why}` };
    }
    case 'CrashLoopBackOff': {
      if (ended?.reason === 'OOMKilled') break;
      if (probe !== undefined && killed) {
        const reason = `container ${name} is ended again and again (${restartCount} restarts): ${probe}`;
        return { kind: 'failed probe', reason, container: name };
      }
      return crashLoop(container, ended);
    }
    case 'CreateContainerConfigError':
    case 'CreateContainerError':
    case 'RunContainerError': {
      const reason = `container ${name} cannot start: ${plainMessage(waiting.message ?? waiting.reason)}`;
      return { kind: 'configuration', reason };
    }
    case 'ContainerCreating':
    case 'PodInitializing':
      return { kind: 'starting', reason: `image ${image} is being pulled or its container made` };
  }
  if (ended?.reason === 'OOMKilled' && !ready) {
    return { kind: 'out of memory', reason: `container ${name} ran out of its memory limit`, container: name };
  }
  if (!running || ready) return undefined;
  // between two ends it runs for a moment, and its probe fails for the same reason
  if (restartCount > 0 && ended !== undefined && !killed) return crashLoop(container, ended);
  return probe === undefined
    ? { kind: 'starting', reason: `container ${name} runs but is not ready yet`, container: name }
    : { kind: 'failed probe', reason: `container ${name} runs but is not ready: ${probe}`, container: name };
}

/**
 * Why a pod is not ready; undefined where it is.
 *
 * @param events of reason Unhealthy, oldest first, which say why a container that runs is not ready
 */
export function podFault(pod: Pod, events: readonly PodEvent[] = []): PodFault | undefined {
  const { status } = pod;
  const unscheduled = status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  if (unscheduled !== undefined) {
    const why = plainMessage(unscheduled.message ?? unscheduled.reason ?? '');
    return { kind: 'unschedulable', reason: `no node takes its pod: ${why}` };
  }
  const probe = probeOf(pod, events);
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const faults = containers.map((one) => containerFault(one, probe)).filter((fault) => fault !== undefined);
  // what failed says more than what merely waits
  return faults.find(({ kind }) => kind !== 'starting') ?? faults[0];
}
