import { readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { createFinding } from '../finding';
import type { Finding } from '../model';
import { DistTree } from './dist-tree';
import type { GitReader } from './git';
import { isNamespaced } from './kinds';
import { listCommit, listWorkingTree, type ListedFile, type Listing } from './listing';
import { keyOf, nameOf, type DistObject } from './object';
import { readFile, type DistFile, type FileObjects } from './read-file';
import type { Sides } from './sides';

/** Both sides of a review, and which files of theirs are not the same. */
export interface Trees {
  readonly base: DistTree;
  readonly head: DistTree;
  readonly differing: ReadonlySet<string>;
  /** Every file of the head's dist and its content; undefined where it could not be read. */
  readonly files: ReadonlyMap<string, string | undefined>;
}

/**
 * Reads both trees. A file that both sides have is read once, and its objects are the same ones in both trees; of such
 * a file only what it starts with is looked at until somebody asks for more.
 */
export async function loadTrees(git: GitReader, { base, head }: Sides): Promise<Trees> {
  const [baseListing, headListing] = await Promise.all([
    listCommit(git, base.commit),
    head.commit === undefined ? listWorkingTree(git, base.commit) : listCommit(git, head.commit),
  ]);
  const differing = new Set<string>();
  for (const [file, { blob }] of headListing) {
    if (blob === undefined || baseListing.get(file)?.blob !== blob) differing.add(file);
  }
  for (const file of baseListing.keys()) if (!headListing.has(file)) differing.add(file);
  const headFiles = await readContents(git, headListing);
  const changedBase = new Map([...baseListing].filter(([file]) => differing.has(file)));
  const baseFiles = await readContents(git, changedBase);
  const read = new Map(headFiles.map((file) => [file.path, readFile(file, differing.has(file.path))]));
  const before = new Map(baseFiles.map((file) => [file.path, readFile(file, true)]));
  const baseRead = [...baseListing.keys()].map((file) => before.get(file) ?? read.get(file)!);
  return {
    base: new DistTree({
      side: base,
      objects: settled(baseRead),
      findings: [...before.values()].flatMap(({ findings }) => findings.map(ofBase)),
    }),
    head: headTree(head, [...read.values()], differing, baseListing.size, headListing.size),
    differing,
    files: new Map(headFiles.map(({ path, content }) => [path, typeof content === 'string' ? content : undefined])),
  };
}

function headTree(
  side: Sides['head'],
  read: readonly FileObjects[],
  differing: ReadonlySet<string>,
  baseFiles: number,
  headFiles: number,
): DistTree {
  const objects = settled(read);
  const findings = [
    ...read.flatMap((file) => file.findings),
    ...duplicates(objects, differing),
    ...(headFiles === 0
      ? [empty('head-without-dist', 'error', `${side.name} has no dist`, 'every object is removed')]
      : []),
    ...(baseFiles === 0 && headFiles > 0
      ? [empty('base-without-dist', 'info', 'the base has no dist', 'every object counts as added')]
      : []),
  ];
  return new DistTree({ side, objects, findings });
}

/** Content from disk where it is the same there, which is many times as quick as asking Git. */
async function readContents(git: GitReader, listing: Listing): Promise<DistFile[]> {
  const contents = new Map<string, DistFile['content']>();
  const wanted: [string, string][] = [];
  for (const [file, listed] of listing) {
    const content = listed.odd ? { problem: 'a link or a submodule is not deployed' } : readFromDisk(git, file, listed);
    contents.set(file, content);
    if (typeof content !== 'string' && !listed.odd && listed.blob !== undefined) wanted.push([file, listed.blob]);
  }
  const blobs = await git.blobs(wanted.map(([, blob]) => blob));
  for (const [index, [file, blob]] of wanted.entries()) {
    const content = blobs[index];
    contents.set(file, content?.toString('utf8') ?? { problem: `the repository lacks its content, ${blob}` });
  }
  return [...contents].map(([file, content]) => ({ path: file, content }));
}

function readFromDisk(git: GitReader, file: string, { onDisk }: ListedFile): DistFile['content'] {
  if (!onDisk) return { problem: 'it is not on disk' };
  try {
    return readFileSync(join(git.folder, file), 'utf8');
  } catch (error) {
    return { problem: (error as Error).message.replace(git.folder + sep, '') };
  }
}

/** Objects without a namespace of their own land in the one of their environment, as Argo CD does it. */
function settled(files: readonly FileObjects[]): DistObject[] {
  const objects = files.flatMap((file) => file.objects);
  const homeless = new Set(
    objects.filter(
      ({ identity: { namespace, kind, apiVersion } }) => namespace === undefined && isNamespaced(kind, apiVersion),
    ),
  );
  if (homeless.size === 0) return objects;
  const namespaces = new Map(
    objects
      .filter(({ identity }) => identity.kind === 'Namespace')
      .map(({ identity, place }) => [place.environment, identity.name]),
  );
  return objects.map((object) => {
    if (!homeless.has(object)) return object;
    const { identity, place, text } = object;
    const { apiVersion, kind, name } = identity;
    const namespace = namespaces.get(place.environment) ?? place.environment;
    return { identity: { apiVersion, kind, namespace, name }, place, text, manifest: object.manifest };
  });
}

function duplicates(objects: readonly DistObject[], differing: ReadonlySet<string>): Finding[] {
  const places = new Map<string, DistObject[]>();
  for (const object of objects) {
    const key = keyOf(object.identity);
    const there = places.get(key);
    if (there === undefined) places.set(key, [object]);
    else there.push(object);
  }
  return [...places.values()]
    .filter((same) => same.length > 1)
    .map((same) =>
      createFinding({
        rule: 'duplicate-object',
        category: 'input',
        // what was there before this change is not what this change is asked about
        severity: same.some(({ place }) => differing.has(place.file)) ? 'error' : 'warning',
        message: `${nameOf(same[0]!.identity)} is there ${same.length} times`,
        reason: `in ${same.map(({ place }) => place.file).join(' and ')}; the one that Argo CD applies last wins`,
        repair: 'remove all but one, or `npm run synth`',
        object: same[0]!.identity,
        places: same.map(({ place }) => place),
      }),
    );
}

function ofBase(finding: Finding): Finding {
  return createFinding({
    ...finding,
    rule: finding.rule,
    severity: 'info',
    message: `in the base: ${finding.message}`,
    discriminator: 'base',
  });
}

function empty(rule: string, severity: 'error' | 'info', message: string, reason: string): Finding {
  return createFinding({
    rule,
    category: 'input',
    severity,
    message,
    reason,
    ...(severity === 'error' && { repair: 'run `npm run synth` and commit dist' }),
    places: [],
  });
}
