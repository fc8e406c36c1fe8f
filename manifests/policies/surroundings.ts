import type { Policy } from './policy';

const restrictedNamespace: Policy = {
  name: 'restricted-namespace',
  reason: 'Pod Security refuses dangerous pods only in namespaces that say so, by the rules of a release they name',
  repair:
    'label the namespace pod-security.kubernetes.io/enforce, audit and warn: restricted, and each of them with ' +
    '-version: v<major>.<minor>',
  kinds: ['Namespace'],
  variables: [{ name: 'labels', expression: 'object.metadata.?labels.orValue({})' }],
  validations: [
    {
      expression:
        '["enforce", "audit", "warn"].all(mode, variables.labels[?"pod-security.kubernetes.io/" + mode].orValue("") == "restricted")',
      message: 'the namespace does not enforce, audit and warn "restricted"',
    },
    {
      expression:
        '["enforce", "audit", "warn"].all(mode, variables.labels[?"pod-security.kubernetes.io/" + mode + "-version"].orValue("").matches("^v1[.][0-9]+$"))',
      message: 'the namespace does not say by the rules of which release',
    },
  ],
};

/** How much a selector of labels says; 0 selects everything. */
const terms = (selector: string): string =>
  `size(peer.?${selector}.?matchLabels.orValue({})) + size(peer.?${selector}.?matchExpressions.orValue([]))`;

const named =
  `${terms('podSelector')} + ${terms('namespaceSelector')} > 0 || ` +
  'has(peer.ipBlock) && !(peer.ipBlock.cidr in ["0.0.0.0/0", "::/0"])';

const everyRule = (direction: string, peers: string): string =>
  `object.spec.?${direction}.orValue([]).all(rule, size(rule.?ports.orValue([])) > 0 && ` +
  `size(rule.?${peers}.orValue([])) > 0 && rule.${peers}.all(peer, ${named}))`;

const namedPeers: Policy = {
  name: 'named-peers',
  reason: 'a rule without peers or ports opens a pod to everybody, whatever the other policies say',
  repair: 'name the peers by labels and the ports by number; in the catalog these are `calls`',
  kinds: ['NetworkPolicy'],
  validations: [
    { expression: everyRule('ingress', 'from'), message: 'a rule lets everybody in, or in at every port' },
    { expression: everyRule('egress', 'to'), message: 'a rule lets out to everybody, or to every port' },
  ],
};

const leastRights: Policy = {
  name: 'least-rights',
  reason: 'whoever takes over a pod has the rights of its account, and some rights are as good as all',
  repair: 'name the verbs and resources that the service uses, and none that read Secrets, enter pods or give rights',
  kinds: ['Role', 'RoleBinding'],
  variables: [
    {
      // the API server writes null where there are none
      name: 'rules',
      expression: 'object.kind == "Role" && has(object.rules) && object.rules != null ? dyn(object.rules) : dyn([])',
    },
  ],
  validations: [
    {
      expression:
        'variables.rules.all(rule, (rule.?verbs.orValue([]) + rule.?resources.orValue([]) + ' +
        'rule.?apiGroups.orValue([])).all(name, !name.contains("*")))',
      message: 'a rule has a wildcard',
    },
    {
      expression:
        'variables.rules.all(rule, rule.?verbs.orValue([]).all(verb, !(verb in ["escalate", "bind", "impersonate"])))',
      message: 'a rule gives the right to take more rights',
    },
    {
      expression:
        'variables.rules.all(rule, rule.?resources.orValue([]).all(name, ' +
        '!(name in ["pods/exec", "pods/attach", "pods/portforward"])))',
      message: 'a rule gives the right to enter pods',
    },
    {
      expression:
        'variables.rules.all(rule, !("secrets" in rule.?resources.orValue([])) || ' +
        'rule.?verbs.orValue([]).all(verb, !(verb in ["get", "list", "watch"])))',
      message: 'a rule gives the right to read Secrets',
    },
    {
      expression: 'object.kind != "RoleBinding" || !(object.roleRef.name in ["cluster-admin", "admin", "edit"])',
      message: 'the binding gives rights over the whole namespace',
    },
  ],
};

const oneEntrance: Policy = {
  name: 'one-entrance',
  reason: 'what reaches pods beside the ingress is neither logged nor limited there, and snippets run as the ingress',
  repair: 'make the Service a ClusterIP, expose it by the catalog, and remove snippet annotations',
  kinds: ['Ingress', 'Service'],
  validations: [
    {
      expression: 'object.kind != "Service" || object.spec.?type.orValue("ClusterIP") == "ClusterIP"',
      message: 'the Service is not of type ClusterIP',
    },
    {
      expression: 'object.kind != "Service" || size(object.spec.?externalIPs.orValue([])) == 0',
      message: 'the Service claims external addresses',
    },
    {
      expression:
        'object.kind != "Ingress" || object.metadata.?annotations.orValue({}).all(key, !key.endsWith("-snippet"))',
      message: 'the Ingress puts text into the configuration of the controller',
    },
  ],
};

/** What holds around pods: their namespace, network, rights and entrance. */
export const surroundings: readonly Policy[] = [leastRights, namedPeers, oneEntrance, restrictedNamespace];
