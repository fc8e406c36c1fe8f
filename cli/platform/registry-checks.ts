import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Cluster, Registry } from '../../apps/model';
import type { Check } from './check';
import { clustersOf } from './cluster-checks';
import type { Project } from './project';

export interface RegistryCheckOptions {
  /** @default this process's */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** For one question, in milliseconds. @default 5000 */
  readonly timeoutMs?: number;
}

/** The part of a container engine's configuration that says who signs in where. */
interface EngineConfig {
  readonly auths?: Readonly<Record<string, unknown>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** Docker Hub alone is known by another name than its images. */
const serversOf = ({ type, host }: Registry): readonly string[] =>
  type === 'docker-hub' ? ['https://index.docker.io/v1/', 'docker.io', 'index.docker.io'] : [host, `https://${host}`];

/** How this user signs in, as the engine and crane find it; undefined where nothing says so. */
async function loginOf(
  registry: Registry,
  environment: RegistryCheckOptions['environment'],
): Promise<string | undefined> {
  const folder = environment?.['DOCKER_CONFIG'] || path.join(environment?.['HOME'] || os.homedir(), '.docker');
  const text = await readFile(path.join(folder, 'config.json'), 'utf8').catch(() => '{}');
  let config: EngineConfig;
  try {
    config = JSON.parse(text) as EngineConfig;
  } catch {
    return undefined;
  }
  const servers = serversOf(registry);
  const helper = servers.map((server) => config.credHelpers?.[server]).find(Boolean);
  if (helper !== undefined) return `by docker-credential-${helper}`;
  if (!servers.some((server) => config.auths?.[server] !== undefined)) return undefined;
  return config.credsStore === undefined ? 'by a recorded login' : `by docker-credential-${config.credsStore}`;
}

/** The registry of released images, where it is not the platform's own. */
async function loginCheck(registry: Registry, options: RegistryCheckOptions): Promise<readonly Check[]> {
  if (registry.type === 'local') return [];
  const name = 'registry';
  const login = await loginOf(registry, options.environment);
  if (login !== undefined) return [{ name, state: 'ok', finding: `${registry.host}: signed in ${login}` }];
  const who = registry.type === 'ecr' ? '' : 'SLIPWAY_REGISTRY_USERNAME=... SLIPWAY_REGISTRY_PASSWORD=... ';
  return [
    {
      name,
      state: 'warning',
      finding: `nobody is signed in to ${registry.host} here; workflows sign in themselves, releases from this machine need it`,
      repair: `${who}npx slipway registry login`,
    },
  ];
}

/** Whether a registry speaks at all; one that wants a login does. */
async function answers(address: string, timeoutMs: number): Promise<boolean> {
  const asked = ['https', 'http'].map(async (scheme) => {
    const { status } = await fetch(`${scheme}://${address}/v2/`, { signal: AbortSignal.timeout(timeoutMs) });
    if (status !== 200 && status !== 401) throw new Error(`HTTP ${status}`);
  });
  return Promise.any(asked).then(
    () => true,
    () => false,
  );
}

type Existing = Extract<Cluster, { readonly driver: 'existing' }>;

/** The registry of a cluster that somebody else keeps: this machine pushes to it. */
async function pushCheck({ registry }: Existing, { timeoutMs = 5000 }: RegistryCheckOptions): Promise<Check> {
  const name = 'registry';
  const { pushAddress, host } = registry;
  if (await answers(pushAddress, timeoutMs))
    return { name, state: 'ok', finding: `${pushAddress} answers, for ${host}` };
  return {
    name,
    state: 'broken',
    finding: `${pushAddress}, to which images are pushed, does not answer`,
    repair: 'start it, or mend cluster.registry.pushAddress in apps/platform.ts',
  };
}

/** Registries that somebody else keeps: whether they answer, and whether this user may push. */
export async function registryChecks(
  project: Pick<Project, 'catalog' | 'settings'>,
  options: RegistryCheckOptions = {},
): Promise<readonly Check[]> {
  const environment = options.environment ?? process.env;
  const existing = clustersOf(project).flatMap(({ cluster }) => (cluster.driver === 'existing' ? [cluster] : []));
  const different = [...new Map(existing.map((cluster) => [cluster.registry.pushAddress, cluster])).values()];
  const [login, ...pushed] = await Promise.all([
    loginCheck(project.catalog.platform.registry, { ...options, environment }),
    ...different.map((cluster) => pushCheck(cluster, options)),
  ]);
  return [...login, ...pushed];
}
