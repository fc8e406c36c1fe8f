import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { createCatalog } from '../../apps/catalog';
import { lastEnvironments } from '../../apps/derived';
import { readCatalogFiles } from '../../apps/load';
import { Suggestions } from '../../apps/suggest';
import { listed } from '../../apps/violation';
import { UserError } from '../../core/errors';
import { stateFolder } from '../../core/paths';
import { Repository } from '../../delivery/git';
import { distFolder, replaceDist, type DistChange } from '../../manifests/dist';
import { renderCatalog } from '../../manifests/render';
import { readTree, type Tree } from '../../manifests/tree';

export interface RemovalWish {
  readonly name: string;
  /** Its code too. @default only what describes it */
  readonly code?: boolean | undefined;
  /** Also what no commit holds. @default refused */
  readonly force?: boolean | undefined;
}

/** What the removal of a service comes to; nothing is removed yet. */
export interface RemovalPlan {
  readonly name: string;
  /** Files and folders that go, relative to the project. */
  readonly paths: readonly string[];
  /** All of `dist/` without it. */
  readonly rendered: ReadonlyMap<string, string>;
  /** Environments whose cluster loses it with the delivery. */
  readonly goes: readonly string[];
  /** Environments where it runs on until it is removed there, too. */
  readonly stays: readonly string[];
}

/** What Git has no copy of; nothing is known without Git. */
async function uncommittedIn(root: string, paths: readonly string[]): Promise<readonly string[]> {
  const result = await new Repository(root).try(['status', '--porcelain', '--untracked-files=all', '--', ...paths]);
  return result.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(3));
}

/**
 * Works out what the removal of a service comes to. A removal that was interrupted is taken up where it was.
 *
 * @throws UserError with all that speaks against it: other services call it, it is the last one, files would be lost
 */
export async function planRemoval(root: string, { name, code, force }: RemovalWish): Promise<RemovalPlan> {
  const found = await readCatalogFiles(root);
  const names = [
    ...new Set([...found.services.map(({ folder }) => folder), ...found.releases.map(({ service }) => service)]),
  ].toSorted();
  if (!names.includes(name)) {
    const repair = new Suggestions(names).for(name);
    throw new UserError(`"${name}" is not a service; allowed: ${listed(names)}`, { ...(repair && { repair }) });
  }
  const folder = `apps/${name}`;
  const paths = code
    ? [folder]
    : [`${folder}/service.ts`, `${folder}/releases`].filter((each) => existsSync(path.join(root, each)));
  const lost = force ? [] : await uncommittedIn(root, paths);
  const problems = lost.map((file) => `${file}: is in no commit, and would be lost; commit it, or give --force`);
  try {
    const catalog = createCatalog({
      ...found,
      services: found.services.filter((each) => each.folder !== name),
      releases: found.releases.filter(({ service }) => service !== name),
    });
    if (problems.length === 0) {
      const last = lastEnvironments(catalog.environments);
      const all = catalog.environments.map((environment) => environment.name);
      return {
        name,
        paths,
        rendered: renderCatalog(catalog),
        goes: all.filter((environment) => !last.has(environment)),
        stays: all.filter((environment) => last.has(environment)),
      };
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.details);
  }
  throw new UserError(`${name} cannot be removed; nothing was changed`, { details: problems });
}

/**
 * Replaces `dist/` and removes what a plan names. Each step is one rename: where one fails everything is put back, and what a
 * kill leaves is taken up by the same command.
 */
export async function removeService(root: string, { paths, rendered }: RemovalPlan): Promise<DistChange> {
  const before = readTree(distFolder(root)) as Tree;
  const moved: { readonly from: string; readonly to: string }[] = [];
  const change = await replaceDist(root, rendered);
  try {
    for (const [index, each] of paths.entries()) {
      const step = { from: path.join(root, each), to: path.join(stateFolder(root), `removed-${index}`) };
      await rm(step.to, { recursive: true, force: true });
      await rename(step.from, step.to);
      moved.push(step);
    }
  } catch (error) {
    for (const { from, to } of moved) await rename(to, from);
    await replaceDist(root, before);
    throw error;
  }
  for (const { to } of moved) await rm(to, { recursive: true, force: true });
  return change;
}
