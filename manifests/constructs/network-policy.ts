import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { selectorOf } from './labels';

/** The label of every namespace that an ingress controller of ours runs in, whichever controller it is. */
export const ingressNamespaceLabel = 'slipway.dev/ingress';

/** One service as another's neighbour: pods of the same namespace and the port they listen on. */
export interface Neighbour {
  readonly name: string;
  readonly port: number;
}

export interface PolicyProps {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ServicePolicyProps extends PolicyProps {
  /** The service's name, which its policy carries too. */
  readonly name: string;
  readonly port: number;
  /** Reachable through the ingress controller. */
  readonly exposed: boolean;
  /** Names of the services that call this one. */
  readonly callers: readonly string[];
  /** The services that this one calls. */
  readonly calls: readonly Neighbour[];
}

function tcp(port: number): k8s.NetworkPolicyPort {
  // the port of the container: policies see traffic after the Service has been resolved to a pod
  return { port: k8s.IntOrString.fromNumber(port), protocol: 'TCP' };
}

function metadata(name: string, { namespace, labels }: PolicyProps): k8s.ObjectMeta {
  return { name, namespace, labels: { ...labels } };
}

function pods(name: string): k8s.NetworkPolicyPeer {
  return { podSelector: { matchLabels: selectorOf(name) } };
}

/** What one service may receive and send, beyond which the namespace's default-deny policy holds. */
export class ServicePolicy extends k8s.KubeNetworkPolicy {
  constructor(scope: Construct, id: string, props: ServicePolicyProps) {
    const sources: k8s.NetworkPolicyPeer[] = [
      ...(props.exposed ? [{ namespaceSelector: { matchLabels: { [ingressNamespaceLabel]: 'true' } } }] : []),
      ...props.callers.map(pods),
    ];
    super(scope, id, {
      metadata: metadata(props.name, props),
      spec: {
        podSelector: { matchLabels: selectorOf(props.name) },
        policyTypes: ['Ingress', 'Egress'],
        // a rule without sources would mean everybody, and a list without rules is not kept by the API server
        ...(sources.length > 0 && { ingress: [{ from: sources, ports: [tcp(props.port)] }] }),
        ...(props.calls.length > 0 && {
          egress: props.calls.map((callee) => ({ to: [pods(callee.name)], ports: [tcp(callee.port)] })),
        }),
      },
    });
  }
}

/** Nothing in, nothing out, for every pod of the namespace that no other policy says more about. */
export class DefaultDenyPolicy extends k8s.KubeNetworkPolicy {
  constructor(scope: Construct, id: string, props: PolicyProps) {
    super(scope, id, {
      // with a dot, so that no service can have the name
      metadata: metadata('namespace.default-deny', props),
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
  }
}

/** Names can be resolved by every pod of the namespace. */
export class DnsPolicy extends k8s.KubeNetworkPolicy {
  constructor(scope: Construct, id: string, props: PolicyProps) {
    super(scope, id, {
      metadata: metadata('namespace.allow-dns', props),
      spec: {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [
          {
            to: [
              {
                namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
                podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
              },
            ],
            ports: [{ port: k8s.IntOrString.fromNumber(53), protocol: 'UDP' }, tcp(53)],
          },
        ],
      },
    });
  }
}
