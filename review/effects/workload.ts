import type { DistTree } from '../tree/dist-tree';
import { mapAt, mapsAt, numberAt, valueAt } from '../tree/access';
import { isMap, type DistObject, type YamlMap } from '../tree/object';

/** Kinds that make pods, and where they keep the template. */
const templates: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    Deployment: ['spec', 'template'],
    StatefulSet: ['spec', 'template'],
    DaemonSet: ['spec', 'template'],
    ReplicaSet: ['spec', 'template'],
    ReplicationController: ['spec', 'template'],
    Job: ['spec', 'template'],
    CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
    Pod: [],
  }),
);

/** Kinds that make pods and keep them running. */
export const runningKinds: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'];

export function isWorkload({ identity }: DistObject): boolean {
  return templates.has(identity.kind);
}

/** What the pods of a workload are made of, empty for what makes none. */
export function podTemplate({ identity, manifest }: DistObject): YamlMap {
  const path = templates.get(identity.kind);
  return path === undefined ? {} : mapAt(manifest, ...path);
}

export function podSpecOf(object: DistObject): YamlMap {
  return mapAt(podTemplate(object), 'spec');
}

/** Asked of every workload of a namespace for every selector in it. */
const labelsOf = new WeakMap<DistObject, YamlMap>();

export function podLabels(object: DistObject): YamlMap {
  let labels = labelsOf.get(object);
  if (labels === undefined) labelsOf.set(object, (labels = mapAt(podTemplate(object), 'metadata', 'labels')));
  return labels;
}

/** Every container, those that run first included. */
export function containersOf(spec: YamlMap): readonly YamlMap[] {
  return [...mapsAt(spec, 'containers'), ...mapsAt(spec, 'initContainers')];
}

/** Pods of a Deployment, StatefulSet or ReplicaSet; undefined for kinds that do not count them. */
export function replicasOf({ identity, manifest }: DistObject): number | undefined {
  if (!['Deployment', 'StatefulSet', 'ReplicaSet'].includes(identity.kind)) return undefined;
  return numberAt(manifest, 'spec', 'replicas') ?? 1;
}

/** Every workload of a namespace. */
export function workloadsIn(tree: DistTree, namespace: string | undefined): DistObject[] {
  return [...templates.keys()].flatMap((kind) => tree.within(kind, namespace));
}

/** Whether a selector of equalities, as Services have it, selects labels. */
export function matchesLabels(selector: YamlMap, labels: YamlMap): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/**
 * Whether a selector with `matchLabels` and `matchExpressions` selects labels. An empty one selects everything.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function matchesSelector(selector: YamlMap, labels: YamlMap): boolean {
  return (
    matchesLabels(mapAt(selector, 'matchLabels'), labels) &&
    mapsAt(selector, 'matchExpressions').every((expression) => matchesExpression(expression, labels))
  );
}

function matchesExpression(expression: YamlMap, labels: YamlMap): boolean {
  const { key, operator } = expression;
  const values = expression['values'];
  const value = typeof key === 'string' ? valueAt(labels, key) : undefined;
  const listed = Array.isArray(values) && value !== undefined && values.includes(value);
  if (operator === 'In') return listed;
  if (operator === 'NotIn') return !listed;
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  return false;
}

/** A selector that selects pods, as it stands in the manifest; undefined where there is none. */
export function selectorAt(object: DistObject, ...path: readonly string[]): YamlMap | undefined {
  const selector = valueAt(object.manifest, ...path);
  return isMap(selector) ? selector : undefined;
}
