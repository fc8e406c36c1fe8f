import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { isMap, parseDocument } from 'yaml';
import { registryPortOf } from '../../apps/cluster';
import type { Platform } from '../../apps/model';
import { receiverPort } from '../../apps/reserved';
import { UserError } from '../../core/errors';
import { writeFileAtomic } from '../../core/files';
import type { SupplyMode } from '../../infra/supply';

/** What belongs to one machine and never to dist: kept in the configuration of the Pulumi stack. */
export interface MachineSettings {
  readonly name: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly registryPort: number;
  /** Where the receiver of the local forge's events listens, on loopback and on the address beside the nodes. */
  readonly ciPort: number;
  /** Where the ingress of the platform's own cluster listens. @default '127.0.0.1' */
  readonly address?: string;
}

/** The settings given on the command line. */
export type SettingFlags = Partial<MachineSettings>;

/** Name of the Pulumi stack of a platform on this machine. */
export const STACK = 'local';

const KEYS = ['name', 'httpPort', 'httpsPort', 'registryPort', 'ciPort', 'address'] as const;

/** Those that are no number. */
const TEXTS: readonly string[] = ['name', 'address'];

/** Where everybody looks who was told nothing else. */
export const LOOPBACK = '127.0.0.1';

/**
 * Where the stack's configuration keeps a setting. The engine hands this namespace to the plugin of the same name, and
 * takes its `name` for the plugin's own, so the platform's name is kept under another key.
 */
function configPath(key: string): readonly string[] {
  return ['config', `slipway:${key === 'name' ? 'platformName' : key}`];
}

export function settingsFile(root: string): string {
  return path.join(root, `Pulumi.${STACK}.yaml`);
}

async function readDocument(root: string) {
  const file = settingsFile(root);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new UserError(`${file} is not YAML: ${document.errors[0]!.message.split('\n')[0]}`, {
      repair: 'mend it, or remove it and give the settings to `slipway up` again',
    });
  }
  return { file, text, document };
}

/** Settings of an earlier `up`; none where there was none. */
export async function recordedSettings(root: string): Promise<SettingFlags> {
  const { document } = await readDocument(root);
  const entries = KEYS.map((key) => {
    const value: unknown = document.getIn(configPath(key));
    return [key, value === undefined ? undefined : TEXTS.includes(key) ? String(value) : Number(value)] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Where nodes get images, as an earlier `up` decided it. */
export async function recordedMode(root: string): Promise<SupplyMode | undefined> {
  const { document } = await readDocument(root);
  const value: unknown = document.getIn(configPath('supply'));
  return value === 'build' || value === 'published' ? value : undefined;
}

/** The command line first, then what an earlier `up` used, then the team's platform. */
export async function readSettings(
  root: string,
  platform: Platform,
  flags: SettingFlags = {},
): Promise<MachineSettings> {
  const { name, cluster } = platform;
  const { httpPort, httpsPort } = cluster;
  const registryPort = registryPortOf(cluster);
  const given = Object.fromEntries(
    KEYS.filter((key) => flags[key] !== undefined).map((key) => [key, flags[key]]),
  ) as SettingFlags;
  const address = cluster.driver === 'existing' ? cluster.ingressAddress : undefined;
  const settings = {
    name,
    httpPort,
    httpsPort,
    registryPort,
    ciPort: receiverPort,
    ...(address && { address }),
    ...(await recordedSettings(root)),
    ...given,
  };
  const ports = [settings.httpPort, settings.httpsPort, settings.registryPort, settings.ciPort];
  if (new Set(ports).size < ports.length) {
    throw new UserError(
      `the ports for HTTP, HTTPS, the registry and the receiver are ${ports.join(', ')}; they must differ`,
      {
        repair: 'choose others with --http-port, --https-port, --registry-port, --ci-port',
      },
    );
  }
  return settings;
}

/**
 * Records the settings for Pulumi and for later commands.
 *
 * @param supply where nodes get images, decided once by `up`. @default what is recorded, else decided by the program
 * @returns whether the file changed
 */
export async function writeSettings(root: string, settings: MachineSettings, supply?: SupplyMode): Promise<boolean> {
  const { file, text, document } = await readDocument(root);
  if (!isMap(document.contents)) document.contents = document.createNode({}) as never;
  const values: readonly (readonly [string, string])[] = [
    ...KEYS.filter((key) => settings[key] !== undefined).map((key) => [key, String(settings[key])] as const),
    ...(supply === undefined ? [] : [['supply', supply] as const]),
  ];
  for (const [key, value] of values) {
    if (String(document.getIn(configPath(key)) ?? '') !== value) {
      document.setIn(configPath(key), value);
    }
  }
  const updated = document.toString();
  if (updated === text) return false;
  await writeFileAtomic(file, updated);
  return true;
}

/** Forgets the settings, with the salt of the passphrase that is kept beside them. */
export async function removeSettings(root: string): Promise<void> {
  await rm(settingsFile(root), { force: true });
}

/** Host and port to which this machine pushes images. */
export function registryAddressOf(
  { registry }: Platform,
  { registryPort }: Pick<MachineSettings, 'registryPort'>,
): string {
  return registry.pushAddress ?? `${LOOPBACK}:${registryPort}`;
}

/** Records where the ingress turned out to be, for later commands. */
export async function recordAddress(root: string, address: unknown): Promise<void> {
  if (typeof address !== 'string' || address === '' || address === LOOPBACK) return;
  const { file, document } = await readDocument(root);
  if (document.getIn(configPath('address')) === address) return;
  document.setIn(configPath('address'), address);
  await writeFileAtomic(file, document.toString());
}
