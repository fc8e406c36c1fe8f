import { mapAt, mapsAt, textAt, valueAt } from '../tree/access';
import type { DistObject, YamlMap } from '../tree/object';
import { containersOf, isWorkload, podSpecOf } from './workload';

/** One object that names another one. */
export interface Reference {
  readonly kind: string;
  readonly name: string;
  /** Of the object that is named. @default the namespace of the one that names it */
  readonly namespace?: string;
  /** `spec.template.spec.serviceAccountName` */
  readonly path: string;
  /** Without the other: what happens to the one that names it. */
  readonly without: string;
  /** The API server makes it, or it belongs to the cluster, not to dist. */
  readonly elsewhere?: boolean;
}

const noPods = 'its pods are not created';
const noStart = 'its containers do not start';
const noVolume = 'its pods wait for the volume';

/** Every object of the tree that this one cannot do without. What it declares to be optional is not among them. */
export function referencesOf(object: DistObject): Reference[] {
  if (isWorkload(object)) return podReferences(object);
  const { manifest } = object;
  switch (object.identity.kind) {
    case 'Ingress':
      return ingressReferences(manifest);
    case 'HorizontalPodAutoscaler':
      return named(mapAt(manifest, 'spec', 'scaleTargetRef'), 'spec.scaleTargetRef', 'it scales nothing');
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      return [
        ...named(mapAt(manifest, 'roleRef'), 'roleRef', 'it grants nothing'),
        ...mapsAt(manifest, 'subjects')
          .filter((subject) => subject['kind'] === 'ServiceAccount' && subject['name'] !== 'default')
          .flatMap((subject) => named(subject, 'subjects', 'it grants nothing')),
      ];
    case 'Application':
      return projectReference(manifest, ['spec']);
    case 'ApplicationSet':
      return projectReference(manifest, ['spec', 'template', 'spec']);
    default:
      return [];
  }
}

function named(reference: YamlMap, path: string, without: string): Reference[] {
  const [kind, name, namespace] = ['kind', 'name', 'namespace'].map((key) => textAt(reference, key));
  if (kind === undefined || name === undefined) return [];
  return [
    {
      kind,
      name,
      path,
      without,
      ...(namespace !== undefined && { namespace }),
      // those that every cluster has
      ...(kind === 'ClusterRole' && { elsewhere: /^(system:|admin$|edit$|view$|cluster-admin$)/.test(name) }),
    },
  ];
}

function projectReference(manifest: YamlMap, path: readonly string[]): Reference[] {
  const name = textAt(manifest, ...path, 'project');
  if (name === undefined || name.includes('{{')) return [];
  return [{ kind: 'AppProject', name, path: [...path, 'project'].join('.'), without: 'Argo CD deploys nothing of it' }];
}

function ingressReferences(manifest: YamlMap): Reference[] {
  const backends = [
    mapAt(manifest, 'spec', 'defaultBackend'),
    ...mapsAt(manifest, 'spec', 'rules').flatMap((rule) =>
      mapsAt(rule, 'http', 'paths').map((path) => mapAt(path, 'backend')),
    ),
  ];
  const services = backends.flatMap((backend) => textAt(backend, 'service', 'name') ?? []);
  const secrets = mapsAt(manifest, 'spec', 'tls').flatMap((tls) => textAt(tls, 'secretName') ?? []);
  return [
    ...services.map((name) => ({
      kind: 'Service',
      name,
      path: 'spec.rules',
      without: 'requests to it are answered with 503',
    })),
    ...secrets.map((name) => ({
      kind: 'Secret',
      name,
      path: 'spec.tls',
      without: 'it is served with another certificate',
    })),
  ];
}

function podReferences(object: DistObject): Reference[] {
  const spec = podSpecOf(object);
  const account = textAt(spec, 'serviceAccountName');
  const claims = new Set(
    mapsAt(object.manifest, 'spec', 'volumeClaimTemplates').flatMap((claim) => textAt(claim, 'metadata', 'name') ?? []),
  );
  return [
    ...(account === undefined || account === 'default'
      ? []
      : [{ kind: 'ServiceAccount', name: account, path: 'serviceAccountName', without: noPods }]),
    ...containersOf(spec).flatMap(containerReferences),
    ...mapsAt(spec, 'volumes')
      .filter((volume) => !claims.has(textAt(volume, 'name') ?? ''))
      .flatMap(volumeReferences),
  ];
}

function containerReferences(container: YamlMap): Reference[] {
  const sources = [
    ...mapsAt(container, 'env').map(
      (variable) => [`env[${textAt(variable, 'name') ?? '?'}]`, mapAt(variable, 'valueFrom')] as const,
    ),
    ...mapsAt(container, 'envFrom').map((source) => ['envFrom', source] as const),
  ];
  return sources.flatMap(([path, source]) => [
    ...required(mapAt(source, 'configMapKeyRef'), 'ConfigMap', path, noStart),
    ...required(mapAt(source, 'configMapRef'), 'ConfigMap', path, noStart),
    ...required(mapAt(source, 'secretKeyRef'), 'Secret', path, noStart),
    ...required(mapAt(source, 'secretRef'), 'Secret', path, noStart),
  ]);
}

function volumeReferences(volume: YamlMap): Reference[] {
  const path = `volumes[${textAt(volume, 'name') ?? '?'}]`;
  const claim = textAt(volume, 'persistentVolumeClaim', 'claimName');
  const sources = [volume, ...mapsAt(volume, 'projected', 'sources')];
  return [
    ...(claim === undefined
      ? []
      : [{ kind: 'PersistentVolumeClaim', name: claim, path, without: 'its pods are not scheduled' }]),
    ...sources.flatMap((source) => [
      ...required(mapAt(source, 'configMap'), 'ConfigMap', path, noVolume),
      ...required(mapAt(source, 'secret'), 'Secret', path, noVolume, 'secretName'),
      ...required(mapAt(source, 'secret'), 'Secret', path, noVolume),
    ]),
  ];
}

function required(source: YamlMap, kind: string, path: string, without: string, key = 'name'): Reference[] {
  const name = textAt(source, key);
  return name === undefined || valueAt(source, 'optional') === true ? [] : [{ kind, name, path, without }];
}
