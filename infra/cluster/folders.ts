import path from 'node:path';

/** The folder with a cluster's own files: the platform's own cluster has the state folder itself. */
export function clusterFolder(stateFolder: string, platform: string, cluster: string): string {
  return cluster === platform ? stateFolder : path.join(stateFolder, 'clusters', cluster);
}
