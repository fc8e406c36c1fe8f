import type { Finding } from '../model';
import { mapAt, valueAt } from '../tree/access';
import type { DistTree } from '../tree/dist-tree';
import { keyOf, type DistObject } from '../tree/object';
import { counted, effectOn, listed, type EffectInput } from './rule';
import { matchesSelector, podLabels, replicasOf, selectorAt } from './workload';

/** A budget that lets no pod go keeps every node from being emptied; one that selects no pod protects nothing. */
export function* disruptionBudgets({ base, head, differences }: EffectInput): Generator<Finding> {
  for (const budget of affected(base, head, differences)) {
    const now = stateOf(budget, head);
    const then = base.get(keyOf(budget.identity));
    if (then !== undefined && stateOf(then, base).rule === now.rule) continue;
    if (now.rule === 'budget-blocks-drain') {
      yield effectOn(budget, {
        rule: now.rule,
        severity: 'warning',
        message: 'no node with its pods can be emptied',
        reason: now.reason,
        repair: 'set maxUnavailable to 1, or run more replicas',
      });
    } else if (now.rule === 'budget-protects-nothing') {
      yield effectOn(budget, {
        rule: now.rule,
        severity: 'warning',
        message: 'it protects no pod',
        reason: now.reason,
        repair: 'give it the labels of the pods that it is meant for, or remove it',
      });
    }
  }
}

/** Budgets that changed, and those that select pods whose number or labels changed. */
function affected(base: DistTree, head: DistTree, differences: EffectInput['differences']): Set<DistObject> {
  const found = new Set<DistObject>();
  for (const { type, before, after, fields } of differences) {
    if (after?.identity.kind === 'PodDisruptionBudget') found.add(after);
    const counted =
      type !== 'changed' || fields.some(({ path }) => /^spec\.(?:replicas$|template\.metadata)/.test(path));
    if (!counted) continue;
    for (const workload of [before, after]) {
      if (workload === undefined || replicasOf(workload) === undefined) continue;
      for (const budget of head.within('PodDisruptionBudget', workload.identity.namespace)) {
        const both = [budget, base.get(keyOf(budget.identity))];
        if (both.some((one) => one !== undefined && selects(one, workload))) found.add(budget);
      }
    }
  }
  return found;
}

function selects(budget: DistObject, workload: DistObject): boolean {
  const selector = selectorAt(budget, 'spec', 'selector');
  return selector !== undefined && matchesSelector(selector, podLabels(workload));
}

interface State {
  readonly rule: 'fine' | 'budget-blocks-drain' | 'budget-protects-nothing';
  readonly reason: string;
}

function stateOf(budget: DistObject, tree: DistTree): State {
  const { namespace } = budget.identity;
  const workloads = ['Deployment', 'StatefulSet', 'ReplicaSet']
    .flatMap((kind) => tree.within(kind, namespace))
    .filter((workload) => selects(budget, workload));
  if (workloads.length === 0) {
    return { rule: 'budget-protects-nothing', reason: 'its selector matches the pods of no workload in the namespace' };
  }
  const replicas = workloads.reduce((sum, workload) => sum + (replicasOf(workload) ?? 0), 0);
  const limit = replicas === 0 ? undefined : blocked(budget, replicas);
  if (limit === undefined) return { rule: 'fine', reason: '' };
  const names = listed(workloads.map(({ identity }) => identity.name));
  return {
    rule: 'budget-blocks-drain',
    reason: `${limit} lets none of the ${counted(replicas, 'pod')} of ${names} go`,
  };
}

/** The limit that allows no disruption, in words; undefined where one is allowed. */
function blocked(budget: DistObject, replicas: number): string | undefined {
  const spec = mapAt(budget.manifest, 'spec');
  const most = valueAt(spec, 'maxUnavailable');
  if (most !== undefined) return amount(most, replicas) === 0 ? `maxUnavailable ${String(most)}` : undefined;
  const least = valueAt(spec, 'minAvailable') ?? 1;
  return (amount(least, replicas) ?? 0) >= replicas ? `minAvailable ${String(least)}` : undefined;
}

/** A number, or a share in percent, rounded up. */
function amount(value: unknown, replicas: number): number | undefined {
  if (typeof value === 'number') return value;
  const match = /^(\d+)%$/.exec(String(value));
  return match === null ? undefined : Math.ceil((Number(match[1]) / 100) * replicas);
}
