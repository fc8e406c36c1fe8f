import type { Side } from '../../review/model';
import { DistTree } from '../../review/tree/dist-tree';
import type { Trees } from '../../review/tree/load';
import { readFile } from '../../review/tree/read-file';
import type { YamlMap } from '../../review/tree/object';
import { toYaml } from '../../manifests/yaml';

/** An object and the folder below dist that it lies in. */
export interface Placed {
  readonly folder: string;
  readonly object: YamlMap;
}

function pathOf({ folder, object }: Placed): string {
  const { name } = object['metadata'] as { name: string };
  return `dist/${folder}/${String(object['kind'])}.${name}.yaml`;
}

export function treeOf(side: Side, placed: readonly Placed[]): DistTree {
  const read = placed.map((one) => readFile({ path: pathOf(one), content: toYaml(one.object) }, true));
  return new DistTree({
    side,
    objects: read.flatMap(({ objects }) => objects),
    findings: read.flatMap(({ findings }) => findings),
  });
}

/** Both sides of a review of objects, without files and without Git. */
export function treesOf(base: readonly Placed[], head: readonly Placed[]): Trees {
  const texts = (placed: readonly Placed[]): Map<string, string> =>
    new Map(placed.map((one) => [pathOf(one), toYaml(one.object)]));
  const [then, now] = [texts(base), texts(head)];
  const differing = [...new Set([...then.keys(), ...now.keys()])].filter((file) => then.get(file) !== now.get(file));
  return {
    base: treeOf({ name: 'base', commit: 'a'.repeat(40) }, base),
    head: treeOf({ name: 'working tree' }, head),
    differing: new Set(differing),
    files: now,
  };
}
