/**
 * The rules that every object of an environment keeps, by name: what each demands is in manifests/policies. The API
 * server enforces them, and a review evaluates them before.
 */
export const policyNames = [
  'declared-resources',
  'least-rights',
  'limited-scratch',
  'named-peers',
  'no-host-access',
  'no-plain-secret',
  'no-privileges',
  'no-readable-secret',
  'one-entrance',
  'own-account',
  'pinned-image',
  'probes',
  'read-only-root',
  'replicated-production',
  'restricted-namespace',
  'run-as-non-root',
  'seccomp-profile',
] as const;

export type PolicyName = (typeof policyNames)[number];

/** Rules that a service may be excepted from; a namespace is no service's. */
export const exceptablePolicies = policyNames.filter((name) => name !== 'restricted-namespace') as readonly Exclude<
  PolicyName,
  'restricted-namespace'
>[];
