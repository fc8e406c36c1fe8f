import { toYaml } from '../../manifests/yaml';
import type { ObjectChange, Source } from '../model';
import type { DistObject } from '../tree/object';
import { identityOf, placeOf, type Difference } from './differences';

export interface FoldOptions {
  /** Environments in promotion order; others follow by name. */
  readonly environments: readonly string[];
  /** The lines that made an object. @default unknown */
  readonly sourceOf?: (difference: Difference) => Source | undefined;
}

/** The list of changes as it is shown: sorted, and with the same change in several environments as one entry. */
export function foldChanges(differences: readonly Difference[], options: FoldOptions): ObjectChange[] {
  const folded = new Map<string, Difference[]>();
  for (const difference of [...differences].sort(inOrder(options.environments))) {
    const key = sameness(difference);
    const there = folded.get(key);
    if (there === undefined) folded.set(key, [difference]);
    else there.push(difference);
  }
  return [...folded.values()].map((same) => toChange(same, options));
}

function toChange(same: readonly Difference[], { sourceOf }: FoldOptions): ObjectChange {
  const [first] = same as readonly [Difference, ...Difference[]];
  const { type, before, after, fields } = first;
  const source = sourceOf?.(first);
  return {
    type,
    object: identityOf(first),
    ...(type === 'renamed' && { formerly: before!.identity }),
    places: same.map(placeOf),
    fields,
    ...(before && { before: spelled(before) }),
    ...(after && { after: spelled(after) }),
    ...(source && { source }),
  };
}

/** The object in the one spelling of dist, so that a view side by side shows no differences of formatting. */
function spelled({ manifest, text }: DistObject): string {
  try {
    return toYaml(manifest);
  } catch (error) {
    if (error instanceof RangeError) return text;
    throw error;
  }
}

/** Equal for differences that say the same of two environments: their namespaces apart, nothing else may differ. */
function sameness(difference: Difference): string {
  const { type, before, after, fields } = difference;
  const { apiVersion, kind, name, namespace } = identityOf(difference);
  const whole = type === 'changed' ? undefined : [before, after].map((object) => withoutNamespace(object));
  const { service, file } = placeOf(difference);
  // objects of the whole cluster are one each, whatever folder they lie in
  const where = namespace === undefined ? file : (service ?? file);
  return JSON.stringify([type, apiVersion, kind, name, where, fields, whole]);
}

function withoutNamespace(object: DistObject | undefined): unknown {
  if (object === undefined) return null;
  const { metadata, ...rest } = object.manifest;
  return [{ ...(metadata as object), namespace: undefined }, rest];
}

/** By environment in promotion order, then service, kind and name; what belongs to no environment comes last. */
function inOrder(environments: readonly string[]): (left: Difference, right: Difference) => number {
  const rank = (environment: string): number => {
    const at = environments.indexOf(environment);
    return at < 0 ? environments.length : at;
  };
  const parts = (difference: Difference): readonly string[] => {
    const { environment, service = '', file } = placeOf(difference);
    const { kind, name } = identityOf(difference);
    return [environment, service, kind, name, file];
  };
  return (left, right) => {
    const [one, other] = [parts(left), parts(right)];
    const byEnvironment = rank(one[0]!) - rank(other[0]!);
    if (byEnvironment !== 0) return byEnvironment;
    const index = one.findIndex((part, at) => part !== other[at]);
    return index < 0 ? 0 : one[index]! < other[index]! ? -1 : 1;
  };
}
