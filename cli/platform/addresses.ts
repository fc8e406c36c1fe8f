import type { Catalog } from '../../apps/model';
import type { MachineSettings } from './settings';

/** One address of the platform that a person opens. */
export interface Address {
  readonly what: string;
  readonly environment?: string;
  readonly host: string;
  readonly url: string;
  /** Path that tells whether it answers. */
  readonly probe: string;
}

/** `http://<host>` with the port of this machine, which is left out where it is 80. */
export function urlOf(host: string, { httpPort }: Pick<MachineSettings, 'httpPort'>): string {
  return `http://${host}${httpPort === 80 ? '' : `:${httpPort}`}`;
}

/** Every address that the ingress serves: services by environment, then Argo CD and a Git forge in the cluster. */
export function addresses(catalog: Catalog, settings: MachineSettings): readonly Address[] {
  const { argocd, forge } = catalog.platform;
  return [
    ...catalog.deployments
      .filter(({ ingress }) => ingress.exposed)
      .map(({ name, environment, ingress, probes }) => ({
        what: name,
        environment,
        host: ingress.host,
        url: `${urlOf(ingress.host, settings)}${ingress.path === '/' ? '' : ingress.path}`,
        probe: probes.readiness.startsWith(ingress.path) ? probes.readiness : ingress.path,
      })),
    { what: 'Argo CD', host: argocd.host, url: urlOf(argocd.host, settings), probe: '/api/version' },
    ...(forge.type === 'local'
      ? [{ what: 'Git forge', host: forge.host, url: urlOf(forge.host, settings), probe: '/api/v1/version' }]
      : []),
  ];
}

/** The distinct hosts, in order. */
export function hostsOf(list: readonly Address[]): readonly string[] {
  return [...new Set(list.map(({ host }) => host))];
}
