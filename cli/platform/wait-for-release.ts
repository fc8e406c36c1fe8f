import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../core/errors';
import type { Step } from '../../core/progress';
import type { Kubectl } from './kubectl';
import { lastLines, lookAtRelease, type FailureKind, type ReleaseQuery, type ReleaseState } from './release-watch';

export interface WaitForReleaseOptions {
  readonly signal: AbortSignal;
  readonly timeoutSeconds: number;
  /** A fault that stays for so long is one; images are pulled and probes fail for a moment. @default 30 */
  readonly graceSeconds?: number;
  /** Between two looks. @default 1.5 */
  readonly pauseSeconds?: number;
  /** Whether Git knows that the commit was released there, and another one since; asked once, where it is not deployed. */
  readonly wasReplaced: (commit: string) => Promise<boolean>;
}

/** How it ended. */
export interface ReleaseOutcome {
  readonly service: string;
  readonly environment: string;
  readonly healthy: boolean;
  readonly commit?: string;
  readonly version?: string;
  readonly kind?: FailureKind | 'superseded' | 'not delivered' | 'timeout';
  readonly reason?: string;
  /** The last lines that the pod wrote. */
  readonly log?: readonly string[];
}

/** Waits until a release runs, or until it is clear that it does not. */
export async function waitForRelease(
  kubectl: Kubectl,
  query: ReleaseQuery,
  step: Step,
  options: WaitForReleaseOptions,
): Promise<ReleaseOutcome> {
  const { service, environment, commit: wanted } = query;
  const { signal, timeoutSeconds, graceSeconds = 30, pauseSeconds = 1.5 } = options;
  const deadline = Date.now() + timeoutSeconds * 1000;
  let failingSince: { readonly kind: FailureKind; readonly at: number } | undefined;
  let arrived = false;
  let asked = false;
  const outcome = async (
    state: ReleaseState,
    kind: ReleaseOutcome['kind'],
    reason?: string,
  ): Promise<ReleaseOutcome> => {
    const log = state.pod && (await lastLines(kubectl.on(query.cluster), query.namespace, state.pod));
    const found = { commit: state.commit ?? wanted, version: state.version, kind, reason, log };
    const known = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
    return { service, environment, healthy: kind === undefined, ...known };
  };
  for (;;) {
    const state = await lookAtRelease(kubectl, query).catch((error: unknown): ReleaseState => {
      // an API server that is busy for a moment is no reason to give up
      if (!(error instanceof UserError) || signal.aborted || Date.now() > deadline) throw error;
      return { phase: 'rolling out', reason: error.message };
    });
    if (state.phase === 'healthy') return outcome(state, undefined);
    if (state.phase === 'absent' && wanted !== undefined) {
      const other = state.commit === undefined ? 'nothing' : `${state.version ?? state.commit.slice(0, 7)}`;
      if (arrived || (!asked && state.commit !== undefined && (await options.wasReplaced(wanted)))) {
        return outcome(state, 'superseded', `${other} has taken its place in ${environment}`);
      }
      asked ||= state.commit !== undefined;
    } else {
      arrived = true;
    }
    if (state.phase === 'failing') {
      const since = failingSince?.kind === state.kind ? failingSince!.at : Date.now();
      failingSince = { kind: state.kind!, at: since };
      if (state.final || Date.now() - since >= graceSeconds * 1000) {
        return outcome(state, state.kind, state.reason);
      }
    } else {
      failingSince = undefined;
    }
    if (Date.now() > deadline) {
      const reason = state.reason ?? `${wanted?.slice(0, 7)} has not come to ${environment}`;
      const kind = state.kind ?? (state.phase === 'absent' ? 'not delivered' : 'timeout');
      return outcome(state, kind, `${reason} (waited ${timeoutSeconds} s)`);
    }
    step.detail(state.reason ?? `${wanted?.slice(0, 7)} is not there yet`);
    await sleep(pauseSeconds * 1000, undefined, { signal });
  }
}
