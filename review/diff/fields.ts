import { isDeepStrictEqual } from 'node:util';
import type { Yaml } from '../../manifests/yaml';
import type { FieldChange } from '../model';
import { isMap, type YamlMap } from '../tree/object';
import { keyedBoth, type KeyedItems } from './keyed-list';
import { parseQuantity } from './quantity';

/** Fields of maps whose members are quantities, and fields that are one. */
const quantities = /(?:\.(?:requests|limits|capacity|hard)\.[^.]+|\.sizeLimit)$/;

/** Lists of a pod whose order counts: another order is another pod. */
const ordered = new Set(['containers', 'initContainers', 'env', 'envFrom']);

/**
 * Every field in which two manifests differ, in the order of their keys. Items of lists are told apart by their name, or
 * by what else is theirs alone; the order of maps, of sets and of items that have a key is no difference unless pods
 * would be other ones. A quantity that is spelled differently is the same, and so is `null` where nothing was.
 */
export function fieldChanges(before: YamlMap, after: YamlMap): FieldChange[] {
  const changes: FieldChange[] = [];
  compareMaps(before, after, '', changes);
  return changes;
}

function compareMaps(before: YamlMap, after: YamlMap, path: string, changes: FieldChange[]): void {
  const head = path === '' ? ['apiVersion', 'kind', 'metadata'] : [];
  const all = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  for (const key of [...head.filter((one) => all.includes(one)), ...all.filter((one) => !head.includes(one))]) {
    compare(own(before, key), own(after, key), memberPath(path, key), key, changes);
  }
}

function own(map: YamlMap, key: string): Yaml | undefined {
  return Object.hasOwn(map, key) ? (map[key] ?? undefined) : undefined;
}

/** Keys with dots or slashes, as labels have them, stand in brackets. */
function memberPath(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}

function compare(
  before: Yaml | undefined,
  after: Yaml | undefined,
  path: string,
  field: string,
  changes: FieldChange[],
): void {
  if (isDeepStrictEqual(before, after)) return;
  if (isMap(before) && isMap(after)) {
    compareMaps(before, after, path, changes);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    compareLists(before as readonly Yaml[], after as readonly Yaml[], path, field, changes);
  } else if (!sameQuantity(before, after, path)) {
    changes.push({ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) });
  }
}

function sameQuantity(before: Yaml | undefined, after: Yaml | undefined, path: string): boolean {
  const [left, right] = [parseQuantity(before), parseQuantity(after)];
  return left !== undefined && left === right && quantities.test(path);
}

function compareLists(
  before: readonly Yaml[],
  after: readonly Yaml[],
  path: string,
  field: string,
  changes: FieldChange[],
): void {
  const both = keyedBoth(before, after, field);
  if (both !== undefined) {
    compareKeyed(both[0], both[1], path, field, changes);
  } else if (before.every(isMap) && after.every(isMap)) {
    compareUnkeyed(before, after, path, changes);
  } else {
    changes.push({ path, before, after });
  }
}

function compareKeyed(
  before: KeyedItems,
  after: KeyedItems,
  path: string,
  field: string,
  changes: FieldChange[],
): void {
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    compare(before.get(key), after.get(key), `${path}[${key}]`, key, changes);
  }
  const stayed = (items: KeyedItems, others: KeyedItems): string[] =>
    [...items.keys()].filter((key) => others.has(key));
  const [left, right] = [stayed(before, after), stayed(after, before)];
  if (ordered.has(field) && !isDeepStrictEqual(left, right)) changes.push({ path, before: left, after: right });
}

/** Equal items are paired first, wherever they stand; what is left over is paired in its order. */
function compareUnkeyed(before: readonly Yaml[], after: readonly Yaml[], path: string, changes: FieldChange[]): void {
  const left = [...before.entries()];
  const right: [number, Yaml][] = [];
  for (const [index, item] of after.entries()) {
    const same = left.findIndex(([, other]) => isDeepStrictEqual(other, item));
    if (same < 0) right.push([index, item]);
    else left.splice(same, 1);
  }
  for (let pair = 0; pair < Math.max(left.length, right.length); pair += 1) {
    const index = (right[pair] ?? left[pair])![0];
    compare(left[pair]?.[1], right[pair]?.[1], `${path}[${index}]`, '', changes);
  }
}
