import type { Yaml } from '../../manifests/yaml';
import { isMap, type YamlMap } from '../tree/object';

/** Fields that tell the items of a list apart, the one that people call them by first. */
const keys = ['name', 'mountPath', 'containerPort', 'port', 'topologyKey', 'host', 'path', 'key', 'kind', 'ip'];

/** Lists whose order means nothing, by the field that holds them. */
const sets = new Set([
  'accessModes',
  'add',
  'apiGroups',
  'drop',
  'except',
  'finalizers',
  'hosts',
  'nonResourceURLs',
  'policyTypes',
  'resourceNames',
  'resources',
  'sourceNamespaces',
  'sourceRepos',
  'syncOptions',
  'verbs',
]);

/** The items of a list by what tells them apart, or undefined where nothing does. */
export type KeyedItems = ReadonlyMap<string, Yaml>;

/** Both lists by a key that every item of both has and no two items of one share. */
export function keyedBoth(
  before: readonly Yaml[],
  after: readonly Yaml[],
  field: string,
): [KeyedItems, KeyedItems] | undefined {
  if (sets.has(field) && [...before, ...after].every((item) => typeof item === 'string')) {
    return [scalars(before), scalars(after)];
  }
  if (![...before, ...after].every(isMap)) return undefined;
  for (const key of keys) {
    const both = [keyed(before as readonly YamlMap[], key), keyed(after as readonly YamlMap[], key)] as const;
    if (both[0] !== undefined && both[1] !== undefined) return [both[0], both[1]];
  }
  return undefined;
}

function scalars(list: readonly Yaml[]): KeyedItems {
  return new Map(list.map((item) => [String(item), item]));
}

function keyed(list: readonly YamlMap[], key: string): KeyedItems | undefined {
  const items = new Map<string, Yaml>();
  for (const item of list) {
    const value = item[key];
    if (typeof value !== 'string' && typeof value !== 'number') return undefined;
    // one port may be there for TCP and for UDP
    const protocol = item['protocol'];
    const name = typeof protocol === 'string' && key !== 'name' ? `${value}/${protocol}` : String(value);
    if (items.has(name)) return undefined;
    items.set(name, item);
  }
  return items;
}
