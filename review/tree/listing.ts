import type { GitReader } from './git';

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

/** Files of dist in a commit. Those that the working tree has too, unchanged, are marked: a disk is quicker than Git. */
export async function listCommit(git: GitReader, commit: string): Promise<Listing> {
  const [tree, differing] = await Promise.all([listTree(git, commit), differences(git, commit)]);
  return new Map(
    [...tree].map(([path, { mode, blob }]) => [
      path,
      { blob, odd: isOdd(mode), onDisk: differing !== undefined && !differing.has(path) },
    ]),
  );
}

/**
 * Files of dist in the working tree, ignored and untracked ones included, since a render would remove them as well.
 *
 * @param commit any; the nearer it is, the fewer files have to be compared by their content
 */
export async function listWorkingTree(git: GitReader, commit: string): Promise<Listing> {
  const [tree, differing, others] = await Promise.all([
    listTree(git, commit),
    differences(git, commit),
    git.run('ls-files', '-z', '--others', '--', folder),
  ]);
  const files = new Map<string, ListedFile>();
  for (const [path, { mode, blob }] of tree) {
    if (differing?.has(path) !== true) files.set(path, { blob, odd: isOdd(mode), onDisk: true });
  }
  for (const [path, { mode }] of differing ?? []) {
    if (mode !== undefined) files.set(path, { odd: isOdd(mode), onDisk: true });
  }
  for (const path of others.split('\0')) {
    if (path !== '') files.set(path, { odd: false, onDisk: true });
  }
  return new Map([...files].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function isOdd(mode: string): boolean {
  return mode !== '100644' && mode !== '100755';
}

async function listTree(git: GitReader, commit: string): Promise<Map<string, { mode: string; blob: string }>> {
  const files = new Map<string, { mode: string; blob: string }>();
  const output = await git.run('ls-tree', '-r', '-z', commit, '--', `${folder}/`);
  for (const record of output.split('\0')) {
    // `<mode> <type> <id>\t<path>`
    const tab = record.indexOf('\t');
    const [mode, , blob] = record.slice(0, tab).split(' ');
    if (mode !== undefined && blob !== undefined) files.set(record.slice(tab + 1), { mode, blob });
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
