import { mapAt, mapsAt, textAt, valueAt } from '../tree/access';
import type { DistTree } from '../tree/dist-tree';
import type { DistObject, YamlMap } from '../tree/object';

/** Who applies a folder of dist, and what it does with what is no longer there. */
export interface Owner {
  /** The Application's name. */
  readonly application: string;
  /** Objects that are no longer in the folder are deleted. */
  readonly prunes: boolean;
  /** The Application goes with its folder, and everything that it deployed goes with it. */
  readonly goesWithFolder: boolean;
}

/** The Application that applies the folder of an object; undefined where none in the tree does. */
export function ownerOf({ place }: DistObject, tree: DistTree): Owner | undefined {
  const folder = place.file.slice(0, place.file.lastIndexOf('/'));
  for (const { identity, manifest } of tree.ofKind('Application')) {
    if (textAt(manifest, 'spec', 'source', 'path') === folder) {
      return { application: identity.name, prunes: prunes(mapAt(manifest, 'spec')), goesWithFolder: false };
    }
  }
  for (const { manifest } of tree.ofKind('ApplicationSet')) {
    const spec = mapAt(manifest, 'spec');
    if (!generates(spec, folder)) continue;
    const name = textAt(spec, 'template', 'metadata', 'name') ?? '';
    const policy = textAt(spec, 'syncPolicy', 'applicationsSync') ?? 'sync';
    return {
      application: name.replace(/\{\{ ?\.?path\.basename ?\}\}/, folder.slice(folder.lastIndexOf('/') + 1)),
      prunes: prunes(mapAt(spec, 'template', 'spec')),
      goesWithFolder:
        (policy === 'sync' || policy === 'create-delete') &&
        valueAt(spec, 'syncPolicy', 'preserveResourcesOnDeletion') !== true,
    };
  }
  return undefined;
}

/** Whether an Application deletes what its source no longer has. */
export function prunes(applicationSpec: YamlMap): boolean {
  return valueAt(applicationSpec, 'syncPolicy', 'automated', 'prune') === true;
}

function generates(spec: YamlMap, folder: string): boolean {
  const generators = mapsAt(spec, 'generators').map((generator) => mapAt(generator, 'git'));
  const directories = generators
    .flatMap((git) => mapsAt(git, 'directories'))
    .filter((directory) => globMatches(textAt(directory, 'path') ?? '', folder));
  const files = generators
    .flatMap((git) => mapsAt(git, 'files'))
    .filter((file) => globMatches((textAt(file, 'path') ?? '').replace(/\/[^/]*$/, ''), folder));
  return [directories, files].some((found) => found.length > 0 && !found.some(({ exclude }) => exclude === true));
}

/** A star stands for one part of a path. */
function globMatches(pattern: string, folder: string): boolean {
  const parts = pattern.split('/');
  const others = folder.split('/');
  return (
    parts.length === others.length &&
    parts.every((part, index) => part === others[index] || (part.includes('*') && starMatches(part, others[index]!)))
  );
}

function starMatches(part: string, text: string): boolean {
  const [start, ...rest] = part.split('*') as [string, ...string[]];
  return text.startsWith(start) && text.endsWith(rest.at(-1) ?? '');
}

/** What an object says for itself: Argo CD leaves it where it is. */
export function isProtected({ manifest }: DistObject, from: 'Prune' | 'Delete'): boolean {
  const options = textAt(mapAt(manifest, 'metadata', 'annotations'), 'argocd.argoproj.io/sync-options') ?? '';
  return options.split(',').some((option) => option.trim() === `${from}=false`);
}
