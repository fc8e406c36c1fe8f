import { isDeepStrictEqual } from 'node:util';
import type { ApiClient } from '../../infra/kubernetes/api-client';
import { applyAsArgoCd, messageOf, Resources } from '../../infra/kubernetes/resources';
import { nameOf, type DistObject, type YamlMap } from '../../review/tree/object';

/** One object that is not in the cluster as Git has it. */
export interface LiveDrift {
  /** `Deployment production/service-a` */
  readonly object: string;
  readonly file: string;
  /** The catalog's name of the cluster. @default the platform's own */
  readonly cluster?: string;
  /** `missing`, `refused`, or `changed` where applying it again would change something. */
  readonly state: 'missing' | 'refused' | 'changed';
  /** Fields that would change, or the words of the refusal. */
  readonly details: readonly string[];
}

/** What the API server keeps about every object, and what controllers report. */
const notCompared = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp', 'selfLink'];

/** By which Argo CD knows its own objects; it is in no manifest, and owned by the name that Argo CD applies with. */
const tracking = 'argocd.argoproj.io/tracking-id';

/**
 * Asks the API server what applying each object again as Argo CD would change, without doing so. What controllers own
 * (replicas of an autoscaler, states, defaults) stays as it is in such an answer, so it is no drift.
 *
 * @throws UserError where the API server does not answer
 */
export async function findLiveDrift(objects: readonly DistObject[], client: ApiClient): Promise<readonly LiveDrift[]> {
  const resources = new Resources(client);
  const found = await Promise.all(objects.map((object) => driftOf(object, resources, client)));
  return found.filter((drift) => drift !== undefined);
}

async function driftOf(object: DistObject, resources: Resources, client: ApiClient): Promise<LiveDrift | undefined> {
  const about = { object: nameOf(object.identity), file: object.place.file };
  const path = await resources.pathOf(object.identity);
  if (path === undefined) return { ...about, state: 'missing', details: ['the cluster does not serve this kind'] };
  const live = await client.send(path);
  if (live.status === 404) return { ...about, state: 'missing', details: [] };
  if (live.status !== 200) return { ...about, state: 'refused', details: [messageOf(live.body)] };
  const answer = await applyAsArgoCd(client, path, tracked(object.manifest, live.body as YamlMap), { dryRun: true });
  if (answer.status > 201) return { ...about, state: 'refused', details: [messageOf(answer.body)] };
  const details = [...changed(compared(live.body), compared(answer.body), '')];
  return details.length === 0 ? undefined : { ...about, state: 'changed', details };
}

function tracked(manifest: YamlMap, live: YamlMap): YamlMap {
  const id = ((live['metadata'] as YamlMap)['annotations'] as YamlMap | undefined)?.[tracking];
  if (id === undefined) return manifest;
  const metadata = manifest['metadata'] as YamlMap;
  return {
    ...manifest,
    metadata: { ...metadata, annotations: { ...(metadata['annotations'] as YamlMap | undefined), [tracking]: id } },
  };
}

function compared(body: unknown): unknown {
  const object = body as { readonly metadata: object };
  const metadata = Object.entries(object.metadata).filter(([key]) => !notCompared.includes(key));
  return { ...object, status: undefined, metadata: Object.fromEntries(metadata) };
}

/** Paths at which the two differ; a list whose length differs is one path. */
function* changed(before: unknown, after: unknown, path: string): Generator<string> {
  if (isDeepStrictEqual(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (const [index, item] of before.entries()) yield* changed(item, after[index], `${path}[${index}]`);
  } else if (isMap(before) && isMap(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* changed(before[key], after[key], path === '' ? key : `${path}.${key}`);
    }
  } else {
    yield path;
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
