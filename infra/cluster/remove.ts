import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../engine';
import type { ClusterContext, DriverContext } from './driver';
import { existingDriver } from './existing/driver';
import { clusterFolder } from './folders';
import { kindDriver } from './kind/driver';
import { minikubeDriver } from './minikube/driver';
import { ForeignCluster } from './ownership';

/**
 * Removes every cluster of a platform, whatever made it and whatever the catalog says now. Of a cluster that somebody
 * else keeps only what the platform put there goes.
 *
 * @throws UserError where such a cluster does not answer: what is in it would be forgotten
 */
export async function removeClusters(context: DriverContext, engine: Engine | undefined): Promise<void> {
  const { platform, progress } = context;
  const others = await readdir(path.join(platform.stateFolder, 'clusters')).catch(() => [] as string[]);
  const stays = (error: unknown): void => {
    if (!(error instanceof ForeignCluster)) throw error;
    progress.say(`${error.message}; it stays`);
  };
  for (const name of [...others, platform.name]) {
    const folder = clusterFolder(platform.stateFolder, platform.name, name);
    await existingDriver.delete(name, { ...context, folder });
    if (engine === undefined) continue;
    const inEngine: ClusterContext = { ...context, folder, engine };
    await minikubeDriver.delete(name, inEngine).catch(stays);
    await kindDriver.delete(name, inEngine).catch(stays);
    if (name !== platform.name) await rm(folder, { recursive: true, force: true });
  }
}
