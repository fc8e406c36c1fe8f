import { parse } from 'yaml';

/** One rendered object, loosely typed: checks look at what is there, not at what types promise. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Loose = any;

export interface RenderedObject {
  /** Path below dist. */
  readonly file: string;
  readonly object: Loose;
}

/** Parses the manifests among what was rendered with a reader that is not ours. */
export function objectsOf(files: ReadonlyMap<string, string>): RenderedObject[] {
  return [...files]
    .filter(([file]) => file.endsWith('.yaml'))
    .map(([file, text]) => ({ file, object: parse(text) as Loose }));
}

/** A deep copy; that of `structuredClone` has other prototypes than the test's own objects. */
export function copyOf(object: Loose): Loose {
  return JSON.parse(JSON.stringify(object)) as Loose;
}

export function ofKind(objects: readonly RenderedObject[], ...kinds: string[]): RenderedObject[] {
  return objects.filter(({ object }) => kinds.includes(object.kind));
}

/** Objects that make pods, each with the pod's metadata and spec. */
export function workloads(objects: readonly RenderedObject[]): (RenderedObject & { metadata: Loose; spec: Loose })[] {
  return objects.flatMap((rendered) => {
    const { object } = rendered;
    const template =
      object.kind === 'Pod'
        ? object
        : object.kind === 'CronJob'
          ? object.spec.jobTemplate.spec.template
          : object.spec?.template;
    return template?.spec?.containers === undefined
      ? []
      : [{ ...rendered, metadata: template.metadata, spec: template.spec }];
  });
}

/** Every container of a pod, of whatever sort. */
export function containers(podSpec: Loose): Loose[] {
  return [podSpec.containers, podSpec.initContainers, podSpec.ephemeralContainers].flatMap((list) => list ?? []);
}

/** Whether a label selector takes these labels; only `matchLabels` is rendered. */
export function selects(selector: Loose, labels: Loose): boolean {
  if (selector.matchExpressions !== undefined) throw new Error('matchExpressions are not simulated');
  return Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value);
}
