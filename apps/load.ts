import { existsSync, realpathSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isNativeError } from 'node:util/types';
import { UserError } from '../core/errors';
import { createCatalog } from './catalog';
import type { CatalogInput, ReleaseSource, ServiceSource, Source } from './draft';
import type { Catalog } from './model';
import { readLock } from './release';

/**
 * Reads the catalog of a project: apps/platform.ts, apps/environments.ts, apps/<service>/service.ts and
 * apps/<service>/releases/<environment>.yaml, and apps/exceptions.ts where there is one. Files are read anew each time,
 * also those that were imported before.
 *
 * @param root the project's folder
 * @throws UserError whose details are all violations, those of unreadable files among them
 */
export async function loadCatalog(root: string): Promise<Catalog> {
  return createCatalog(await readCatalogFiles(root));
}

/**
 * The files of the catalog, not looked at yet; a file that cannot be read says so in its `problems`.
 *
 * @param only folders of the services that are read. @default all of them
 */
export async function readCatalogFiles(root: string, only?: ReadonlySet<string>): Promise<CatalogInput> {
  const project = existingFolder(root);
  const folders = (await subfolders(path.join(project, 'apps'))).filter((folder) => only?.has(folder) ?? true);
  const parts = await Promise.all(folders.map((folder) => readFolder(project, folder)));
  const exceptions = 'apps/exceptions.ts';
  return {
    platform: readModule(project, 'apps/platform.ts', 'platform'),
    environments: readModule(project, 'apps/environments.ts', 'environments'),
    services: parts.flatMap(({ services }) => services),
    releases: parts.flatMap(({ releases }) => releases),
    ...(existsSync(path.join(project, exceptions)) && { exceptions: readModule(project, exceptions, 'exceptions') }),
  };
}

function existingFolder(root: string): string {
  try {
    // the cache of modules knows files by their real path
    return realpathSync(root);
  } catch {
    throw new UserError(`${root} is not a folder`, { repair: 'run this in a project of Slipway' });
  }
}

async function subfolders(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new UserError(`${folder} cannot be read: ${(error as Error).message}`, {
      repair: 'run this in a project of Slipway',
    });
  });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

interface Folder {
  readonly services: readonly ServiceSource[];
  readonly releases: readonly ReleaseSource[];
}

/** A folder of apps/ takes part when it has a service.ts or release locks; the others hold code. */
async function readFolder(project: string, folder: string): Promise<Folder> {
  const names = await readdir(path.join(project, 'apps', folder));
  return {
    services: names.includes('service.ts')
      ? [{ folder, ...readModule(project, `apps/${folder}/service.ts`, 'service') }]
      : [],
    releases: names.includes('releases') ? await readLocks(project, folder) : [],
  };
}

async function readLocks(project: string, service: string): Promise<readonly ReleaseSource[]> {
  const folder = `apps/${service}/releases`;
  const names = await readdir(path.join(project, folder)).catch(() => []);
  return Promise.all(
    names.toSorted().map(async (name): Promise<ReleaseSource> => {
      const file = `${folder}/${name}`;
      const environment = path.parse(name).name;
      if (!name.endsWith('.yaml')) {
        return {
          service,
          environment,
          ...unreadable(file, 'is not a release lock', `rename it to ${environment}.yaml, or move it`),
        };
      }
      try {
        return { service, environment, ...readLock(file, await readFile(path.join(project, file), 'utf8')) };
      } catch (error) {
        return { service, environment, ...unreadable(file, `cannot be read: ${reasonOf(error)}`) };
      }
    }),
  );
}

function readModule(project: string, file: string, name: string): Source {
  const absolute = path.join(project, file);
  if (!existsSync(absolute)) return unreadable(file, 'is missing', `create it with \`export const ${name} = ...\``);
  try {
    forget(absolute, path.join(project, 'apps') + path.sep);
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the path is known only now
    const exported = require(absolute) as Readonly<Record<string, unknown>>;
    if (Object.hasOwn(exported, name)) return { file, value: exported[name] };
    return unreadable(file, `exports no ${name}`, `write \`export const ${name} = ...\``);
  } catch (error) {
    const reason = reasonOf(error).replaceAll(project + path.sep, '');
    return unreadable(file, `cannot be read: ${reason}`, undefined, lineIn(absolute, error));
  }
}

/** Drops a module and what it imported from apps/ from the cache, so that an edit or a rebase is seen. */
function forget(file: string, within: string): void {
  const cached = require.cache[file];
  if (cached === undefined || !file.startsWith(within)) return;
  delete require.cache[file];
  for (const child of cached.children) forget(child.filename, within);
}

function unreadable(file: string, problem: string, repair?: string, line?: number): Source {
  const violation = { file, problem, ...(line !== undefined && { line }), ...(repair !== undefined && { repair }) };
  return { file, value: undefined, problems: [violation] };
}

/** One line that says why: a compiler announces its errors first, and marks them. */
function reasonOf(error: unknown): string {
  const text = isNativeError(error) ? error.message : String(error);
  const [, marked] = /ERROR: (.+)/.exec(text) ?? [];
  return marked ?? text.split('\n', 1)[0]!;
}

/** The line of `file` that an error speaks of: compilers write it behind the file's name, and so does a stack. */
function lineIn(file: string, error: unknown): number | undefined {
  const text = isNativeError(error) ? `${error.message}\n${error.stack}` : '';
  const at = text.indexOf(`${file}:`);
  const match = at < 0 ? null : /^\d+/.exec(text.slice(at + file.length + 1));
  return match === null ? undefined : Number(match[0]);
}
