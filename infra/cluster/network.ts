import path from 'node:path';
import { UserError } from '../../core/errors';
import { withLock } from '../../core/lock';
import type { Engine } from '../engine';
import { foreignBecause, labelArguments, type Platform } from './ownership';

/** @returns whether it is there @throws UserError where it is somebody else's */
async function findOwn(engine: Engine, platform: Platform): Promise<boolean> {
  const found = await engine.inspect('network', platform.name);
  if (found === undefined) return false;
  const foreign = foreignBecause(found.Labels, platform);
  if (foreign === undefined) return true;
  throw new UserError(`a ${engine.command} network named "${platform.name}" is there already: ${foreign}`, {
    repair: `choose another name with --name, or remove it: ${engine.command} network rm ${platform.name}`,
  });
}

/**
 * Makes the platform's own network, named after it.
 *
 * @throws UserError where a network of that name is somebody else's
 */
export async function ensureNetwork(engine: Engine, platform: Platform): Promise<void> {
  if (await findOwn(engine, platform)) return;
  // cluster and registry may be made side by side, and an engine makes two networks of one name when asked twice
  const lock = path.join(platform.stateFolder, 'network.lock');
  await withLock(lock, { purpose: 'making the network', wait: true }, async () => {
    if (await findOwn(engine, platform)) return;
    await engine.run(['network', 'create', '--driver', 'bridge', ...labelArguments(platform), platform.name]);
  });
}

/** Removes the platform's network once nothing is attached to it. @returns whether it is gone */
export async function removeNetwork(engine: Engine, platform: Platform): Promise<boolean> {
  const found = await engine.inspect('network', platform.name);
  if (found === undefined) return true;
  if (foreignBecause(found.Labels, platform) !== undefined) return true;
  // stopped containers do not count as attached, yet could not start again without it
  if ((await engine.containers(`network=${platform.name}`)).length > 0) return false;
  await engine.run(['network', 'rm', platform.name]);
  return true;
}
