import type { Yaml } from '../../../manifests/yaml';
import type { YamlMap } from '../../../review/tree/object';
import * as objects from './objects';
import { edited } from './objects';

/** One change, and every effect that a review foretells of it. */
export interface Row {
  readonly name: string;
  readonly base: readonly YamlMap[];
  readonly head: readonly YamlMap[];
  /** `severity rule: message`, the most dangerous first. */
  readonly effects: readonly string[];
  /** What a cluster without Argo CD cannot show. @default it shows it */
  readonly unseen?: string;
  /** A pod has to be made anew before it shows. @default false */
  readonly restart?: boolean;
}

/** What is known besides the objects: two nodes that take every pod. */
export const facts = {
  environments: [],
  nodes: [1, 2].map(() => ({ labels: {}, allocatable: { cpu: 2, memory: 4 * 2 ** 30 } })),
};

const { deployment, statefulSet, service, ingress, budget, settings, claim, application, namespace } = objects;
const template = 'spec.template.spec';

function withContainer(object: YamlMap, edits: Readonly<Record<string, Yaml | undefined>>): YamlMap {
  return edited(object, { [`${template}.containers`]: [edited(objects.container as unknown as YamlMap, edits)] });
}

const blue = [{ name: 'COLOUR', value: 'blue' }];
const readsSettings = [{ name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } }];
const needsNetwork = 'traffic needs a network that enforces policies, and something that answers';
const needsArgoCd = 'only Argo CD reads it';

/** Changes whose effects a cluster shows. */
const seen: readonly Row[] = [
  {
    name: 'a variable changes',
    base: [deployment],
    head: [withContainer(deployment, { env: blue })],
    effects: ['info pods-restart: 2 pods restart, one at a time'],
  },
  {
    name: 'a label is added to the pods',
    base: [deployment],
    head: [edited(deployment, { 'spec.template.metadata.labels.team': 'shop' })],
    effects: ['info pods-restart: 2 pods restart, one at a time'],
  },
  {
    name: 'a quantity is spelled in another way',
    base: [deployment],
    head: [withContainer(deployment, { 'resources.requests.cpu': '0.005' })],
    effects: [],
  },
  {
    name: 'defaults are written out',
    base: [deployment],
    head: [
      edited(withContainer(deployment, { terminationMessagePath: '/dev/termination-log' }), {
        [`${template}.dnsPolicy`]: 'ClusterFirst',
      }),
    ],
    effects: [],
  },
  {
    name: 'an annotation of the Deployment changes',
    base: [deployment],
    head: [edited(deployment, { 'metadata.annotations.note': 'hello' })],
    effects: [],
  },
  {
    name: 'pods change under the strategy Recreate',
    base: [edited(deployment, { 'spec.strategy': { type: 'Recreate' } })],
    head: [withContainer(edited(deployment, { 'spec.strategy': { type: 'Recreate' } }), { env: blue })],
    effects: ['warning pods-restart: 2 pods stop before new ones start'],
  },
  {
    name: 'the only pod changes and none may be added',
    base: [
      edited(deployment, { 'spec.replicas': 1, 'spec.strategy.rollingUpdate': { maxSurge: 0, maxUnavailable: 1 } }),
    ],
    head: [
      withContainer(
        edited(deployment, { 'spec.replicas': 1, 'spec.strategy.rollingUpdate': { maxSurge: 0, maxUnavailable: 1 } }),
        { env: blue },
      ),
    ],
    effects: ['warning pods-restart: 1 pod restarts'],
  },
  {
    name: 'pods of a StatefulSet change',
    base: [statefulSet],
    head: [withContainer(statefulSet, { env: blue })],
    effects: ['info pods-restart: 2 pods restart, one at a time from the last to the first'],
  },
  {
    name: 'pods of a StatefulSet change that waits for somebody to delete them',
    base: [edited(statefulSet, { 'spec.updateStrategy.type': 'OnDelete' })],
    head: [withContainer(edited(statefulSet, { 'spec.updateStrategy.type': 'OnDelete' }), { env: blue })],
    effects: ['info pods-wait-for-deletion: 2 pods keep running as before until somebody deletes them'],
  },
  {
    name: 'pods of a DaemonSet change',
    base: [objects.daemonSet],
    head: [withContainer(objects.daemonSet, { env: blue })],
    effects: ['warning pods-restart: the pod of every node restarts, a few nodes at a time'],
  },
  {
    name: 'one more replica',
    base: [deployment],
    head: [edited(deployment, { 'spec.replicas': 3 })],
    effects: ['info replicas-change: 1 pod starts'],
  },
  {
    name: 'one replica less',
    base: [deployment],
    head: [edited(deployment, { 'spec.replicas': 1 })],
    effects: ['info replicas-change: 1 pod stops'],
  },
  {
    name: 'no replica at all',
    base: [deployment],
    head: [edited(deployment, { 'spec.replicas': 0 })],
    effects: ['error replicas-to-zero: 2 pods stop and none is left'],
  },
  {
    name: 'the selector of a Deployment changes',
    base: [deployment],
    head: [
      edited(deployment, {
        'spec.selector.matchLabels': { app: 'web', team: 'shop' },
        'spec.template.metadata.labels': { app: 'web', team: 'shop' },
      }),
    ],
    effects: ['error immutable-field: the API server refuses the change, and the sync fails'],
  },
  {
    name: 'pods lose the label that their Deployment selects',
    base: [deployment],
    head: [edited(deployment, { 'spec.template.metadata.labels': { app: 'shop' } })],
    effects: ['error template-not-selected: the API server refuses it, and the sync fails'],
  },
  {
    name: 'a request goes beyond its limit',
    base: [deployment],
    head: [withContainer(deployment, { 'resources.requests.memory': '32Mi' })],
    effects: ['error request-beyond-limit: the API server refuses it, and the sync fails'],
  },
  {
    name: 'the governing Service of a StatefulSet changes',
    base: [statefulSet],
    head: [edited(statefulSet, { 'spec.serviceName': 'other' })],
    effects: ['error immutable-field: the API server refuses the change, and the sync fails'],
  },
  {
    name: 'the pods of a Job change',
    base: [objects.job],
    head: [withContainer(objects.job, { env: blue })],
    effects: ['error immutable-field: the API server refuses the change, and the sync fails'],
  },
  {
    name: 'a sealed ConfigMap changes',
    base: [edited(settings, { immutable: true })],
    head: [edited(settings, { immutable: true, 'data.colour': 'blue' })],
    effects: ['error immutable-field: the API server refuses the change, and the sync fails'],
  },
  {
    name: 'a binding gets another role',
    base: [objects.account, objects.role, edited(objects.role, { 'metadata.name': 'writer' }), objects.binding],
    head: [
      objects.account,
      objects.role,
      edited(objects.role, { 'metadata.name': 'writer' }),
      edited(objects.binding, { 'roleRef.name': 'writer' }),
    ],
    effects: ['error immutable-field: the API server refuses the change, and the sync fails'],
  },
  {
    name: 'a claim is made smaller',
    base: [claim],
    head: [edited(claim, { 'spec.resources.requests.storage': '32Mi' })],
    effects: ['error immutable-field: the API server refuses the change, and the sync fails'],
  },
  {
    name: 'a Service selects what no pod carries',
    base: [deployment, service],
    head: [deployment, edited(service, { 'spec.selector': { app: 'shop' } })],
    effects: ['error selector-matches-nothing: no pod answers it: requests fail'],
  },
  {
    name: 'pods lose a label that a Service selects',
    base: [
      edited(deployment, { 'spec.template.metadata.labels.role': 'front' }),
      edited(service, { 'spec.selector.role': 'front' }),
    ],
    head: [deployment, edited(service, { 'spec.selector.role': 'front' })],
    effects: [
      'error selector-matches-nothing: no pod answers it: requests fail',
      'info pods-restart: 2 pods restart, one at a time',
    ],
  },
  {
    name: 'a Service targets a port that no container names',
    base: [deployment, service],
    head: [
      deployment,
      edited(service, { 'spec.ports': [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }] }),
    ],
    effects: ['error port-matches-nothing: its port 80 leads nowhere: requests to it fail'],
  },
  {
    name: 'pods name a ServiceAccount that is not there',
    base: [deployment],
    head: [edited(deployment, { [`${template}.serviceAccountName`]: 'nobody' })],
    effects: ['error dangling-reference: its pods are not created: there is no ServiceAccount nobody'],
  },
  {
    name: 'pods read a ConfigMap that is not there',
    base: [deployment],
    head: [withContainer(deployment, { env: readsSettings })],
    effects: ['error dangling-reference: its containers do not start: there is no ConfigMap settings'],
  },
  {
    name: 'pods read a Secret that is not in dist',
    base: [deployment],
    head: [withContainer(deployment, { envFrom: [{ secretRef: { name: 'hidden' } }] })],
    effects: [
      'warning dangling-reference: its containers do not start unless the cluster has Secret hidden',
      'info pods-restart: 2 pods restart, one at a time',
    ],
    unseen: 'whether the Secret is there is up to the cluster',
  },
  {
    name: 'a ConfigMap goes that pods read',
    base: [withContainer(deployment, { env: readsSettings }), settings, application, objects.project],
    head: [withContainer(deployment, { env: readsSettings }), application, objects.project],
    effects: [
      'error dangling-reference: its containers do not start: there is no ConfigMap settings',
      'info object-pruned: it is deleted',
    ],
    restart: true,
  },
  {
    name: 'pods mount a claim that is not there',
    base: [deployment],
    head: [
      edited(deployment, { [`${template}.volumes`]: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] }),
    ],
    effects: ['error dangling-reference: its pods are not scheduled: there is no PersistentVolumeClaim data'],
  },
  {
    name: 'pods select a node that is not there',
    base: [deployment],
    head: [edited(deployment, { [`${template}.nodeSelector`]: { tier: 'moon' } })],
    effects: ['error no-node-for-pods: its new pods stay pending, and the rollout does not end'],
  },
  {
    name: 'a pod asks for more than a node has',
    base: [deployment],
    head: [withContainer(deployment, { 'resources.requests.memory': '4000Gi', 'resources.limits.memory': '4000Gi' })],
    effects: ['error pod-fits-no-node: its new pods stay pending, and the rollout does not end'],
  },
  {
    name: 'all pods together ask for more than the nodes have',
    base: [deployment],
    head: [
      edited(deployment, {
        'spec.replicas': 100,
        [`${template}.containers`]: [{ ...objects.container, resources: { requests: { cpu: '1' } } }],
      }),
    ],
    effects: [
      'error tier-is-full: not all pods on the nodes find room',
      'info pods-restart: 2 pods restart, one at a time',
      'info replicas-change: 98 pods start',
    ],
    unseen: 'how many find room depends on what else runs there',
  },
  {
    name: 'a budget allows no disruption',
    base: [deployment, budget],
    head: [deployment, edited(budget, { 'spec.maxUnavailable': 0 })],
    effects: ['warning budget-blocks-drain: no node with its pods can be emptied'],
  },
  {
    name: 'a budget asks for all the replicas that are left',
    base: [deployment, edited(budget, { 'spec.maxUnavailable': undefined, 'spec.minAvailable': 1 })],
    head: [
      edited(deployment, { 'spec.replicas': 1 }),
      edited(budget, { 'spec.maxUnavailable': undefined, 'spec.minAvailable': 1 }),
    ],
    effects: ['warning budget-blocks-drain: no node with its pods can be emptied', 'info replicas-change: 1 pod stops'],
  },
  {
    name: 'a budget selects no pod',
    base: [deployment, budget],
    head: [deployment, edited(budget, { 'spec.selector.matchLabels': { app: 'shop' } })],
    effects: ['warning budget-protects-nothing: it protects no pod'],
  },
  {
    name: 'a pod wants more than its namespace admits',
    base: [objects.space, deployment],
    head: [objects.space, edited(deployment, { [`${template}.hostNetwork`]: true })],
    effects: [
      'error refused-by-pod-security: its new pods are not created',
      'warning weaker-security-context: its pods may do more than before: shares hostNetwork with its node',
    ],
  },
  {
    name: 'a namespace admits more than before',
    base: [objects.space],
    head: [edited(objects.space, { 'metadata.labels.pod-security~kubernetes~io/enforce': 'baseline' })],
    effects: ['error weaker-pod-security: pods of level baseline are admitted from now on'],
  },
  {
    name: 'a role allows more',
    base: [objects.account, objects.role, objects.binding],
    head: [
      objects.account,
      edited(objects.role, { rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'delete'] }] }),
      objects.binding,
    ],
    effects: ['warning wider-permissions: more is allowed: delete configmaps'],
  },
  {
    name: 'a ConfigMap changes that pods read at their start',
    base: [withContainer(deployment, { env: readsSettings }), settings],
    head: [withContainer(deployment, { env: readsSettings }), edited(settings, { 'data.colour': 'blue' })],
    effects: ['warning config-without-restart: running pods keep the old values until they are restarted'],
  },
  {
    name: 'a Deployment leaves dist',
    base: [deployment, settings, application, objects.project],
    head: [settings, application, objects.project],
    effects: ['warning object-pruned: it is deleted, and its pods with it'],
  },
  {
    name: 'a Deployment gets another name',
    base: [deployment, settings, application, objects.project],
    head: [edited(deployment, { 'metadata.name': 'shop' }), settings, application, objects.project],
    effects: ['warning object-pruned: it is deleted, and its pods with it'],
  },
  {
    name: 'a claim leaves dist with the pods that use it',
    base: [
      edited(deployment, {
        'spec.replicas': 1,
        [`${template}.volumes`]: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
        [`${template}.containers`]: [{ ...objects.container, volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
      }),
      claim,
      settings,
      application,
      objects.project,
    ],
    head: [edited(deployment, { 'spec.replicas': 1 }), settings, application, objects.project],
    effects: [
      'error data-at-risk: its volume is deleted, and the data in it',
      'error object-pruned: it is deleted',
      'warning data-at-risk: its pods no longer see the data of data',
      'info pods-restart: 1 pod restarts',
    ],
  },
];

const friend = { podSelector: { matchLabels: { app: 'friend' } } };
const stranger = { podSelector: { matchLabels: { app: 'stranger' } } };
const port = [{ port: 8080, protocol: 'TCP' }];

/** Changes whose effects show elsewhere than in a cluster of nodes alone. */
const unseen: readonly Row[] = [
  {
    name: 'two Ingresses claim one host and path',
    base: [deployment, service, ingress],
    head: [deployment, service, ingress, edited(ingress, { 'metadata.name': 'rival' })],
    effects: [
      'error host-and-path-taken-twice: web.example.test/ is claimed twice',
      'info reachable-from-outside: web.example.test/ answers from outside',
    ],
    unseen: 'which one answers is up to the ingress controller',
  },
  {
    name: 'a Service goes that an Ingress leads to',
    base: [deployment, service, ingress, application, objects.project],
    head: [deployment, ingress, application, objects.project],
    effects: [
      'error dangling-reference: requests to it are answered with 503: there is no Service web',
      'warning object-pruned: it is deleted',
    ],
    unseen: 'only the ingress controller answers',
  },
  {
    name: 'an Ingress names a port that its Service has no more',
    base: [deployment, service, ingress],
    head: [
      deployment,
      edited(service, { 'spec.ports': [{ name: 'web', port: 80, targetPort: 'http', protocol: 'TCP' }] }),
      ingress,
    ],
    effects: ['error dangling-reference: requests to it are answered with 503: Service shop/web has no port http'],
    unseen: 'only the ingress controller answers',
  },
  {
    name: 'everybody may reach the pods when the only policy goes',
    base: [deployment, objects.defaultDeny, settings, application, objects.project],
    head: [deployment, settings, application, objects.project],
    effects: [
      'error wider-network-policy: anybody may reach web and web may reach anything from now on',
      'info object-pruned: it is deleted',
    ],
    unseen: needsNetwork,
  },
  {
    name: 'one more neighbour may reach the pods, and one no longer',
    base: [deployment, objects.allowFriends],
    head: [deployment, edited(objects.allowFriends, { 'spec.ingress': [{ from: [stranger], ports: port }] })],
    effects: [
      'warning traffic-cut: traffic is no longer let through: from pods app=friend at 8080/TCP',
      'warning wider-network-policy: more traffic is let through: from pods app=stranger at 8080/TCP',
    ],
    unseen: needsNetwork,
  },
  {
    name: 'a rule forgets whom it is for',
    base: [deployment, objects.allowFriends],
    head: [
      deployment,
      edited(objects.allowFriends, { 'spec.ingress': [{ from: [friend], ports: port }, { ports: port }] }),
    ],
    effects: ['error wider-network-policy: more traffic is let through: from anybody at 8080/TCP'],
    unseen: needsNetwork,
  },
  {
    name: 'an image moves without its source',
    base: [edited(deployment, { 'metadata.annotations.slipway~dev/source-commit': 'a'.repeat(40) })],
    head: [
      withContainer(edited(deployment, { 'metadata.annotations.slipway~dev/source-commit': 'a'.repeat(40) }), {
        image: 'registry.k8s.io/pause:3.9',
      }),
    ],
    effects: [
      'warning image-without-source: another image runs, and nothing says which commit it was built from',
      'info pods-restart: 2 pods restart, one at a time',
    ],
    unseen: 'the second image would have to be pulled',
  },
  {
    name: 'a source moves without its image',
    base: [edited(deployment, { 'metadata.annotations.slipway~dev/source-commit': 'a'.repeat(40) })],
    head: [edited(deployment, { 'metadata.annotations.slipway~dev/source-commit': 'b'.repeat(40) })],
    effects: ['warning source-without-image: another source commit is stated, and the same image runs'],
    unseen: 'the cluster does not know sources',
  },
  {
    name: 'an Application no longer syncs by itself',
    base: [application, objects.project],
    head: [edited(application, { 'spec.syncPolicy': {} }), objects.project],
    effects: ['warning sync-by-hand: what is merged is no longer applied until somebody syncs it'],
    unseen: needsArgoCd,
  },
  {
    name: 'an Application begins to prune',
    base: [edited(application, { 'spec.syncPolicy.automated.prune': undefined }), objects.project],
    head: [application, objects.project],
    effects: [
      'warning prune-switched-on: objects that are not in dist are deleted from now on, those that are left over among them',
    ],
    unseen: needsArgoCd,
  },
  {
    name: 'an Application deploys elsewhere, under another project',
    base: [application, objects.project, edited(objects.project, { 'metadata.name': 'other' })],
    head: [
      edited(application, { 'spec.destination.namespace': 'elsewhere', 'spec.project': 'other' }),
      objects.project,
      edited(objects.project, { 'metadata.name': 'other' }),
    ],
    effects: [
      'error other-destination: everything it deploys is made anew elsewhere',
      'warning other-project: another project says what it may deploy',
    ],
    unseen: needsArgoCd,
  },
  {
    name: 'an Application goes, and its objects with it',
    base: [deployment, application, objects.project],
    head: [deployment, objects.project],
    effects: ['error application-removed: 1 object that it deployed are deleted with it'],
    unseen: needsArgoCd,
  },
  {
    name: 'a project allows another namespace and no longer this one',
    base: [application, objects.project],
    head: [
      application,
      edited(objects.project, { 'spec.destinations': [{ server: 'https://kubernetes.default.svc', namespace: '*' }] }),
    ],
    effects: [
      'warning project-allows-more: its Applications may deploy more: destinations {"namespace":"*","server":"https://kubernetes.default.svc"}',
      `info project-allows-less: its Applications may deploy less: destinations {"namespace":"${namespace}","server":"https://kubernetes.default.svc"}`,
    ],
    unseen: needsArgoCd,
  },
  {
    name: 'an object goes that Argo CD leaves alone',
    base: [
      edited(settings, { 'metadata.annotations.argocd~argoproj~io/sync-options': 'Prune=false' }),
      service,
      application,
      objects.project,
    ],
    head: [service, application, objects.project],
    effects: ['warning object-left-behind: it stays in the cluster as it is, and nobody looks after it any more'],
    unseen: needsArgoCd,
  },
];

export const table: readonly Row[] = [...seen, ...unseen];
