import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { writeFileAtomic } from '../../core/files';
import { RestClient } from '../../forge';
import type { Remote } from '../../delivery/git';
import type { Kubectl, KubernetesObject } from './kubectl';

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

/** The API of the platform's forge, as its administrator. */
export function forgeApi({ url, credentials, resolve }: Remote, signal: AbortSignal): RestClient {
  const connection = { type: 'gitea', api: `${new URL(url).origin}/api/v1`, credentials: credentials! } as const;
  return new RestClient({ ...connection, ...(resolve !== undefined && { resolve }) }, { signal });
}

const TOKEN = 'slipway-ci';

/** A token that workflows use: it may read and write repositories and nothing else. Kept in the project's state. */
export function workflowToken(folder: string, rest: RestClient, username: string): Promise<string> {
  return keep(path.join(folder, 'token'), async () => {
    const path = `/users/${username}/tokens`;
    // the forge tells a token once; one whose value is lost is made anew
    await rest.ask('DELETE', `${path}/${TOKEN}`, [204, 404]);
    const body = { name: TOKEN, scopes: ['write:repository', 'read:user'] };
    return ((await rest.ask('POST', path, [201], body)).body as { readonly sha1: string }).sha1;
  });
}
