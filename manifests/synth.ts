import { loadCatalog } from '../apps/load';
import type { LockOwner } from '../core/lock';
import { checkDist, replaceDist, replaceFolders, type DistChange } from './dist';
import { renderCatalog, renderDeployments } from './render';

export interface SynthesizeOptions {
  /** The project's folder. */
  readonly root: string;
  /** Compare `dist/` and write nothing. @default false */
  readonly check?: boolean;
  /** Told once where another process renders and this one waits for it. */
  readonly onWait?: (owner: LockOwner) => void;
}

/**
 * Renders the catalog of the project at `root` into its `dist/`, which is the rendered files and nothing else
 * afterwards, or is left exactly as it was. Nothing is touched where nothing differs.
 *
 * @throws UserError where the catalog is invalid, where an environment would lose all its services, and with `check`
 * where `dist/` differs
 */
export async function synthesize({ root, check = false, onWait }: SynthesizeOptions): Promise<DistChange> {
  const files = renderCatalog(await loadCatalog(root));
  return check ? checkDist(root, files) : replaceDist(root, files, onWait);
}

/** Services of one environment. */
export interface Releases {
  readonly environment: string;
  readonly services: readonly string[];
}

/**
 * Renders services of one environment into their folders of `dist/`: all that a change of their releases can reach, and
 * many times as fast as everything. Nothing else in `dist/` is looked at.
 *
 * @throws UserError where the catalog is invalid
 */
export async function synthesizeReleases(root: string, { environment, services }: Releases): Promise<void> {
  const catalog = await loadCatalog(root);
  const deployments = catalog.deployments.filter(
    (deployment) => deployment.environment === environment && services.includes(deployment.name),
  );
  const folders = services.map((service) => `${environment}/${service}`);
  await replaceFolders(root, folders, renderDeployments(catalog, deployments));
}
