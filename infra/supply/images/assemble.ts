import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../core/errors';
import { besides } from '../../../core/files';
import { images, packedPackages, tools } from '../../versions';
import type { Image, ModuleFilesName, PackedPackageName, ToolName } from '../../versions';
import { imageDocument, writeArchive, type ImageConfig } from './archive';
import type { DebianRoot, RootName } from './debian-root';
import { folderEntries, writeLayer, type Entry } from './layer';
import type { Part, Recipe, User } from './recipe';

/** Where the parts of images come from. */
export interface Parts {
  tool(name: ToolName): Promise<string>;
  files(name: ModuleFilesName): Promise<string>;
  packed(name: PackedPackageName): Promise<string>;
  root(name: RootName): Promise<DebianRoot>;
}

async function fileOrFolder(source: string, part: Part & { readonly mode?: number }): Promise<readonly Entry[]> {
  const status = await stat(source).catch(() => undefined);
  if (status === undefined) {
    throw new UserError(`${part.path} of an image cannot be made: there is no ${source}`, {
      repair: 'remove the folder of that version from the cache and start again',
    });
  }
  const owner = { ...(part.uid && { uid: part.uid }), ...(part.gid && { gid: part.gid }) };
  if (status.isDirectory()) {
    return (await folderEntries(source, part.path)).map((entry) => ({ ...entry, ...owner }));
  }
  return [{ path: part.path, source, mode: part.mode ?? 0o644, ...owner }];
}

async function entriesOf(part: Part, parts: Parts): Promise<readonly Entry[]> {
  if ('tool' in part) {
    const { tool, ...placed } = part;
    return [{ ...placed, source: await parts.tool(tool), mode: 0o755 }];
  }
  if ('module' in part) return fileOrFolder(path.join(await parts.files(part.module), part.from), part);
  if ('packed' in part) return fileOrFolder(path.join(await parts.packed(part.packed), part.from ?? '.'), part);
  if ('content' in part) return [{ ...part, mode: part.mode ?? 0o644 }];
  return [part];
}

const NO_ROOT: Pick<DebianRoot, 'passwd' | 'group'> = {
  passwd: 'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n',
  group: 'root:x:0:\nnobody:x:65534:\n',
};

/** /etc/passwd and /etc/group of an image: those of its root and the users that it adds. */
export function accountEntries(users: readonly User[], root: Pick<DebianRoot, 'passwd' | 'group'>): readonly Entry[] {
  const passwd = users.map(
    ({ name, id, home, shell }) => `${name}:x:${id}:${id}::${home}:${shell ?? '/usr/sbin/nologin'}\n`,
  );
  const group = users.map(({ name, id }) => `${name}:x:${id}:\n`);
  // a root whose packages were only extracted has no accounts at all
  return [
    { path: 'etc/passwd', content: (root.passwd || NO_ROOT.passwd) + passwd.join(''), mode: 0o644 },
    { path: 'etc/group', content: (root.group || NO_ROOT.group) + group.join(''), mode: 0o644 },
  ];
}

function realVersion(recipe: Recipe, root: DebianRoot | undefined): string {
  const from = recipe.version;
  if ('tool' in from) return tools[from.tool].version;
  if ('packed' in from) return packedPackages[from.packed].version;
  if ('own' in from) return from.own;
  const version = root?.packages[from.package];
  if (version === undefined) throw new Error(`the root of ${recipe.image} has no package ${from.package}`);
  return version;
}

/** What an assembled image tells about itself: the version that it holds, and what it stands in for. */
export function imageLabels(recipe: Recipe, root?: DebianRoot): Readonly<Record<string, string>> {
  const { reference, substitute }: Image = images[recipe.image];
  return {
    'org.opencontainers.image.title': recipe.image,
    'org.opencontainers.image.version': realVersion(recipe, root),
    'slipway.dev/assembled': 'true',
    ...(substitute !== undefined && {
      'slipway.dev/substitutes': reference,
      'slipway.dev/substitution-note': substitute,
    }),
  };
}

/** Everything that the layer of `recipe` holds. */
export async function recipeEntries(recipe: Recipe, parts: Parts, root?: DebianRoot): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (const part of recipe.parts) entries.push(...(await entriesOf(part, parts)));
  entries.push(...accountEntries(recipe.users ?? [], root ?? NO_ROOT));
  return entries;
}

/**
 * Assembles the image of `recipe` as a docker-archive under its upstream name. The same parts give the same bytes.
 *
 * @throws UserError naming the parts that are missing
 */
export async function assemble(recipe: Recipe, parts: Parts, file: string): Promise<void> {
  const root = recipe.root === undefined ? undefined : await parts.root(recipe.root);
  const entries = await recipeEntries(recipe, parts, root);
  const scratch = `${besides(file)}.layer`;
  try {
    const layer = await writeLayer(scratch, entries);
    const layers = root === undefined ? [layer] : [root.layer, layer];
    const config: ImageConfig = { ...recipe.config, Labels: imageLabels(recipe, root) };
    await writeArchive(file, images[recipe.image].reference, imageDocument(config, layers), layers);
  } finally {
    await rm(scratch, { force: true });
  }
}
