import type { Finding } from '../model';
import { textAt, valueAt } from '../tree/access';
import { counted, effectOf, kept, type EffectInput } from './rule';
import { replicasOf } from './workload';

/** Pods that start or stop because their number changes. */
export function* replicasChange(input: EffectInput): Generator<Finding> {
  for (const difference of kept(input.differences)) {
    const { before, after } = difference;
    const [from, to] = [replicasOf(before), replicasOf(after)];
    if (from === undefined || to === undefined || from === to) continue;
    const reason = `spec.replicas goes from ${from} to ${to}`;
    if (to === 0) {
      yield effectOf(difference, {
        rule: 'replicas-to-zero',
        severity: isLast(input, after.place.environment) ? 'error' : 'warning',
        message: `${counted(from, 'pod')} ${from === 1 ? 'stops' : 'stop'} and none is left`,
        reason,
        repair: 'keep one replica; to remove the service, remove its objects',
      });
    } else {
      const count = Math.abs(to - from);
      const verb = to > from ? 'start' : 'stop';
      yield effectOf(difference, {
        rule: 'replicas-change',
        severity: 'info',
        message: `${counted(count, 'pod')} ${verb}${count === 1 ? 's' : ''}`,
        reason,
      });
    }
    const scaler = input.head
      .within('HorizontalPodAutoscaler', after.identity.namespace)
      .find(({ manifest }) => textAt(manifest, 'spec', 'scaleTargetRef', 'name') === after.identity.name);
    if (scaler !== undefined && valueAt(after.manifest, 'spec', 'replicas') !== undefined) {
      yield effectOf(difference, {
        rule: 'replicas-of-two-masters',
        severity: 'warning',
        message: `${scaler.identity.name} scales it as well: each sync puts the number back`,
        reason: `HorizontalPodAutoscaler ${scaler.identity.name} sets the replicas of what dist sets them of`,
        repair: 'leave spec.replicas out, or remove the HorizontalPodAutoscaler',
      });
    }
  }
}

/** Where releases arrive and go no further. */
function isLast({ environments }: EffectInput, name: string): boolean {
  return environments.length > 0
    ? environments.some((one) => one.name === name && one.promotesFrom !== undefined) &&
        !environments.some(({ promotesFrom }) => promotesFrom === name)
    : name === 'production';
}
