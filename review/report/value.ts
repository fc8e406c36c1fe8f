import { toYaml, type Yaml } from '../../manifests/yaml';

/**
 * A value of a field as dist spells it, without the last line break; text of several lines is shown as lines.
 *
 * @returns nothing where the field is not there
 */
export function valueText(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value.trimEnd().includes('\n')) return `|\n${value.trimEnd()}`;
  try {
    return toYaml(value as Yaml).trimEnd();
  } catch {
    // what nobody could read as YAML is not what the renderer wrote, and is shown nevertheless
    return JSON.stringify(value, null, 2);
  }
}
