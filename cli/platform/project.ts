import { existsSync } from 'node:fs';
import path from 'node:path';
import { loadCatalog } from '../../apps/load';
import type { Catalog } from '../../apps/model';
import { UserError } from '../../core/errors';
import { stateFolder } from '../../core/paths';
import { readSettings, type MachineSettings, type SettingFlags } from './settings';

/** Where a project keeps what belongs to this machine. */
export interface StateFiles {
  readonly root: string;
  /** State folder of the project. */
  readonly state: string;
  readonly kubeconfig: string;
  /** Folder with the supply's commands, for this program, the Pulumi engine and the user's own shell. */
  readonly bin: string;
}

/** The project's catalog, the settings of this machine, and where its state lies. */
export interface Project extends StateFiles {
  readonly catalog: Catalog;
  readonly settings: MachineSettings;
}

export function stateFiles(root: string): StateFiles {
  const state = stateFolder(root);
  return { root, state, kubeconfig: path.join(state, 'kubeconfig'), bin: path.join(state, 'bin') };
}

/** @throws UserError where the catalog is invalid */
export async function loadProject(root: string, flags: SettingFlags = {}): Promise<Project> {
  const catalog = await loadCatalog(root);
  return { ...stateFiles(root), catalog, settings: await readSettings(root, catalog.platform, flags) };
}

/** @throws UserError where this project has no platform on this machine */
export function requirePlatform(project: Project): void {
  if (existsSync(project.kubeconfig)) return;
  throw new UserError('this project has no platform on this machine', { repair: '`npx slipway up` makes one' });
}
