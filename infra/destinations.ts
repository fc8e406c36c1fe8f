import type * as pulumi from '@pulumi/pulumi';
import type { Catalog, Cluster as ClusterFacts } from '../apps/model';
import { addOns } from './components/add-ons';
import type { ArgoCd } from './components/argo-cd';
import { Cluster } from './components/cluster';
import { Destination } from './components/destination';
import { environmentsOn, namespacesIn } from './namespaces';
import type { MachineSettings } from './settings';
import type { ManifestName } from './versions';

/** The platform's own cluster with the ports of this machine. */
export function withSettings(
  cluster: ClusterFacts,
  { httpPort, httpsPort, registryPort }: MachineSettings,
): ClusterFacts {
  if (cluster.driver === 'kind') return { ...cluster, httpPort, httpsPort, registryPort };
  return cluster.driver === 'minikube' ? { ...cluster, registryPort } : { ...cluster, httpPort, httpsPort };
}

export interface DestinationsArgs {
  readonly catalog: Catalog;
  readonly settings: MachineSettings;
  readonly read: (name: ManifestName) => Promise<string>;
  /** The platform's own. */
  readonly cluster: Cluster;
  readonly argoCd: ArgoCd;
}

/** The platform's other clusters, each with its add-ons, and known to Argo CD. */
export async function addDestinations(args: DestinationsArgs): Promise<pulumi.Resource[]> {
  const { catalog, settings, read, cluster: beside, argoCd } = args;
  const { platform, environments } = catalog;
  const destinations: pulumi.Resource[] = [];
  for (const [key, facts] of Object.entries(platform.clusters)) {
    const cluster = new Cluster(`cluster-${key}`, {
      platform: settings.name,
      clusterName: `${settings.name}-${key}`,
      cluster: facts,
      registryHost: platform.registry.localHost,
      mirrorEverything: settings.supply === 'build',
      namespaces: namespacesIn(environments, key),
      beside,
    });
    await addOns(cluster, settings, read, `-${key}`);
    destinations.push(
      new Destination(
        `destination-${key}`,
        {
          name: key,
          cluster,
          namespaces: environmentsOn(environments, key),
          addOns: platform.discovery.addOns,
        },
        { there: cluster.inside(), here: { parent: argoCd, dependsOn: [...argoCd.definitions] } },
      ),
    );
  }
  return destinations;
}
