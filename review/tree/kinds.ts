import type { DistTree } from './dist-tree';
import { groupOf } from './object';

/** Kinds by `apiVersion`; a star marks those of the whole cluster. */
const builtIn: Readonly<Record<string, string>> = {
  v1:
    'ConfigMap Endpoints Event LimitRange Namespace* Node* PersistentVolume* PersistentVolumeClaim Pod PodTemplate ' +
    'ReplicationController ResourceQuota Secret Service ServiceAccount',
  'apps/v1': 'ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet',
  'batch/v1': 'CronJob Job',
  'autoscaling/v1': 'HorizontalPodAutoscaler',
  'autoscaling/v2': 'HorizontalPodAutoscaler',
  'policy/v1': 'PodDisruptionBudget',
  'networking.k8s.io/v1': 'Ingress IngressClass* IPAddress* NetworkPolicy ServiceCIDR*',
  'discovery.k8s.io/v1': 'EndpointSlice',
  'events.k8s.io/v1': 'Event',
  'rbac.authorization.k8s.io/v1': 'ClusterRole* ClusterRoleBinding* Role RoleBinding',
  'scheduling.k8s.io/v1': 'PriorityClass*',
  'storage.k8s.io/v1': 'CSIDriver* CSINode* CSIStorageCapacity StorageClass* VolumeAttachment* VolumeAttributesClass*',
  'coordination.k8s.io/v1': 'Lease',
  'node.k8s.io/v1': 'RuntimeClass*',
  'certificates.k8s.io/v1': 'CertificateSigningRequest*',
  'apiregistration.k8s.io/v1': 'APIService*',
  'apiextensions.k8s.io/v1': 'CustomResourceDefinition*',
  'resource.k8s.io/v1': 'DeviceClass* ResourceClaim ResourceClaimTemplate ResourceSlice*',
  'admissionregistration.k8s.io/v1':
    'MutatingWebhookConfiguration* ValidatingAdmissionPolicy* ValidatingAdmissionPolicyBinding* ' +
    'ValidatingWebhookConfiguration* MutatingAdmissionPolicy* MutatingAdmissionPolicyBinding*',
  // installed by the bootstrap, like the API server itself
  'argoproj.io/v1alpha1': 'AppProject Application ApplicationSet',
};

const known = new Map<string, { readonly namespaced: boolean; readonly versions: string[] }>();
for (const [apiVersion, kinds] of Object.entries(builtIn)) {
  for (const entry of kinds.split(' ')) {
    const kind = entry.replace('*', '');
    const key = `${groupOf({ apiVersion })}/${kind}`;
    const there = known.get(key);
    if (there === undefined) known.set(key, { namespaced: entry === kind, versions: [apiVersion] });
    else there.versions.push(apiVersion);
  }
}

export interface KindFacts {
  readonly namespaced: boolean;
  /** Every `apiVersion` that is served. */
  readonly versions: readonly string[];
}

/** What is known of the kind of an object, be it built in or defined in the tree; undefined where it is nowhere. */
export function factsOf(kind: string, apiVersion: string, tree: DistTree): KindFacts | undefined {
  const group = groupOf({ apiVersion });
  return known.get(`${group}/${kind}`) ?? definedIn(tree, group, kind);
}

/** Whether objects of a built-in kind live in a namespace. Of kinds that are not built in most do. */
export function isNamespaced(kind: string, apiVersion: string): boolean {
  return known.get(`${groupOf({ apiVersion })}/${kind}`)?.namespaced ?? true;
}

/** Groups in which a built-in kind of that name is served, for a repair. */
export function versionsOfKind(kind: string): readonly string[] {
  return [...known].filter(([key]) => key.endsWith(`/${kind}`)).flatMap(([, { versions }]) => versions);
}

function definedIn(tree: DistTree, group: string, kind: string): KindFacts | undefined {
  for (const { manifest } of tree.ofKind('CustomResourceDefinition')) {
    const spec = manifest['spec'] as Partial<CustomResourceSpec> | undefined;
    if (spec?.group !== group || spec.names?.kind !== kind) continue;
    const versions = Array.isArray(spec.versions) ? spec.versions : [];
    return {
      namespaced: spec.scope !== 'Cluster',
      versions: versions.filter(({ served }) => served !== false).map(({ name }) => `${group}/${name}`),
    };
  }
  return undefined;
}

interface CustomResourceSpec {
  readonly group: string;
  readonly scope: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly name: string; readonly served?: boolean }[];
}
