import type { Yaml } from '../../manifests/yaml';
import { isMap, type YamlMap } from './object';

/** The value at a path of keys, undefined where it ends before; `null` is as good as nothing. */
export function valueAt(value: Yaml | undefined, ...path: readonly string[]): Yaml | undefined {
  let current = value;
  for (const key of path) {
    if (!isMap(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current ?? undefined;
}

/** The mapping at a path, empty where there is none. */
export function mapAt(value: Yaml | undefined, ...path: readonly string[]): YamlMap {
  const found = valueAt(value, ...path);
  return isMap(found) ? found : {};
}

/** The mappings of the list at a path, none where there is no list; whatever else it holds is left out. */
export function mapsAt(value: Yaml | undefined, ...path: readonly string[]): readonly YamlMap[] {
  return listAt(value, ...path).filter(isMap);
}

export function listAt(value: Yaml | undefined, ...path: readonly string[]): readonly Yaml[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? (found as readonly Yaml[]) : [];
}

/** The texts of the list at a path. */
export function textsAt(value: Yaml | undefined, ...path: readonly string[]): readonly string[] {
  return listAt(value, ...path).filter((item) => typeof item === 'string');
}

export function textAt(value: Yaml | undefined, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

export function numberAt(value: Yaml | undefined, ...path: readonly string[]): number | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'number' ? found : undefined;
}
