import { takeInventory } from '../../infra/cluster';
import { publishing, type Engine } from '../../infra/engine';
import { takenPorts } from '../../infra/host/ports';
import type { Check } from './check';
import type { Project } from './project';

/** A port of this machine's loopback that a platform takes. */
interface WantedPort {
  readonly port: number;
  /** `HTTP`, `HTTPS of outpost`. */
  readonly what: string;
  /** How another one is chosen. */
  readonly repair: string;
}

/** The ports that the platform's clusters publish: none of a cluster that somebody else keeps. */
export function wantedPorts({ catalog, settings }: Pick<Project, 'catalog' | 'settings'>): readonly WantedPort[] {
  const { cluster, clusters } = catalog.platform;
  const { httpPort, httpsPort, registryPort } = settings;
  const flag = (port: number, what: string, name: string): WantedPort => ({
    port,
    what,
    repair: `npx slipway up ${name} <port>`,
  });
  const own = [
    // minikube's ingress is at a node's own address
    ...(cluster.driver === 'kind'
      ? [flag(httpPort, 'HTTP', '--http-port'), flag(httpsPort, 'HTTPS', '--https-port')]
      : []),
    ...(cluster.driver === 'existing' ? [] : [flag(registryPort, 'registry', '--registry-port')]),
  ];
  const others = Object.entries(clusters).flatMap(([key, further]) =>
    further.driver === 'kind'
      ? (['httpPort', 'httpsPort'] as const).map((setting) => ({
          port: further[setting],
          what: `${setting === 'httpPort' ? 'HTTP' : 'HTTPS'} of ${key}`,
          repair: `set clusters.${key}.${setting} in apps/platform.ts`,
        }))
      : [],
  );
  return [...own, ...others];
}

/** Whether the ports are free, or held by this very platform. */
export async function portsCheck(project: Project, engine: Engine | undefined): Promise<readonly Check[]> {
  const name = 'ports';
  const wanted = wantedPorts(project);
  if (wanted.length === 0) return [{ name, state: 'ok', finding: 'none of this machine are used' }];
  const taken = await takenPorts(
    wanted.map(({ port }) => port),
    engine && publishing(engine),
  );
  const own = taken.length === 0 ? [] : await ownContainers(project, engine);
  const foreign = taken.filter(({ owner }) => !isOwn(owner, own));
  if (foreign.length === 0) {
    const list = wanted.map(({ port, what }) => `${port} (${what})`).join(', ');
    return [{ name, state: 'ok', finding: `127.0.0.1: ${list}` }];
  }
  return foreign.map(({ port, owner }) => ({
    name,
    state: 'broken',
    finding: `port ${port} of 127.0.0.1 is held by ${owner}`,
    repair: `stop it, or choose another port: ${wanted.find((one) => one.port === port)!.repair}`,
  }));
}

/** Names of the nodes and the registry of this very project; another clone may have a platform of the same name. */
async function ownContainers({ settings, state }: Project, engine: Engine | undefined): Promise<readonly string[]> {
  const items = await takeInventory({ engine, platform: { name: settings.name, stateFolder: state } });
  return items.filter(({ kind }) => kind === 'container').map(({ name }) => name);
}

/** Whether all containers that are named as the owner of a port are among `own`. */
export function isOwn(owner: string, own: readonly string[]): boolean {
  const names = /^container (.+)$/.exec(owner)?.[1]?.split(', ') ?? [];
  return names.length > 0 && names.every((one) => own.includes(one));
}
