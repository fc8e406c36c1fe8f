import type { MachineSettings } from '../settings';
import type { ManifestName } from '../versions';
import type { Cluster } from './cluster';
import type { IngressController } from './ingress-controller';
import { IngressNginx } from './ingress-nginx';
import { MetricsServer } from './metrics-server';
import { Traefik } from './traefik';

/**
 * What every cluster of the platform has: an ingress controller, and metrics where it has none of its own.
 *
 * @param suffix tells the parts of one cluster from those of another. @default none: the platform's own cluster
 */
export async function addOns(
  cluster: Cluster,
  settings: Pick<MachineSettings, 'ingress'>,
  read: (name: ManifestName) => Promise<string>,
  suffix = '',
): Promise<IngressController> {
  const inside = cluster.inside();
  const { mirror, balanced, metrics } = cluster;
  if (metrics !== 'none') {
    const manifest = await read('metrics-server');
    new MetricsServer(`metrics${suffix}`, { manifest, mirror, trusting: metrics === 'trusting' }, inside);
  }
  return settings.ingress === 'traefik'
    ? new Traefik(`ingress${suffix}`, { mirror, balanced }, inside)
    : new IngressNginx(`ingress${suffix}`, { manifest: await read('ingress-nginx'), mirror, balanced }, inside);
}
