import { readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { createFinding } from '../finding';
import type { Finding } from '../model';
import { DistTree } from './dist-tree';
import type { GitReader } from './git';
import { isNamespaced } from './kinds';
import { listTrees, type ListedFile, type Listing, type Listings } from './listing';
import { nameOf, type DistObject } from './object';
import { readFile, type DistFile, type FileObjects } from './read-file';
import { Glance } from './stored';
import type { Sides } from './sides';

/** Both sides of a review, and which files of theirs are not the same. */
export interface Trees {
  readonly base: DistTree;
  readonly head: DistTree;
  readonly differing: ReadonlySet<string>;
  /** Every file of the head's dist. */
  readonly files: HeadFiles;
}

/** By path, what a file holds; undefined where it could not be read. */
export type HeadFiles = Pick<ReadonlyMap<string, string | undefined>, 'get' | 'has' | 'keys'>;

/** Both sides as they are now. */
export async function loadTrees(git: GitReader, sides: Sides): Promise<Trees> {
  return readTrees(git, sides, await listTrees(git, sides));
}

/**
 * Reads both trees. A file that both sides have is read once, and its objects are the same ones in both trees; of such
 * a file only what it starts with is looked at until somebody asks for more.
 */
export async function readTrees(git: GitReader, { base, head }: Sides, listings: Listings): Promise<Trees> {
  const { differing } = listings;
  const glance = new Glance(git.folder);
  const read = new Map<string, FileObjects>();
  const inFull = new Map<string, ListedFile>();
  for (const [file, listed] of listings.head) {
    const seen = differing.has(file) || listed.odd || !listed.onDisk ? undefined : glance.at(file);
    if (seen === undefined) inFull.set(file, listed);
    // also of those that are read later, so that they stand in their order
    read.set(file, seen ?? { objects: [], findings: [] });
  }
  const contents = await readContents(git, inFull);
  for (const file of contents) read.set(file.path, readFile(file, differing.has(file.path)));
  const before = new Map<string, FileObjects>();
  const changedBase = new Map([...differing].flatMap((file) => [...oneOf(listings.base, file)]));
  for (const file of await readContents(git, changedBase)) before.set(file.path, readFile(file, true));
  const baseRead = [...listings.base.keys()].map((file) => before.get(file) ?? read.get(file)!);
  return {
    base: new DistTree({
      side: base,
      objects: settled(baseRead),
      findings: [...before.values()].flatMap(({ findings }) => findings.map(ofBase)),
    }),
    head: headTree(head, [...read.values()], differing, listings.base.size, listings.head.size),
    differing,
    files: new FilesOnDemand(git.folder, listings.head, contents),
  };
}

function oneOf(listing: Listing, file: string): Map<string, ListedFile> {
  const listed = listing.get(file);
  return new Map(listed === undefined ? [] : [[file, listed]]);
}

/** Files that were read, and those whose content stays on disk until somebody asks for it. */
class FilesOnDemand implements HeadFiles {
  private readonly contents: ReadonlyMap<string, DistFile['content']>;

  constructor(
    private readonly folder: string,
    private readonly listing: Listing,
    contents: readonly DistFile[],
  ) {
    this.contents = new Map(contents.map(({ path, content }) => [path, content]));
  }

  has(file: string): boolean {
    return this.listing.has(file);
  }

  keys(): MapIterator<string> {
    return this.listing.keys();
  }

  get(file: string): string | undefined {
    if (!this.listing.has(file)) return undefined;
    const content = this.contents.get(file) ?? readFromDisk(this.folder, file);
    return typeof content === 'string' ? content : undefined;
  }
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
    ...(headFiles === 0
      ? [empty('head-without-dist', 'error', `${side.name} has no dist`, 'every object is removed')]
      : []),
    ...(baseFiles === 0 && headFiles > 0
      ? [empty('base-without-dist', 'info', 'the base has no dist', 'every object counts as added')]
      : []),
  ];
  const tree = new DistTree({ side, objects, findings });
  if (tree.repeated.size === 0) return tree;
  return new DistTree({ side, objects, findings: [...findings, ...duplicates(tree, differing)] });
}

/** Content from disk where it is the same there, which is many times as quick as asking Git. */
async function readContents(git: GitReader, listing: Listing): Promise<DistFile[]> {
  const contents = new Map<string, DistFile['content']>();
  const wanted: [string, string][] = [];
  for (const [file, listed] of listing) {
    const content = listed.odd
      ? { problem: 'a link or a submodule is not deployed' }
      : listed.onDisk
        ? readFromDisk(git.folder, file)
        : { problem: 'it is not on disk' };
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

function readFromDisk(folder: string, file: string): DistFile['content'] {
  try {
    return readFileSync(join(folder, file), 'utf8');
  } catch (error) {
    return { problem: (error as Error).message.replace(folder + sep, '') };
  }
}

/** Objects without a namespace of their own land in the one of their environment, as Argo CD does it. */
function settled(files: readonly FileObjects[]): DistObject[] {
  const objects: DistObject[] = [];
  for (const file of files) objects.push(...file.objects);
  const homeless = new Set<DistObject>();
  for (const object of objects) {
    const { namespace, kind, apiVersion } = object.identity;
    if (namespace === undefined && isNamespaced(kind, apiVersion)) homeless.add(object);
  }
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

function duplicates({ repeated }: DistTree, differing: ReadonlySet<string>): Finding[] {
  return [...repeated.values()].map((same) =>
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
