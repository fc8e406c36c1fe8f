import { ofKind, selects, type Loose, type RenderedObject } from './objects';

/** A pod, or anything outside the cluster where it has no namespace. */
export interface Endpoint {
  readonly namespace?: string;
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * Whether a connection is let through by the network policies, by the rules of Kubernetes: an endpoint that no policy
 * selects in a direction is open; otherwise one rule of one policy must allow it; both ends must agree.
 */
export function allowed(
  objects: readonly RenderedObject[],
  from: Endpoint,
  to: Endpoint,
  port: number,
  protocol = 'TCP',
): boolean {
  return permits(objects, 'Egress', from, to, port, protocol) && permits(objects, 'Ingress', to, from, port, protocol);
}

function permits(
  objects: readonly RenderedObject[],
  direction: 'Ingress' | 'Egress',
  self: Endpoint,
  peer: Endpoint,
  port: number,
  protocol: string,
): boolean {
  const policies = ofKind(objects, 'NetworkPolicy')
    .map(({ object }) => object)
    .filter(
      ({ metadata, spec }) =>
        metadata.namespace === self.namespace &&
        spec.policyTypes.includes(direction) &&
        selects(spec.podSelector, self.labels),
    );
  if (policies.length === 0) return true;
  const [rules, peers] = direction === 'Ingress' ? (['ingress', 'from'] as const) : (['egress', 'to'] as const);
  return policies.some(({ metadata, spec }) =>
    (spec[rules] ?? []).some(
      (rule: Loose) =>
        (rule[peers] === undefined || rule[peers].some((one: Loose) => matches(one, metadata.namespace, peer))) &&
        (rule.ports === undefined ||
          rule.ports.some((one: Loose) => one.port === port && (one.protocol ?? 'TCP') === protocol)),
    ),
  );
}

function matches(rule: Loose, policyNamespace: string, peer: Endpoint): boolean {
  if (rule.ipBlock !== undefined) throw new Error('ipBlock is not simulated');
  if (peer.namespace === undefined) return false;
  const namespaceFits =
    rule.namespaceSelector === undefined
      ? peer.namespace === policyNamespace
      : selects(rule.namespaceSelector, {
          'kubernetes.io/metadata.name': peer.namespace,
          ...peer.namespaceLabels,
        });
  return namespaceFits && (rule.podSelector === undefined || selects(rule.podSelector, peer.labels));
}
