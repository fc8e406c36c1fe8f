import { loadCatalog } from '../apps/load';
import type { LockOwner } from '../core/lock';
import { checkDist, replaceDist, type DistChange } from './dist';
import { renderCatalog } from './render';

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
