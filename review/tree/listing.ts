import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { GitReader } from './git';
import type { Sides } from './sides';

/** Where the content of a file can be had. */
export interface ListedFile {
  /** Of the content as Git has it. @default only on disk */
  readonly blob?: string;
  /** The file of the working tree has the same content. */
  readonly onDisk: boolean;
  /** Neither regular file nor executable: a link, a submodule. */
  readonly odd: boolean;
}

/** Path, relative to the project, and where the content is. */
export type Listing = ReadonlyMap<string, ListedFile>;

const folder = 'dist';

interface Differing {
  /** What lies on disk; undefined where nothing does. */
  readonly mode: string | undefined;
}

/** What both sides of a review hold, and which files are not the same on both. */
export interface Listings {
  readonly base: Listing;
  readonly head: Listing;
  readonly differing: ReadonlySet<string>;
}

/**
 * The files of dist on both sides. What the working tree has too, unchanged, is marked: a disk is quicker than Git. Of
 * the working tree ignored and untracked files count as well, since a render would remove them.
 */
export function listTrees(git: GitReader, { base, head }: Sides): Promise<Listings> {
  return head.commit === undefined ? withWorkingTree(git, base.commit) : ofCommits(git, base.commit, head.commit);
}

async function ofCommits(git: GitReader, baseCommit: string, headCommit: string): Promise<Listings> {
  const [base, head, changed] = await Promise.all([
    listTree(git, baseCommit),
    listTree(git, headCommit),
    differences(git, headCommit),
  ]);
  const differing = new Set<string>();
  for (const [path, file] of head) {
    if (changed === undefined || changed.has(path)) head.set(path, { ...file, onDisk: false });
    if (base.get(path)?.blob !== file.blob) differing.add(path);
  }
  for (const [path, file] of base) {
    const there = head.get(path);
    if (there === undefined) differing.add(path);
    if (there?.blob !== file.blob || !there.onDisk) base.set(path, { ...file, onDisk: false });
  }
  return { base, head, differing };
}

async function withWorkingTree(git: GitReader, commit: string): Promise<Listings> {
  const [base, changed, others] = await Promise.all([
    listTree(git, commit),
    differences(git, commit),
    git.run('ls-files', '-z', '--others', '--', folder),
  ]);
  if (changed === undefined) for (const [path, file] of base) base.set(path, { ...file, onDisk: false });
  const head = new Map<string, ListedFile>(base);
  for (const [path, { mode }] of changed ?? []) {
    const before = base.get(path);
    if (before !== undefined) base.set(path, { ...before, onDisk: false });
    if (mode === undefined) head.delete(path);
    else head.set(path, { odd: isOdd(mode), onDisk: true });
  }
  const untracked = others.split('\0').filter((path) => path !== '');
  for (const path of untracked) head.set(path, { odd: isLink(join(git.folder, path)), onDisk: true });
  // what is no longer in the index, and still lies on disk, was taken out above and put behind all others
  const moved = untracked.length > 0 || [...(changed?.keys() ?? [])].some((path) => !base.has(path));
  return {
    base,
    head: moved ? new Map([...head].sort(([left], [right]) => (left < right ? -1 : 1))) : head,
    differing: new Set([...(changed?.keys() ?? []), ...untracked]),
  };
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function isOdd(mode: string): boolean {
  return mode !== '100644' && mode !== '100755';
}

/** The files of a commit, as if all of them were on disk as they are there. */
async function listTree(git: GitReader, commit: string): Promise<Map<string, ListedFile & { readonly blob: string }>> {
  const files = new Map<string, ListedFile & { readonly blob: string }>();
  const output = await git.run('ls-tree', '-r', '-z', commit, '--', `${folder}/`);
  for (let start = 0, end: number; (end = output.indexOf('\0', start)) >= 0; start = end + 1) {
    // `<mode> <type> <id>\t<path>`
    const tab = output.indexOf('\t', start);
    files.set(output.slice(tab + 1, end), {
      blob: output.slice(output.lastIndexOf(' ', tab) + 1, tab),
      odd: isOdd(output.slice(start, output.indexOf(' ', start))),
      onDisk: true,
    });
  }
  return files;
}

/** Files of dist whose content on disk is not the commit's; undefined where there is no working tree. */
async function differences(git: GitReader, commit: string): Promise<Map<string, Differing> | undefined> {
  const { exitCode, stdout } = await git.try(
    'diff',
    '--raw',
    '-z',
    '--no-renames',
    '--no-ext-diff',
    '--ignore-submodules=none',
    '--relative',
    commit,
    '--',
    folder,
  );
  if (exitCode !== 0) return undefined;
  const files = new Map<string, Differing>();
  const records = stdout.split('\0');
  // `:<old mode> <new mode> <old id> <new id> <status>`, then the path
  for (let index = 0; index + 1 < records.length; index += 2) {
    const [, mode, , , status] = records[index]!.split(' ');
    const path = records[index + 1]!;
    // a file that is being merged has a record of its own besides, and lies on disk
    if (status === 'U') files.set(path, { mode: '100644' });
    else if (!files.has(path)) files.set(path, { mode: mode === '000000' ? undefined : mode! });
  }
  return files;
}
