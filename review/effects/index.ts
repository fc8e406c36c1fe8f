import type { Finding } from '../model';
import { keyOf } from '../tree/object';
import { argoCdRemoved, argoCdSettings } from './argo-cd';
import { capacity } from './capacity';
import { configWithoutRestart } from './config-without-restart';
import { danglingReferences } from './dangling-references';
import { dataAtRisk, reclaimPolicy } from './data';
import { disruptionBudgets } from './disruption-budget';
import { immutableFields, requestBeyondLimit, templateNotSelected } from './immutable';
import { ingressConflicts, reachability } from './ingress';
import { networkPolicies } from './network-policy';
import { podsRestart } from './pods-restart';
import { aheadOfSource } from './promotion';
import { releaseConsistency } from './release';
import { removedObjects } from './removed-objects';
import { replicasChange } from './replicas';
import type { EffectInput, EffectRule } from './rule';
import { refusedByPodSecurity, weakerPodSecurity, weakerSecurityContext, widerPermissions } from './security-context';
import { serviceSelectors } from './service-selector';

/** Every rule; each has its line in docs/review.md. */
const effectRules: readonly EffectRule[] = [
  podsRestart,
  replicasChange,
  disruptionBudgets,
  immutableFields,
  templateNotSelected,
  requestBeyondLimit,
  serviceSelectors,
  ingressConflicts,
  reachability,
  danglingReferences,
  removedObjects,
  dataAtRisk,
  reclaimPolicy,
  capacity,
  configWithoutRestart,
  releaseConsistency,
  weakerSecurityContext,
  weakerPodSecurity,
  refusedByPodSecurity,
  widerPermissions,
  networkPolicies,
  aheadOfSource,
  argoCdSettings,
  argoCdRemoved,
];

/** The API server does not take the object, so that nothing else comes of the change. */
const refusals = new Set(['immutable-field', 'template-not-selected', 'request-beyond-limit']);
/** What only an object that is taken brings about. */
const consequences = new Set([
  'pods-restart',
  'pods-wait-for-deletion',
  'replicas-change',
  'replicas-to-zero',
  'pod-fits-no-node',
  'no-node-for-pods',
  'tier-is-full',
  'refused-by-pod-security',
  'wider-permissions',
]);

/** New pods do not come up, so that old ones stay where the strategy lets them. */
const obstacles = new Set(['dangling-reference', 'refused-by-pod-security', 'no-node-for-pods', 'pod-fits-no-node']);

/** What a change will do. */
export function findEffects(input: EffectInput): Finding[] {
  const findings = effectRules.flatMap((rule) => [...rule(input)]);
  const objectsOf = (rules: ReadonlySet<string>): Set<string> =>
    new Set(
      findings
        .filter(({ rule, severity, object }) => object !== undefined && severity === 'error' && rules.has(rule))
        .map(({ object }) => keyOf(object!)),
    );
  const refused = objectsOf(refusals);
  const stuck = objectsOf(obstacles);
  return findings.filter(({ rule, severity, object }) => {
    if (object === undefined) return true;
    const key = keyOf(object);
    return !(
      (consequences.has(rule) && refused.has(key)) ||
      (rule === 'pods-restart' && severity === 'info' && stuck.has(key))
    );
  });
}
