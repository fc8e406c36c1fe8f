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
export async function listTrees(git: GitReader, { base, head }: Sides): Promise<Listings> {
  const listings =
    head.commit === undefined
      ? await withWorkingTree(git, base.commit)
      : await ofCommits(git, base.commit, head.commit);
  const differing = new Set<string>();
  for (const [file, { blob }] of listings.head) {
    if (blob === undefined || listings.base.get(file)?.blob !== blob) differing.add(file);
  }
  for (const file of listings.base.keys()) if (!listings.head.has(file)) differing.add(file);
  return { ...listings, differing };
}

async function ofCommits(git: GitReader, base: string, head: string): Promise<Omit<Listings, 'differing'>> {
  const [baseTree, headTree, changed] = await Promise.all([
    listTree(git, base),
    listTree(git, head),
    differences(git, head),
  ]);
  const headFiles = committed(headTree, (path) => changed !== undefined && !changed.has(path));
  return { base: committed(baseTree, (path, blob) => isOnDisk(headFiles.get(path), blob)), head: headFiles };
}

function isOnDisk(file: ListedFile | undefined, blob: string): boolean {
  return file?.blob === blob && file.onDisk;
}

async function withWorkingTree(git: GitReader, base: string): Promise<Omit<Listings, 'differing'>> {
  const [tree, changed, others] = await Promise.all([
    listTree(git, base),
    differences(git, base),
    git.run('ls-files', '-z', '--others', '--', folder),
  ]);
  const [baseFiles, headFiles] = [new Map<string, ListedFile>(), new Map<string, ListedFile>()];
  for (const [path, { mode, blob }] of tree) {
    const file = { blob, odd: isOdd(mode), onDisk: changed !== undefined };
    const now = changed?.get(path);
    if (now === undefined) headFiles.set(path, file);
    else if (now.mode !== undefined) headFiles.set(path, { odd: isOdd(now.mode), onDisk: true });
    baseFiles.set(path, now === undefined ? file : { ...file, onDisk: false });
  }
  const more = [...(changed ?? [])].filter(([path, { mode }]) => mode !== undefined && !tree.has(path));
  for (const [path, { mode }] of more) headFiles.set(path, { odd: isOdd(mode!), onDisk: true });
  const untracked = others.split('\0').filter((path) => path !== '');
  for (const path of untracked) headFiles.set(path, { odd: false, onDisk: true });
  const sorted = more.length + untracked.length === 0;
  return {
    base: baseFiles,
    head: sorted ? headFiles : new Map([...headFiles].sort(([left], [right]) => (left < right ? -1 : 1))),
  };
}

interface TreeEntry {
  readonly mode: string;
  readonly blob: string;
}

function committed(
  tree: ReadonlyMap<string, TreeEntry>,
  onDisk: (path: string, blob: string) => boolean,
): Map<string, ListedFile> {
  const files = new Map<string, ListedFile>();
  for (const [path, { mode, blob }] of tree) files.set(path, { blob, odd: isOdd(mode), onDisk: onDisk(path, blob) });
  return files;
}

function isOdd(mode: string): boolean {
  return mode !== '100644' && mode !== '100755';
}

async function listTree(git: GitReader, commit: string): Promise<Map<string, TreeEntry>> {
  const files = new Map<string, TreeEntry>();
  const output = await git.run('ls-tree', '-r', '-z', commit, '--', `${folder}/`);
  for (const record of output.split('\0')) {
    // `<mode> <type> <id>\t<path>`
    const tab = record.indexOf('\t');
    if (tab < 0) continue;
    const mode = record.slice(0, record.indexOf(' '));
    files.set(record.slice(tab + 1), { mode, blob: record.slice(record.lastIndexOf(' ', tab) + 1, tab) });
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
