import { readFile } from 'node:fs/promises';
import { loadCatalog } from '../apps/load';
import { projectRoot } from '../core/paths';
import { bootstrap } from './bootstrap';
import { readSettings } from './settings';
import { createSupply } from './supply';

/** The program that `pulumi up` runs. */
export = async () => {
  const supply = createSupply();
  const catalog = await loadCatalog(projectRoot);
  const settings = await readSettings(catalog.platform, async () => (await supply.plan()).mode);
  return bootstrap(catalog, settings, async (name) => readFile(await supply.manifest(name), 'utf8'));
};
