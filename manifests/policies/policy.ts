import type { PolicyName } from '../../apps/policies';
import type { PolicyKind } from './kinds';

/** A text and the expression that makes it, in the language of Kubernetes' admission policies. */
export interface Variable {
  readonly name: string;
  readonly expression: string;
}

/** What must hold. */
export interface Validation {
  /** True where an object is as it should be. */
  readonly expression: string;
  /** What is wrong otherwise, for a person who may not know the policy. */
  readonly message: string;
  /** Says the same with the names of what is wrong. @default the message */
  readonly messageExpression?: string;
}

/**
 * One rule about single objects, written once: the API server enforces it, and a review evaluates it. Its expressions
 * keep to what both can evaluate, which test/manifests/policies.test.ts holds.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
export interface Policy {
  readonly name: PolicyName;
  /** Why there is the rule: what it prevents. */
  readonly reason: string;
  /** What to do about an object that breaks it. */
  readonly repair: string;
  /** Which kinds it looks at. */
  readonly kinds: readonly PolicyKind[];
  /** Whether the object is refused or whoever sends it is told. @default 'refuse' */
  readonly action?: 'refuse' | 'warn';
  /** Only in the environments where releases go no further. @default false: in all */
  readonly lastEnvironments?: boolean;
  /** Only requests of Argo CD, since others have a right to make such objects. @default false: all but Kubernetes' own */
  readonly onlyFromGit?: boolean;
  /** In order: an expression may use those before it as `variables.<name>`. @default none */
  readonly variables?: readonly Variable[];
  readonly validations: readonly Validation[];
}

/** The spec of the pods that an object of any kind of workload makes. */
const podSpec =
  'object.kind == "Pod" ? dyn(object.spec) : object.kind == "CronJob" ? ' +
  'dyn(object.spec.jobTemplate.spec.template.spec) : dyn(object.spec.template.spec)';

/** Every container, those that run before the others among them. */
const containers: Variable = {
  name: 'containers',
  expression: 'variables.pod.?containers.orValue([]) + variables.pod.?initContainers.orValue([])',
};

/** `variables.pod` and `variables.containers`. */
export const podVariables: readonly Variable[] = [{ name: 'pod', expression: podSpec }, containers];

/**
 * The same where a policy also looks at objects that make no pods.
 *
 * @param other what stands for the pod of such an object. @default nothing: no containers
 */
export function podVariablesBeside(kind: PolicyKind, other = '{}'): readonly Variable[] {
  return [{ name: 'pod', expression: `object.kind == ${literal(kind)} ? dyn(${other}) : ${podSpec}` }, containers];
}

/** Demands something of every container `c`, and names those that lack it. */
export function everyContainer(expression: string, message: string, list = 'variables.containers'): Validation {
  return {
    expression: `${list}.all(c, ${expression})`,
    message,
    messageExpression: `"${message}: " + ${list}.filter(c, !(${expression})).map(c, c.name).join(", ")`,
  };
}

/** A text as a literal of an expression. */
export function literal(text: string): string {
  return JSON.stringify(text);
}
