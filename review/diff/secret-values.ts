import { isDeepStrictEqual } from 'node:util';
import type { Yaml } from '../../manifests/yaml';
import { isMap, type YamlMap } from '../tree/object';

/** What reports say in the place of a value of a Secret. */
export const hidden = {
  /** The same on both sides, or there on one side only. */
  value: '(hidden)',
  /** There on both sides, and not the same. */
  before: '(hidden: the value before)',
  after: '(hidden: another value)',
} as const;

/** Holds the whole object once more, as `kubectl apply` writes it. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

type Side = YamlMap | undefined;

/**
 * Both sides of an object as they may be shown to readers of a report: the values of a Secret are hidden. Its keys stay,
 * and what differs still differs.
 */
export function withoutSecretValues<Before extends Side, After extends Side>(
  kind: string,
  before: Before,
  after: After,
): readonly [Before, After] {
  if (kind !== 'Secret') return [before, after];
  return [hide(before, after, hidden.before), hide(after, before, hidden.after)];
}

function hide<Manifest extends Side>(manifest: Manifest, other: Side, differing: string): Manifest {
  if (manifest === undefined) return manifest;
  return mapped(manifest, other, (key, value, there) => {
    if (key === 'data' || key === 'stringData') return values(value, there, differing);
    if (key !== 'metadata') return value;
    return members(value, there, (name, annotations, others) =>
      name !== 'annotations'
        ? annotations
        : members(annotations, others, (annotation, text, before) =>
            annotation === lastApplied ? replaced(text, before, differing) : text,
          ),
    );
  }) as Manifest;
}

type Replace = (key: string, value: Yaml, other: Yaml | undefined) => Yaml;

function mapped(map: YamlMap, other: Yaml | undefined, replace: Replace): YamlMap {
  return Object.fromEntries(
    Object.entries(map).map(([key, value]) => [
      key,
      replace(key, value, isMap(other) && Object.hasOwn(other, key) ? other[key] : undefined),
    ]),
  );
}

function members(value: Yaml, other: Yaml | undefined, replace: Replace): Yaml {
  return isMap(value) ? mapped(value, other, replace) : value;
}

/** Every value of the map, or what stands there in the place of one. */
function values(value: Yaml, other: Yaml | undefined, differing: string): Yaml {
  const each: Replace = (_key, one, there) => replaced(one, there, differing);
  return isMap(value) ? mapped(value, other, each) : replaced(value, other, differing);
}

/** What is nothing needs no hiding, and would count as something. */
function replaced(value: Yaml, other: Yaml | undefined, differing: string): Yaml {
  if (value === null) return value;
  return other === undefined || other === null || isDeepStrictEqual(value, other) ? hidden.value : differing;
}
