import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { writeFileAtomic } from '../../core/files';
import { RestClient } from '../../forge';
import type { Remote } from '../../delivery/git';
import { forgeRemote } from './forge';
import type { Kubectl, KubernetesObject } from './kubectl';
import type { Project } from './project';

interface Node extends KubernetesObject {
  readonly status: { readonly addresses: readonly { readonly type: string; readonly address: string }[] };
}

const asNumber = (address: string): number =>
  address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0) >>> 0;

/**
 * The address by which pods reach this machine: the one that it has in the network of the cluster's nodes.
 *
 * @param interfaces as `os.networkInterfaces` says them
 */
export function addressBeside(
  node: string,
  interfaces: ReturnType<typeof os.networkInterfaces> = os.networkInterfaces(),
): string | undefined {
  const mine = Object.values(interfaces)
    .flatMap((each) => each ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal);
  return mine.find(({ address, netmask }) => {
    const mask = asNumber(netmask);
    return (asNumber(address) & mask) === (asNumber(node) & mask);
  })?.address;
}

/** @throws UserError where the nodes are in no network of this machine, as behind a virtual machine */
export async function reachableAddress(kubectl: Kubectl): Promise<string> {
  const nodes = await kubectl.list<Node>('nodes');
  const inner = nodes[0]?.status.addresses.find(({ type }) => type === 'InternalIP')?.address ?? '';
  const address = addressBeside(inner);
  if (address !== undefined) return address;
  throw new UserError('the nodes of the cluster are in no network of this machine', {
    repair: 'say with --address by which address of this machine pods reach it',
  });
}

/** The content of a file of this user, made where it is not there. */
async function keep(file: string, make: () => Promise<string>): Promise<string> {
  const found = await readFile(file, 'utf8').catch(() => '');
  if (found.trim() !== '') return found.trim();
  const value = await make();
  await writeFileAtomic(file, `${value}\n`, 0o600);
  return value;
}

/** What the forge signs its events with; kept in the project's state. */
export function hookSecret(folder: string): Promise<string> {
  return keep(path.join(folder, 'hook-secret'), async () => randomBytes(32).toString('hex'));
}

/** The API of the platform's forge, as the account of a remote. */
function forgeApi({ url, credentials, resolve }: Remote, signal: AbortSignal): RestClient {
  const connection = { type: 'gitea', api: `${new URL(url).origin}/api/v1`, credentials: credentials! } as const;
  return new RestClient({ ...connection, ...(resolve !== undefined && { resolve }) }, { signal });
}

/** What the receiver may do in the forge, each by the account that may do no more. */
export interface CiAccess {
  /** `http://git.<domain>` with the port of this machine. */
  readonly origin: string;
  readonly resolve?: string;
  /** Registers the hook, which is the administrator's to do; no workflow comes near it. */
  readonly hooks: RestClient;
  /** Lists repositories and branches. */
  readonly lists: RestClient;
  /** Sets statuses. */
  readonly reports: RestClient;
  /** A repository of the forge, to check out. */
  remote(repository: string): Remote;
  /**
   * What steps sign in with as `github.token`: for the platform's repository the account of deliveries, which may push
   * to its main branch, for all others one that reads.
   */
  steps(repository: string): { readonly username: string; readonly password: string };
}

/** @throws UserError where the platform does not have the accounts yet */
export async function openCiAccess(project: Project, kubectl: Kubectl, signal: AbortSignal): Promise<CiAccess> {
  const [administrator, reader, reporter, delivery] = await Promise.all(
    (['git', 'reader', 'reporter', 'delivery'] as const).map((account) =>
      forgeRemote(project, kubectl, signal, account),
    ),
  );
  const { organization, repository } = project.catalog.platform.forge;
  const { origin } = new URL(reader!.url);
  return {
    origin,
    ...(reader!.resolve !== undefined && { resolve: reader!.resolve }),
    hooks: forgeApi(administrator!, signal),
    lists: forgeApi(reader!, signal),
    reports: forgeApi(reporter!, signal),
    remote: (name) => ({ ...reader!, url: `${origin}/${name}.git` }),
    steps: (name) => (name === `${organization}/${repository}` ? delivery! : reader!).credentials!,
  };
}
