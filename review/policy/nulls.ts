import type { Yaml } from '../../manifests/yaml';
import type { YamlMap } from '../tree/object';

/** The API server takes a field that is null for one that is not there. The same object where there is none. */
export function withoutNulls(manifest: YamlMap): YamlMap {
  return stripped(manifest) as YamlMap;
}

function stripped(value: Yaml): Yaml {
  if (Array.isArray(value)) return unlessSame(value, value.map(stripped));
  if (typeof value !== 'object' || value === null) return value;
  let changed = false;
  const entries: [string, Yaml][] = [];
  for (const [key, item] of Object.entries(value)) {
    const kept = item === null ? null : stripped(item);
    if (kept !== item || item === null) changed = true;
    if (kept !== null) entries.push([key, kept]);
  }
  return changed ? Object.fromEntries(entries) : value;
}

function unlessSame(before: readonly Yaml[], after: readonly Yaml[]): readonly Yaml[] {
  return after.some((item, index) => item !== before[index]) ? after : before;
}
