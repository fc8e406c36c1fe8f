import { toYaml } from '../../manifests/yaml';
import type { ObjectChange, Source } from '../model';
import type { DistObject, YamlMap } from '../tree/object';
import { identityOf, placeOf, type Difference } from './differences';
import { fieldChanges } from './fields';
import { hidden, withoutSecretValues } from './secret-values';

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
  const { type, before } = first;
  const source = sourceOf?.(first);
  const shown = shownSides(first);
  return {
    type,
    object: identityOf(first),
    ...(type === 'renamed' && { formerly: before!.identity }),
    places: same.map(placeOf),
    ...shown,
    ...(source && { source }),
  };
}

/** What of a difference readers of a report see. */
function shownSides(difference: Difference): Pick<ObjectChange, 'fields' | 'before' | 'after'> {
  const { before, after, fields } = difference;
  const { kind } = identityOf(difference);
  const [then, now] = withoutSecretValues(kind, before?.manifest, after?.manifest);
  return {
    fields: kind === 'Secret' && then && now ? fieldChanges(then, now) : fields,
    ...(before && then && { before: spelled(then, kind === 'Secret' ? hidden.value : before.text) }),
    ...(after && now && { after: spelled(now, kind === 'Secret' ? hidden.value : after.text) }),
  };
}

/**
 * The object in the one spelling of dist, so that a view side by side shows no differences of formatting.
 *
 * @param otherwise what is shown of an object that is too deep to be spelled
 */
function spelled(manifest: YamlMap, otherwise: string): string {
  try {
    return toYaml(manifest);
  } catch (error) {
    if (error instanceof RangeError) return otherwise;
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
