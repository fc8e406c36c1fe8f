import type { Catalog } from '../../apps/model';
import { LOOPBACK, type MachineSettings } from './settings';

/** Where the ingress of a cluster listens. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** One address of the platform that a person opens. */
export interface Address {
  readonly what: string;
  readonly environment?: string;
  readonly host: string;
  readonly url: string;
  /** Path that tells whether it answers. */
  readonly probe: string;
  readonly endpoint: Endpoint;
}

/** `http://<host>` with the port of this machine, which is left out where it is 80. */
export function urlOf(host: string, { httpPort }: Pick<MachineSettings, 'httpPort'>): string {
  return `http://${host}${httpPort === 80 ? '' : `:${httpPort}`}`;
}

/** Where this machine reaches the ingress of the cluster that an environment is on. */
export function endpointOf(
  { platform, environments }: Catalog,
  settings: MachineSettings,
  environment?: string,
): Endpoint {
  const name = environments.find((one) => one.name === environment)?.cluster;
  const cluster = name === undefined ? undefined : platform.clusters[name];
  if (cluster === undefined) return { address: settings.address ?? LOOPBACK, port: settings.httpPort };
  const address = (cluster.driver === 'existing' ? cluster.ingressAddress : undefined) ?? LOOPBACK;
  return { address, port: cluster.httpPort };
}

/** Every address that the ingress serves: services by environment, then Argo CD and a Git forge in the cluster. */
export function addresses(catalog: Catalog, settings: MachineSettings): readonly Address[] {
  const { argocd, forge } = catalog.platform;
  const own = endpointOf(catalog, settings);
  return [
    ...catalog.deployments
      .filter(({ ingress }) => ingress.exposed)
      .map(({ name, environment, ingress, probes }) => {
        const endpoint = endpointOf(catalog, settings, environment);
        const url = urlOf(ingress.host, { httpPort: endpoint.port });
        return {
          what: name,
          environment,
          host: ingress.host,
          url: `${url}${ingress.path === '/' ? '' : ingress.path}`,
          probe: probes.readiness.startsWith(ingress.path) ? probes.readiness : ingress.path,
          endpoint,
        };
      }),
    {
      what: 'Argo CD',
      host: argocd.host,
      url: urlOf(argocd.host, settings),
      probe: '/api/version',
      endpoint: own,
    },
    ...(forge.type === 'local'
      ? [
          {
            what: 'Git forge',
            host: forge.host,
            url: urlOf(forge.host, settings),
            probe: '/api/v1/version',
            endpoint: own,
          },
        ]
      : []),
  ];
}

/**
 * Those of the addresses behind which something runs.
 *
 * @param deployed services that have a release, as `<environment>/<service>`
 */
export function releasedAddresses(list: readonly Address[], deployed: readonly string[]): readonly Address[] {
  const known = new Set(deployed);
  return list.filter(({ what, environment }) => environment === undefined || known.has(`${environment}/${what}`));
}

/** The distinct hosts, in order. */
export function hostsOf(list: readonly Address[]): readonly string[] {
  return [...new Set(list.map(({ host }) => host))];
}
