import type { Difference } from '../diff/differences';
import type { Finding } from '../model';
import { textAt, valueAt } from '../tree/access';
import type { DistObject } from '../tree/object';
import { podChanges } from './defaults';
import { counted, effectOf, kept, listed, type EffectInput } from './rule';
import { replicasOf } from './workload';

type Kept = Difference & { before: DistObject; after: DistObject };

/** A change of the pod template replaces every pod; how, and what of the service stays up, is the strategy's. */
export function* podsRestart({ differences }: EffectInput): Generator<Finding> {
  for (const difference of kept(differences)) {
    const changes = podChanges(difference.fields);
    if (changes.length === 0) continue;
    const rollout = rolloutOf(difference);
    if (rollout === undefined) continue;
    const fields = listed(changes.map(({ path }) => path.replace('spec.template.', '')));
    yield effectOf(difference, {
      rule: rollout.held === true ? 'pods-wait-for-deletion' : 'pods-restart',
      severity: rollout.away ? 'warning' : 'info',
      message: rollout.message,
      reason: `the pod template changes in ${fields}; ${rollout.reason}`,
      ...(rollout.away && { repair: rollout.repair }),
    });
  }
}

interface Rollout {
  readonly message: string;
  readonly reason: string;
  /** For a while no pod, or too few, will serve. */
  readonly away: boolean;
  readonly repair?: string;
  /** Nothing happens until somebody deletes pods. */
  readonly held?: boolean;
}

function rolloutOf(difference: Kept): Rollout | undefined {
  const { kind } = difference.after.identity;
  if (kind === 'Deployment') return deploymentRollout(difference);
  if (kind === 'StatefulSet') return statefulRollout(difference);
  if (kind === 'DaemonSet') return daemonRollout(difference);
  return undefined;
}

/** Pods that run before and are to run after: of a change of both, those that are there to be replaced. */
function pods({ before, after }: Kept): number {
  return Math.min(replicasOf(before) ?? 1, replicasOf(after) ?? 1);
}

function deploymentRollout(difference: Kept): Rollout | undefined {
  const { manifest } = difference.after;
  const replicas = pods(difference);
  if (replicas === 0) return undefined;
  if (textAt(manifest, 'spec', 'strategy', 'type') === 'Recreate') {
    return {
      message: `${counted(replicas, 'pod')} ${replicas === 1 ? 'stops' : 'stop'} before new ones start`,
      reason: 'the strategy is Recreate',
      away: true,
      repair: 'use the strategy RollingUpdate where two versions may run side by side',
    };
  }
  const surge = share(valueAt(manifest, 'spec', 'strategy', 'rollingUpdate', 'maxSurge'), replicas, Math.ceil);
  const stated = share(valueAt(manifest, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable'), replicas, Math.floor);
  // the API server lets neither be nothing at once: a share that rounds down to zero counts as one then
  const missing = surge === 0 && stated === 0 ? 1 : stated;
  const atOnce = Math.min(replicas, surge + missing);
  const ready = Math.max(0, replicas - missing);
  return {
    message: `${counted(replicas, 'pod')} ${replicas === 1 ? 'restarts' : 'restart'}${atOnce < replicas ? `, ${atOnce === 1 ? 'one' : atOnce} at a time` : ''}`,
    reason: `the strategy RollingUpdate keeps ${ready} of ${replicas} ready; disruption budgets do not hold back a rollout`,
    away: ready === 0,
    repair: 'set maxUnavailable to 0, or run more than one replica',
  };
}

function statefulRollout(difference: Kept): Rollout | undefined {
  const { manifest } = difference.after;
  const replicas = pods(difference);
  if (replicas === 0) return undefined;
  if (textAt(manifest, 'spec', 'updateStrategy', 'type') === 'OnDelete') return onDelete(replicas);
  const partition = Number(valueAt(manifest, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0);
  const count = Math.max(0, replicas - partition);
  if (count === 0) return onDelete(replicas, `partition ${partition} leaves every pod as it is`);
  return {
    message: `${counted(count, 'pod')} ${count === 1 ? 'restarts' : 'restart'}, one at a time from the last to the first`,
    reason: 'a StatefulSet stops each pod before it starts its successor',
    away: replicas === 1,
    repair: 'run more than one replica',
  };
}

function daemonRollout({ after: { manifest } }: Kept): Rollout {
  if (textAt(manifest, 'spec', 'updateStrategy', 'type') === 'OnDelete') return onDelete();
  const surge = valueAt(manifest, 'spec', 'updateStrategy', 'rollingUpdate', 'maxSurge') ?? 0;
  return {
    message: 'the pod of every node restarts, a few nodes at a time',
    reason: surge === 0 || surge === '0%' ? 'each node is without it for a while' : 'new pods start beside the old',
    away: surge === 0 || surge === '0%',
    repair: 'set maxSurge where two pods of one node may run side by side',
  };
}

function onDelete(replicas?: number, reason = 'the update strategy is OnDelete'): Rollout {
  return {
    message: `${replicas === undefined ? 'pods' : counted(replicas, 'pod')} keep running as before until somebody deletes them`,
    reason,
    away: false,
    held: true,
  };
}

/** A number, or a share of the replicas in percent; a quarter where nothing is said. */
function share(value: unknown, replicas: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  const match = /^(\d+)%$/.exec(typeof value === 'string' ? value : '25%');
  return match === null ? 0 : round((Number(match[1]) / 100) * replicas);
}
