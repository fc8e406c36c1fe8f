import * as pulumi from '@pulumi/pulumi';
import { parseAllDocuments } from 'yaml';

/** An object of the Kubernetes API as a manifest holds it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** A change to one object of an upstream manifest; the file on disk stays as it was published. */
export type Transform = (object: KubernetesObject) => KubernetesObject;

/** Kinds that belong to no namespace, as far as the manifests we install use them. */
const clusterWide = new Set([
  'APIService',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'IngressClass',
  'Namespace',
  'PersistentVolume',
  'StorageClass',
  'ValidatingWebhookConfiguration',
]);

/** What pods read or need to be allowed: one that starts before it is there fails, and is started again ever later. */
const prerequisites = new Set([
  'ClusterRole',
  'ClusterRoleBinding',
  'ConfigMap',
  'CustomResourceDefinition',
  'PersistentVolumeClaim',
  'Role',
  'RoleBinding',
  'Secret',
  'ServiceAccount',
]);

/** The objects of a manifest, in its order. @throws Error naming the document that is no object */
export function parseManifest(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text)
    .map((document, index) => {
      if (document.errors.length > 0) throw new Error(`document ${index + 1}: ${document.errors[0]!.message}`);
      return document.toJS() as KubernetesObject | null;
    })
    .filter((object) => object !== null);
}

export function isClusterWide({ kind }: Pick<KubernetesObject, 'kind'>): boolean {
  return clusterWide.has(kind);
}

export function isPrerequisite({ kind }: Pick<KubernetesObject, 'kind'>): boolean {
  return prerequisites.has(kind);
}

interface PodSpec {
  readonly containers: readonly { readonly image: string }[];
  readonly initContainers?: readonly { readonly image: string }[];
}

/** The pods that an object makes; undefined where it makes none, now or at zero replicas. */
export function podSpecOf(object: KubernetesObject): PodSpec | undefined {
  const spec = object['spec'] as { replicas?: number; template?: { spec?: PodSpec } } | undefined;
  return spec?.replicas === 0 ? undefined : spec?.template?.spec;
}

/** The images that the objects run, sorted, each once. */
export function imagesOf(objects: readonly KubernetesObject[]): readonly string[] {
  const images = objects.flatMap((object) => {
    const pod = podSpecOf(object);
    return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].map((container) => container.image);
  });
  return [...new Set(images)].sort();
}

/** `apps/v1 Deployment argocd/argocd-server`: what tells an object apart in its cluster. */
export function objectName({ kind, metadata }: KubernetesObject): string {
  return [kind.toLowerCase(), metadata.namespace, metadata.name].filter(Boolean).join('-');
}

/** The provider's type of an object: the core group, which has no name in manifests, is called `core` there. */
export function typeToken({ apiVersion, kind }: Pick<KubernetesObject, 'apiVersion' | 'kind'>): string {
  return `kubernetes:${apiVersion.includes('/') ? apiVersion : `core/${apiVersion}`}:${kind}`;
}

/** Any object of the API, applied and waited for by the Kubernetes provider as its typed resources are. */
export class KubernetesResource extends pulumi.CustomResource {
  constructor(name: string, object: KubernetesObject, opts?: pulumi.CustomResourceOptions) {
    super(typeToken(object), name, { ...object }, opts);
  }
}
