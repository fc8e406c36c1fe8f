import { stringify } from 'yaml';
import { images } from '../../versions';

const documents = (objects: readonly object[]): string =>
  objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n');

const account = (name: string, namespace: string): readonly object[] => [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
];

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** A role for the service account `name`, in its namespace alone or in the whole cluster. */
function allow(name: string, namespace: string, scope: 'Role' | 'ClusterRole', rules: readonly Rule[]): object[] {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const metadata = { name, ...(scope === 'Role' && { namespace }) };
  return [
    { apiVersion, kind: scope, metadata, rules },
    {
      apiVersion,
      kind: `${scope}Binding`,
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: scope, name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
}

/**
 * What kind applies as its network: a keeper of routes on every node, in the place of kindnet. kind adds the control
 * plane's address to its environment when asked to "patch this file", so that it need not wait for kube-proxy.
 */
export function networkManifest(): string {
  const name = 'route-keeper';
  const labels = { 'app.kubernetes.io/name': name };
  const container = {
    name,
    image: images['route-keeper'].reference,
    imagePullPolicy: 'Never',
    env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
    readinessProbe: { exec: { command: ['/usr/local/bin/route-keeper-ready'] }, periodSeconds: 3 },
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    securityContext: {
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
    },
    volumeMounts: [{ name: 'state', mountPath: '/run/slipway' }],
  };
  const pod = {
    hostNetwork: true,
    priorityClassName: 'system-node-critical',
    serviceAccountName: name,
    terminationGracePeriodSeconds: 1,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ operator: 'Exists' }],
    containers: [container],
    volumes: [{ name: 'state', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }],
  };
  return (
    '# would you kindly patch this file\n' +
    documents([
      ...account(name, 'kube-system'),
      ...allow(name, 'kube-system', 'ClusterRole', [
        { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
      ]),
      {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name, namespace: 'kube-system', labels },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
      },
    ])
  );
}

/** The pod that makes or removes a volume's folder; the provisioner fills in the rest. */
const HELPER_POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'helper-pod' },
  spec: {
    priorityClassName: 'system-node-critical',
    tolerations: [{ operator: 'Exists' }],
    containers: [{ name: 'helper-pod', image: images['local-path-helper'].reference, imagePullPolicy: 'Never' }],
  },
};

const PROVISIONER_SETTINGS = {
  'config.json': JSON.stringify({
    nodePathMap: [{ node: 'DEFAULT_PATH_FOR_NON_LISTED_NODES', paths: ['/var/local-path-provisioner'] }],
  }),
  setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
  teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
  'helperPod.yaml': stringify(HELPER_POD),
};

function provisioner(name: string, namespace: string): object {
  const labels = { 'app.kubernetes.io/name': name };
  const container = {
    name,
    image: images['local-path'].reference,
    imagePullPolicy: 'Never',
    command: ['local-path-provisioner', 'start'],
    args: [
      ...['--helper-image', images['local-path-helper'].reference],
      ...['--config', '/etc/config/config.json', '--service-account-name', name],
    ],
    env: [
      { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      { name: 'CONFIG_MOUNT_PATH', value: '/etc/config/' },
    ],
    resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    volumeMounts: [{ name: 'settings', mountPath: '/etc/config/' }],
  };
  const pod = {
    serviceAccountName: name,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' }],
    containers: [container],
    volumes: [{ name: 'settings', configMap: { name: 'local-path-config' } }],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
  };
}

/** What kind applies as its storage: volumes that are folders of the node, by the default class `standard`. */
export function storageManifest(): string {
  const name = 'local-path-provisioner';
  const namespace = 'local-path-storage';
  const all = ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete'];
  const look = ['get', 'list', 'watch'];
  return documents([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...account(name, namespace),
    ...allow(name, namespace, 'Role', [{ apiGroups: [''], resources: ['pods'], verbs: all }]),
    ...allow(name, namespace, 'ClusterRole', [
      {
        apiGroups: [''],
        resources: ['nodes', 'persistentvolumeclaims', 'configmaps', 'pods', 'pods/log'],
        verbs: look,
      },
      { apiGroups: [''], resources: ['persistentvolumes'], verbs: all },
      { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
      { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: look },
    ]),
    provisioner(name, namespace),
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'rancher.io/local-path',
      volumeBindingMode: 'WaitForFirstConsumer',
      reclaimPolicy: 'Delete',
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'local-path-config', namespace },
      data: PROVISIONER_SETTINGS,
    },
  ]);
}
