import type { Forge, ForgeSurroundings } from './forge';
import { githubForge } from './github';
import { localForge } from './local';

/** The forge that the catalog chooses. */
export function createForge(surroundings: ForgeSurroundings): Forge {
  const { forge } = surroundings.catalog.platform;
  return forge.type === 'github' ? githubForge(forge, surroundings) : localForge(forge, surroundings);
}
