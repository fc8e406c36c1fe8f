import { toYaml } from '../../../manifests/yaml';
import { DistTree } from '../../../review/tree/dist-tree';
import { keyOf, type DistObject } from '../../../review/tree/object';
import { objectsOf, type Loose } from '../../manifests/objects';

/** An object as a tree holds it. */
export function distObject(file: string, manifest: Loose): DistObject {
  const { apiVersion, kind, metadata } = manifest;
  const [environment, service] = file.split('/') as [string, string];
  return {
    identity: {
      apiVersion,
      kind,
      name: metadata.name,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
    },
    place: { file: `dist/${file}`, environment, service },
    text: toYaml(manifest),
    manifest,
  };
}

export function treeOf(files: ReadonlyMap<string, string>): DistTree {
  const objects = objectsOf(files).map(({ file, object }) => distObject(file, object));
  return new DistTree({ side: { name: 'test' }, objects });
}

/** The tree with an object in the place of the one of its name, or beside the others. */
export function treeWith(tree: DistTree, object: DistObject): DistTree {
  const others = tree.objects.filter(({ identity }) => keyOf(identity) !== keyOf(object.identity));
  return new DistTree({ side: tree.side, objects: [...others, object] });
}
