import { UserError } from '../../core/errors';
import type { Remote } from '../../delivery/git';
import { addressToIp } from '../../infra/host/names';
import { urlOf } from './addresses';
import { githubRemote } from './github';
import type { Kubectl, KubernetesObject } from './kubectl';
import type { Project } from './project';
import { LOOPBACK } from './settings';

/** User and password, or token, of an account. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

interface Secret extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

interface SecretLocation {
  readonly namespace: string;
  readonly name: string;
  /** A key of the secret, or the name itself where the secret does not hold it. */
  readonly username: { readonly key: string } | { readonly value: string };
  readonly passwordKey: string;
}

/** Where the cluster keeps them. */
const LOCATIONS = {
  argocd: {
    namespace: 'argocd',
    name: 'argocd-initial-admin-secret',
    username: { value: 'admin' },
    passwordKey: 'password',
  },
  git: { namespace: 'gitea', name: 'gitea-admin', username: { key: 'username' }, passwordKey: 'password' },
  delivery: { namespace: 'gitea', name: 'forge-delivery', username: { key: 'username' }, passwordKey: 'password' },
  reader: { namespace: 'argocd', name: 'forge-token', username: { value: 'argocd' }, passwordKey: 'token' },
  reporter: {
    namespace: 'argocd',
    name: 'argocd-notifications-secret',
    username: { value: 'statuses' },
    passwordKey: 'forge-token',
  },
} as const satisfies Readonly<Record<string, SecretLocation>>;

export type CredentialsOwner = keyof typeof LOCATIONS;

function decode(secret: Secret, key: string): string {
  return Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
}

/** @throws UserError where the platform does not have them yet */
export async function readCredentials(kubectl: Kubectl, owner: CredentialsOwner): Promise<Credentials> {
  const location: SecretLocation = LOCATIONS[owner];
  const secret = await kubectl.get<Secret>('secret', location.name, location.namespace);
  const password = secret && decode(secret, location.passwordKey);
  if (secret === undefined || !password) {
    throw new UserError(`the platform has no credentials of ${owner} yet`, { repair: '`npx slipway up` completes it' });
  }
  const username = 'key' in location.username ? decode(secret, location.username.key) : location.username.value;
  return { username, password };
}

/**
 * The platform's own repository as this machine reaches it: through the ingress, whatever its names resolve to.
 *
 * @param account who asks. @default that of deliveries, which may write to this repository and to nothing else
 */
export async function forgeRemote(
  project: Project,
  kubectl: Kubectl,
  signal: AbortSignal,
  account: Exclude<CredentialsOwner, 'argocd'> = 'delivery',
): Promise<Remote> {
  const { forge } = project.catalog.platform;
  if (forge.type === 'github') return githubRemote(project.catalog.platform, signal);
  const { httpPort, address } = project.settings;
  return {
    url: `${urlOf(forge.host, project.settings)}${new URL(forge.url).pathname}`,
    branch: forge.branch,
    resolve: `${forge.host}:${httpPort}:${await addressToIp(address ?? LOOPBACK)}`,
    credentials: await readCredentials(kubectl, account),
  };
}
