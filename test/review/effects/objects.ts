import type { YamlMap } from '../../../review/tree/object';
import type { Yaml } from '../../../manifests/yaml';
import type { Placed } from '../trees';

/** The namespace of every row; a cluster gives each row one of its own. */
export const namespace = 'shop';
/** Runs on any node without being pulled; a cluster puts the one that its nodes hold in its place. */
export const image = 'registry.k8s.io/pause:3.10';

const labels = { app: 'web' };

/** `value` with what stands at dotted paths replaced; `undefined` removes it. */
export function edited(object: YamlMap, edits: Readonly<Record<string, Yaml | undefined>>): YamlMap {
  const copy = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
  for (const [path, value] of Object.entries(edits)) {
    const keys = path.split('.').map((key) => key.replaceAll('~', '.'));
    const last = keys.pop()!;
    let at = copy;
    for (const key of keys) at = (at[key] ??= {}) as Record<string, unknown>;
    if (value === undefined) delete at[last];
    else at[last] = value;
  }
  return copy as YamlMap;
}

function object(kind: string, apiVersion: string, name: string, rest: YamlMap): YamlMap {
  return { apiVersion, kind, metadata: { name, namespace }, ...rest };
}

export const container = {
  name: 'web',
  image,
  env: [{ name: 'COLOUR', value: 'red' }],
  ports: [{ name: 'http', containerPort: 8080 }],
  resources: { requests: { cpu: '5m', memory: '8Mi' }, limits: { memory: '16Mi' } },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
};

const pod = {
  metadata: { labels },
  spec: {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    securityContext: { runAsNonRoot: true, runAsUser: 65535, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container],
  },
};

export const deployment = object('Deployment', 'apps/v1', 'web', {
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: pod,
  },
});

export const statefulSet = object('StatefulSet', 'apps/v1', 'web', {
  spec: { replicas: 2, serviceName: 'web', selector: { matchLabels: labels }, template: pod },
});

export const daemonSet = object('DaemonSet', 'apps/v1', 'web', {
  spec: { selector: { matchLabels: labels }, template: pod },
});

export const job = object('Job', 'batch/v1', 'once', {
  spec: { template: { spec: { ...pod.spec, restartPolicy: 'Never' } } },
});

export const service = object('Service', 'v1', 'web', {
  spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }] },
});

export const ingress = object('Ingress', 'networking.k8s.io/v1', 'web', {
  spec: {
    ingressClassName: 'nginx',
    rules: [
      {
        host: 'web.example.test',
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { name: 'http' } } } }],
        },
      },
    ],
  },
});

export const budget = object('PodDisruptionBudget', 'policy/v1', 'web', {
  spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
});

export const settings = object('ConfigMap', 'v1', 'settings', { data: { colour: 'red' } });
export const claim = object('PersistentVolumeClaim', 'v1', 'data', {
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } },
});
export const account = object('ServiceAccount', 'v1', 'reader', {});
export const role = object('Role', 'rbac.authorization.k8s.io/v1', 'reader', {
  rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
});
export const binding = object('RoleBinding', 'rbac.authorization.k8s.io/v1', 'reader', {
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
  subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace }],
});
export const defaultDeny = object('NetworkPolicy', 'networking.k8s.io/v1', 'default-deny', {
  spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
});
export const allowFriends = object('NetworkPolicy', 'networking.k8s.io/v1', 'web', {
  spec: {
    podSelector: { matchLabels: labels },
    policyTypes: ['Ingress'],
    ingress: [
      { from: [{ podSelector: { matchLabels: { app: 'friend' } } }], ports: [{ port: 8080, protocol: 'TCP' }] },
    ],
  },
});

export const space: YamlMap = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
};

/** Lets Argo CD prune what leaves the service's folder. */
export const application: YamlMap = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'web', namespace: 'argocd', finalizers: ['resources-finalizer.argocd.argoproj.io'] },
  spec: {
    project: 'shop',
    source: { repoURL: 'http://git.example.test/platform.git', targetRevision: 'main', path: 'dist/production/web' },
    destination: { server: 'https://kubernetes.default.svc', namespace },
    syncPolicy: { automated: { prune: true, selfHeal: true } },
  },
};

export const project: YamlMap = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'shop', namespace: 'argocd' },
  spec: {
    destinations: [{ server: 'https://kubernetes.default.svc', namespace }],
    sourceRepos: ['http://git.example.test/platform.git'],
  },
};

/** Objects of the service `web` in production, and whatever lies elsewhere by its kind. */
export function placed(objects: readonly YamlMap[]): Placed[] {
  return objects.map((one) => {
    if (String(one['apiVersion']).startsWith('argoproj.io/')) return { folder: 'argocd', object: one };
    return { folder: one['kind'] === 'Namespace' ? 'production/platform' : 'production/web', object: one };
  });
}
