import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../core/errors';
import type { Catalog } from '../../apps/model';
import { clusterFolder } from '../../infra/cluster';
import type { DistObject } from '../../review/tree/object';
import type { Project } from '../platform/project';
import { findLiveDrift, type LiveDrift } from './live';
import { withCluster } from './proxy';

/** A cluster and what it is to hold. */
export interface Destination {
  /** By its name in the catalog; undefined for the platform's own. */
  readonly cluster?: string;
  readonly kubeconfig: string;
}

/** Every cluster of a platform that is on this machine. @throws UserError where one of them is not */
export function destinationsOf({ catalog: { platform }, settings, state }: Project): readonly Destination[] {
  const fileOf = (cluster: string): string => path.join(clusterFolder(state, settings.name, cluster), 'kubeconfig');
  const all: readonly Destination[] = [
    { kubeconfig: fileOf(settings.name) },
    ...Object.keys(platform.clusters).map((cluster) => ({
      cluster,
      kubeconfig: fileOf(`${settings.name}-${cluster}`),
    })),
  ];
  const missing = all.find(({ kubeconfig }) => !existsSync(kubeconfig));
  if (missing === undefined) return all;
  throw new UserError(`there is no kubeconfig of the cluster ${missing.cluster ?? settings.name} on this machine`, {
    repair: '`npx slipway up` writes it',
  });
}

/** Objects that Argo CD puts into one of the clusters. @param cluster undefined for the platform's own */
export function objectsFor(
  objects: readonly DistObject[],
  { environments }: Pick<Catalog, 'environments'>,
  cluster?: string,
): readonly DistObject[] {
  const clusterOf = new Map(environments.map((environment) => [environment.name, environment.cluster]));
  const isPolicy = ({ identity }: DistObject): boolean => identity.kind.startsWith('ValidatingAdmissionPolicy');
  return objects.filter(
    (object) =>
      clusterOf.get(object.place.environment) === cluster ||
      // those of Argo CD's own cluster hold in the others as well
      (cluster !== undefined && isPolicy(object)),
  );
}

export interface LookOptions {
  readonly catalog: Pick<Catalog, 'environments'>;
  readonly destinations: readonly Destination[];
  readonly kubectl: string;
  readonly signal: AbortSignal;
}

/** What each cluster does not have as dist has it. @throws UserError where one does not answer */
export async function lookAtClusters(
  objects: readonly DistObject[],
  options: LookOptions,
): Promise<readonly LiveDrift[]> {
  const { catalog, destinations, kubectl, signal } = options;
  const found = await Promise.all(
    destinations.map(async ({ cluster, kubeconfig }) => {
      const wanted = objectsFor(objects, catalog, cluster);
      const drifts = await withCluster({ kubectl, kubeconfig, signal }, (client) => findLiveDrift(wanted, client));
      return drifts.map((drift) => ({ ...drift, ...(cluster !== undefined && { cluster }) }));
    }),
  );
  return found.flat();
}
