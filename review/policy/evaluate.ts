import { argoController } from '../../manifests/names';
import { createFinding } from '../finding';
import type { Exception, Finding, Severity } from '../model';
import type { DistTree } from '../tree/dist-tree';
import { keyOf, nameOf, type DistObject } from '../tree/object';
import {
  exceptionOf,
  policyNameOf,
  readBinding,
  readPolicy,
  type AdmissionPolicy,
  type Binding,
} from './admission-policy';
import { variablesOf, type Surroundings } from './expression';
import { createMatcher, rulesMatcher } from './match';
import type { EvaluatePolicies, PolicyInput } from './model';
import { withoutNulls } from './nulls';

const policyKind = 'ValidatingAdmissionPolicy';
const bindingKind = 'ValidatingAdmissionPolicyBinding';

/**
 * Evaluates the policies of the head by the expressions that the API server would: over what changed, and over the whole
 * head where a policy, a binding or a namespace is not what it was. Objects count once for each policy that holds there.
 */
export const evaluatePolicies: EvaluatePolicies = (input) => {
  const bindings = bindingsOf(input.head);
  const changedNamespaces = input.objects.some(({ identity }) => identity.kind === 'Namespace');
  const results = input.head.ofKind(policyKind).map((object) => {
    const mine = bindings.get(object.identity.name) ?? [];
    const everything = changedNamespaces || isChanged(object, mine, input);
    return evaluatePolicy(object, mine, everything ? input.head.objects : input.objects, input.head);
  });
  return {
    findings: results.flatMap(({ findings }) => findings),
    policies: results.map(({ name, objects, findings }) => ({ name, objects, findings: findings.length })),
  };
};

interface PolicyOutcome {
  readonly name: string;
  readonly objects: number;
  readonly findings: readonly Finding[];
}

function bindingsOf(head: DistTree): ReadonlyMap<string, readonly DistObject[]> {
  const byPolicy = new Map<string, DistObject[]>();
  for (const binding of head.ofKind(bindingKind)) {
    const name = policyNameOf(binding);
    const known = byPolicy.get(name);
    if (known === undefined) byPolicy.set(name, [binding]);
    else known.push(binding);
  }
  return byPolicy;
}

function evaluatePolicy(
  object: DistObject,
  bindings: readonly DistObject[],
  candidates: readonly DistObject[],
  head: DistTree,
): PolicyOutcome {
  const name = object.identity.name.split('.')[0]!;
  try {
    const policy = readPolicy(object);
    const taken = createMatcher(policy.match, head);
    const left = rulesMatcher(policy.match.excludeResourceRules ?? []);
    const bound = bindings.map(readBinding).map((binding) => ({
      binding,
      takes: createMatcher(binding.match, head),
      excepts: rulesMatcher(binding.match.excludeResourceRules ?? []),
    }));
    const findings: Finding[] = [];
    let objects = 0;
    for (const candidate of candidates) {
      if (!taken(candidate) || left(candidate)) continue;
      const holding = bound.filter(({ takes }) => takes(candidate));
      if (holding.length === 0) continue;
      objects += 1;
      // what one binding excepts another may still refuse
      const binding = holding.find(({ excepts }) => !excepts(candidate));
      findings.push(...evaluate(policy, (binding ?? holding[0]!).binding, candidate, binding === undefined));
    }
    return { name, objects, findings };
  } catch (error) {
    return { name, objects: 0, findings: [notEvaluated(object, error)] };
  }
}

function notEvaluated({ identity, place }: DistObject, error: unknown): Finding {
  return createFinding({
    rule: 'policy-not-evaluated',
    category: 'policy',
    severity: 'error',
    message: `${nameOf(identity)} cannot be evaluated by a review: ${firstLine(error)}`,
    reason: 'what no review can look at is found only when the API server refuses it',
    repair: 'keep its expressions to what docs/policies.md lists, and its shape to what the API server takes',
    object: identity,
    places: [place],
  });
}

/** Whether the policy holds for other objects than before, or demands something else of them. */
function isChanged(object: DistObject, bindings: readonly DistObject[], { base }: PolicyInput): boolean {
  return [object, ...bindings].some((one) => base.get(keyOf(one.identity))?.text !== one.text);
}

function evaluate(
  policy: AdmissionPolicy,
  binding: Binding,
  object: DistObject,
  excepted: boolean,
): readonly Finding[] {
  const fixed = { object: withoutNulls(object.manifest), request: requestOf(object) };
  const surroundings = { ...fixed, variables: variablesOf(policy.variables, fixed) };
  const refused: Refusal[] = [];
  try {
    if (!policy.conditions.every((condition) => condition(surroundings) === true)) return [];
  } catch (error) {
    refused.push({ message: `cannot be looked at: ${firstLine(error)}`, index: -1 });
  }
  if (refused.length === 0) refused.push(...refusals(policy, surroundings));
  return refused.map((refusal) =>
    describe(policy, binding, object, refusal, excepted ? exceptionOf(binding, object.identity.name) : undefined),
  );
}

interface Refusal {
  readonly message: string;
  /** Which of the policy's validations, from 0; -1 where it did not come to them. */
  readonly index: number;
}

function refusals({ validations }: AdmissionPolicy, surroundings: Surroundings): readonly Refusal[] {
  return validations.flatMap(({ holds, message, messageExpression }, index) => {
    try {
      if (holds(surroundings) === true) return [];
    } catch (error) {
      // the API server refuses what it cannot evaluate
      return [{ message: `cannot be looked at: ${firstLine(error)}`, index }];
    }
    try {
      const said = messageExpression?.(surroundings);
      return [{ message: typeof said === 'string' && said !== '' ? said : message, index }];
    } catch {
      return [{ message, index }];
    }
  });
}

function describe(
  policy: AdmissionPolicy,
  binding: Binding,
  object: DistObject,
  { message, index }: Refusal,
  exception: Exception | undefined,
): Finding {
  const { name, reason, repair } = policy;
  const ending = `; ${repair}`;
  return createFinding({
    rule: name,
    category: 'policy',
    severity: severityOf(binding.actions),
    // in the cluster the message is all there is; here the repair has a place of its own
    message: message.endsWith(ending) ? message.slice(0, -ending.length) : message,
    reason,
    ...(repair !== undefined && { repair }),
    object: object.identity,
    places: [object.place],
    ...(exception && { exception }),
    discriminator: String(index),
  });
}

function severityOf(actions: readonly string[]): Severity {
  if (actions.includes('Deny')) return 'error';
  return actions.includes('Warn') ? 'warning' : 'info';
}

/** Who will send the object, as far as policies ask. */
function requestOf({ identity }: DistObject): object {
  return {
    operation: 'CREATE',
    name: identity.name,
    namespace: identity.namespace ?? '',
    userInfo: { username: argoController, groups: ['system:serviceaccounts', 'system:authenticated'] },
  };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
}
