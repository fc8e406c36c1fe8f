import { policyAnnotations } from '../../manifests/names';
import type { Exception } from '../model';
import type { DistObject } from '../tree/object';
import { compile, type Expression } from './expression';
import type { MatchResources } from './match';

interface Validation {
  readonly holds: Expression;
  readonly message: string;
  readonly messageExpression?: Expression;
}

/** One admission policy of a tree, ready to be evaluated. */
export interface AdmissionPolicy {
  /** Without the domain that its object's name ends in. */
  readonly name: string;
  readonly reason: string;
  readonly repair: string | undefined;
  readonly match: MatchResources;
  readonly conditions: readonly Expression[];
  readonly variables: readonly { readonly name: string; readonly value: Expression }[];
  readonly validations: readonly Validation[];
}

/** Where a policy holds, and what happens to those that break it. */
export interface Binding {
  readonly actions: readonly string[];
  readonly match: MatchResources;
  /** By the name of the object that is excepted. */
  readonly exceptions: ReadonlyMap<string, Exception>;
}

interface PolicyManifest {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly paramKind?: unknown;
    readonly matchConstraints?: MatchResources;
    readonly matchConditions?: readonly { readonly expression: string }[];
    readonly variables?: readonly { readonly name: string; readonly expression: string }[];
    readonly validations?: readonly {
      readonly expression: string;
      readonly message?: string;
      readonly messageExpression?: string;
    }[];
  };
}

/** @throws Error where a review cannot evaluate it */
export function readPolicy(object: DistObject): AdmissionPolicy {
  const { metadata, spec = {} } = object.manifest as PolicyManifest;
  if (spec.paramKind !== undefined) throw new Error('it takes parameters, which a review does not know');
  const annotations = metadata?.annotations ?? {};
  return {
    name: object.identity.name.split('.')[0]!,
    reason: annotations[policyAnnotations.reason] ?? `the policy ${object.identity.name} demands it`,
    repair: annotations[policyAnnotations.repair],
    match: spec.matchConstraints ?? {},
    conditions: (spec.matchConditions ?? []).map(({ expression }) => compile(expression)),
    variables: (spec.variables ?? []).map(({ name, expression }) => ({ name, value: compile(expression) })),
    validations: (spec.validations ?? []).map(({ expression, message, messageExpression }) => ({
      holds: compile(expression),
      message: message ?? `failed expression: ${expression}`,
      ...(messageExpression !== undefined && { messageExpression: compile(messageExpression) }),
    })),
  };
}

interface BindingManifest {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly policyName?: string;
    readonly validationActions?: readonly string[];
    readonly matchResources?: MatchResources;
  };
}

/** The policy that a binding lets hold. */
export function policyNameOf({ manifest }: DistObject): string {
  return (manifest as BindingManifest).spec?.policyName ?? '';
}

/** @throws Error where it is no binding by its shape */
export function readBinding(object: DistObject): Binding {
  const { metadata, spec = {} } = object.manifest as BindingManifest;
  const exceptions = new Map<string, Exception>();
  for (const [key, text] of Object.entries(metadata?.annotations ?? {})) {
    if (!key.startsWith(policyAnnotations.exception)) continue;
    exceptions.set(key.slice(policyAnnotations.exception.length), readException(text));
  }
  return {
    actions: spec.validationActions ?? [],
    match: spec.matchResources ?? {},
    exceptions,
  };
}

const unexplained: Exception = { reason: 'none is given', by: 'nobody', until: 'without end' };

function readException(text: string): Exception {
  try {
    return { ...unexplained, ...(JSON.parse(text) as Partial<Exception>) };
  } catch {
    return unexplained;
  }
}

/** What a binding lets through without saying why. */
export function exceptionOf(binding: Binding, name: string): Exception {
  return binding.exceptions.get(name) ?? unexplained;
}
