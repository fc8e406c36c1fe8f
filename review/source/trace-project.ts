import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { checkCatalog } from '../../apps/catalog';
import { readCatalogFiles } from '../../apps/load';
import { nodesOf } from '../../apps/cluster';
import type { Catalog, Node } from '../../apps/model';
import { resolve } from '../../apps/resolve';
import { describeViolation } from '../../apps/violation';
import { traceCatalog, type TracedFile } from './trace';

/** Up to this many services all are rendered; beyond, those that a review is about. */
export const wholeCatalog = 150;

export interface TraceRequest {
  /** The project's folder. */
  readonly root: string;
  /** Services that the review is about. */
  readonly services: readonly string[];
}

/** What the catalog makes, as far as a review needs it. */
export interface Traced {
  /** By path below `dist/`. */
  readonly files: ReadonlyMap<string, TracedFile>;
  /** Every service was rendered, so that every file of dist should be among `files`. */
  readonly complete: boolean;
  /** In promotion order. */
  readonly environments: readonly { readonly name: string; readonly promotesFrom?: string }[];
  readonly services: readonly string[];
  readonly nodes: readonly Node[];
}

/** Why nothing could be rendered, one line each. */
export interface Untraceable {
  readonly problems: readonly string[];
}

/** Files of TypeScript that declare what a request is about. */
export function declarationsOf({ root, services }: TraceRequest): string[] {
  try {
    const apps = path.join(realpathSync(root), 'apps');
    const folders = readdirSync(apps);
    const shown = folders.length <= wholeCatalog ? folders : services;
    const files = [...folders.filter((name) => name.endsWith('.ts')), ...shown.map((name) => `${name}/service.ts`)];
    return files.map((file) => path.join(apps, file)).filter((file) => existsSync(file));
  } catch {
    // told by who reads them
    return [];
  }
}

/** Reads the catalog of a project and renders it, noting who made what. Faults are an answer, not an error. */
export async function traceProject({ root, services }: TraceRequest): Promise<Traced | Untraceable> {
  try {
    const project = realpathSync(root);
    const folders = await readdir(path.join(project, 'apps'));
    const complete = folders.length <= wholeCatalog;
    const input = await readCatalogFiles(project, complete ? undefined : new Set(services));
    const { draft, violations } = checkCatalog(input, complete);
    if (violations.length > 0) return { problems: violations.map(describeViolation) };
    const catalog = withinItself(resolve(draft));
    return {
      files: traceCatalog(catalog, project),
      complete,
      environments: catalog.environments.map(({ name, promotesFrom }) => ({
        name,
        ...(promotesFrom !== undefined && { promotesFrom }),
      })),
      services: catalog.services.map(({ name }) => name),
      nodes: nodesOf(catalog.platform.cluster),
    };
  } catch (error) {
    return { problems: [(error as Error).message.split('\n', 1)[0]!] };
  }
}

/** Without calls of services that were not read. */
function withinItself(catalog: Catalog): Catalog {
  const known = new Set(catalog.services.map(({ name }) => name));
  return {
    ...catalog,
    deployments: catalog.deployments.map((deployment) => ({
      ...deployment,
      calls: deployment.calls.filter((callee) => known.has(callee)),
    })),
  };
}
