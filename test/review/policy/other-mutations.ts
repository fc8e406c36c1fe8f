import type { Loose } from '../../manifests/objects';

/** One rendered object, what is made different about it or of it, and the policies that it then breaks. */
export interface OtherMutation {
  readonly of: readonly [kind: string, namespace: string | undefined, name: string];
  readonly title: string;
  readonly breaks: readonly string[];
  readonly change: (object: Loose) => Loose | void;
}

const rows = (
  of: OtherMutation['of'],
  policy: string | undefined,
  changes: Readonly<Record<string, OtherMutation['change']>>,
): OtherMutation[] =>
  Object.entries(changes).map(([title, change]) => ({
    of,
    title,
    change,
    breaks: policy === undefined ? [] : [policy],
  }));

const service = ['Service', 'developer', 'shop'] as const;
const ingress = ['Ingress', 'developer', 'shop'] as const;
const account = ['ServiceAccount', 'developer', 'shop'] as const;
const namespace = ['Namespace', undefined, 'developer'] as const;
const network = ['NetworkPolicy', 'developer', 'worker'] as const;
const live = ['Deployment', 'production', 'shop'] as const;

const mode = 'pod-security.kubernetes.io';
const label =
  (key: string, value: string | undefined): OtherMutation['change'] =>
  ({ metadata: { labels } }) => {
    if (value === undefined) delete labels[`${mode}/${key}`];
    else labels[`${mode}/${key}`] = value;
  };

const lets =
  (rule: object): OtherMutation['change'] =>
  ({ spec }) =>
    void (spec.ingress = [rule]);
const ports = [{ port: 8080, protocol: 'TCP' }];
const peer = (selector: object): OtherMutation['change'] => lets({ from: [selector], ports });

const sibling =
  (kind: string, apiVersion: string, body: object): OtherMutation['change'] =>
  ({ metadata }) => ({ apiVersion, kind, metadata, ...body });
const rbac = 'rbac.authorization.k8s.io';
const role = (rule: object): OtherMutation['change'] => sibling('Role', `${rbac}/v1`, { rules: [rule] });
const binding = (name: string): OtherMutation['change'] =>
  sibling('RoleBinding', `${rbac}/v1`, {
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: 'shop', namespace: 'developer' }],
  });
const secret = (body: object): OtherMutation['change'] => sibling('Secret', 'v1', body);
const configMap = (data: object): OtherMutation['change'] => sibling('ConfigMap', 'v1', { data });

/** Rows about what is no pod, and about where a policy holds. */
export const otherMutations: readonly OtherMutation[] = [
  ...rows(namespace, 'restricted-namespace', {
    'enforces less': label('enforce', 'baseline'),
    'enforces nothing': label('enforce', undefined),
    'records less': label('audit', 'privileged'),
    'warns of nothing': label('warn', undefined),
    'the latest rules': label('enforce-version', 'latest'),
    'rules of no release': label('audit-version', undefined),
  }),
  ...rows(namespace, undefined, { 'another release': label('warn-version', 'v1.35') }),
  ...rows(network, 'named-peers', {
    'a rule for everybody': lets({ ports }),
    'a rule for an empty list': lets({ from: [], ports }),
    'a rule for every port': lets({ from: [{ podSelector: { matchLabels: { a: 'b' } } }] }),
    'an empty rule': lets({}),
    'every pod of the namespace': peer({ podSelector: {} }),
    'every namespace': peer({ namespaceSelector: {} }),
    'every pod of every namespace': peer({ namespaceSelector: {}, podSelector: {} }),
    'the whole internet': peer({ ipBlock: { cidr: '0.0.0.0/0' } }),
    'out to everybody': ({ spec }) => void (spec.egress = [{ ports }]),
    'out to the internet': ({ spec }) => void (spec.egress = [{ to: [{ ipBlock: { cidr: '::/0' } }], ports }]),
  }),
  ...rows(network, undefined, {
    'pods by an expression': peer({ podSelector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } }),
    'one namespace, all its pods': peer({ namespaceSelector: { matchLabels: { a: 'b' } }, podSelector: {} }),
    'some addresses': peer({ ipBlock: { cidr: '10.0.0.0/8' } }),
    'nobody at all': ({ spec }) => void (spec.ingress = []),
  }),
  ...rows(account, 'least-rights', {
    'every verb': role({ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }),
    'every resource': role({ apiGroups: [''], resources: ['*'], verbs: ['get'] }),
    'every group': role({ apiGroups: ['*'], resources: ['deployments'], verbs: ['get'] }),
    'every part of pods': role({ apiGroups: [''], resources: ['pods/*'], verbs: ['get'] }),
    'a way into pods': role({ apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] }),
    'a tunnel into pods': role({ apiGroups: [''], resources: ['pods/portforward'], verbs: ['create'] }),
    'reads Secrets': role({ apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['list'] }),
    'takes more rights': role({ apiGroups: [rbac], resources: ['roles'], verbs: ['escalate'] }),
    'gives rights': role({ apiGroups: [rbac], resources: ['roles'], verbs: ['bind'] }),
    'acts as others': role({ apiGroups: [''], resources: ['users'], verbs: ['impersonate'] }),
    'is bound to everything': binding('cluster-admin'),
    'is bound to the namespace': binding('edit'),
  }),
  ...rows(account, undefined, {
    'reads ConfigMaps': role({ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] }),
    'writes Secrets': role({ apiGroups: [''], resources: ['secrets'], verbs: ['create'] }),
    'a role without rules': sibling('Role', `${rbac}/v1`, {}),
    'is bound to looking': binding('view'),
  }),
  ...rows(account, 'own-account', {
    'mounts its token': (object) => void (object.automountServiceAccountToken = true),
    'does not say': (object) => void delete object.automountServiceAccountToken,
  }),
  ...rows(service, 'one-entrance', {
    'a port of every node': ({ spec }) => void (spec.type = 'NodePort'),
    'a load balancer': ({ spec }) => void (spec.type = 'LoadBalancer'),
    'addresses of others': ({ spec }) => void (spec.externalIPs = ['192.0.2.1']),
    'another name': ({ spec }) => void Object.assign(spec, { type: 'ExternalName', externalName: 'example.test' }),
  }),
  ...rows(service, undefined, {
    'no type said': ({ spec }) => void delete spec.type,
    headless: ({ spec }) => void (spec.clusterIP = 'None'),
  }),
  ...rows(ingress, 'one-entrance', {
    'a snippet': ({ metadata }) =>
      void (metadata.annotations = { 'nginx.ingress.kubernetes.io/configuration-snippet': 'return 200;' }),
    'a snippet of the server': ({ metadata }) =>
      void (metadata.annotations = { a: 'b', 'nginx.ingress.kubernetes.io/server-snippet': '' }),
  }),
  ...rows(ingress, undefined, {
    'a harmless annotation': ({ metadata }) =>
      void (metadata.annotations = { 'nginx.ingress.kubernetes.io/proxy-body-size': '8m' }),
  }),
  ...rows(account, 'no-plain-secret', {
    'encoded content': secret({ data: { password: 'aHVudGVyMg==' } }),
    'plain content': secret({ stringData: { password: 'hunter2' } }),
    'content of a type': secret({ type: 'kubernetes.io/basic-auth', stringData: { username: 'a', password: 'b' } }),
  }),
  ...rows(account, undefined, {
    'no content': secret({}),
    'empty content': secret({ data: {} }),
    'plain settings': configMap({ level: 'info', url: 'http://worker/' }),
    'no settings': sibling('ConfigMap', 'v1', {}),
  }),
  ...rows(account, 'no-readable-secret', {
    'a password as setting': configMap({ 'database.password': 'hunter2' }),
    'a private key as setting': configMap({ 'tls.pem': '-----BEGIN PRIVATE KEY-----\nMIIE' }),
    'an address with password': configMap({ url: 'amqp://shop:hunter2@queue' }),
  }),
  ...rows(live, 'replicated-production', {
    'one replica': ({ spec }) => void (spec.replicas = 1),
    'no replica said': ({ spec }) => void delete spec.replicas,
    'no replica at all': ({ spec }) => void (spec.replicas = 0),
    'two that may share a node': ({ spec }) => void delete spec.template.spec.topologySpreadConstraints,
  }),
  ...rows(live, undefined, {
    'spread by affinity': ({ spec: { template } }) => {
      const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { a: 'b' } } };
      template.spec.affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
      delete template.spec.topologySpreadConstraints;
    },
  }),
  ...rows(live, 'pinned-image', {
    'in production as well': ({ spec }) => void (spec.template.spec.containers[0].image = 'nginx'),
  }),
  ...rows(['Deployment', 'production', 'worker'], 'read-only-root', {
    'excepted elsewhere, but not here': ({ spec: { template } }) =>
      void (template.spec.containers[0].securityContext.readOnlyRootFilesystem = false),
  }),
  ...rows(['Deployment', 'developer', 'shop'], undefined, {
    'in a namespace that is no environment': ({ metadata, spec }) => {
      metadata.namespace = 'elsewhere';
      spec.template.spec.containers[0].image = 'nginx';
    },
  }),
];
