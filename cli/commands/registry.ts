import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { loadCatalog } from '../../apps/load';
import type { Registry } from '../../apps/model';
import { UserError } from '../../core/errors';
import { exec } from '../../core/exec';
import type { CommandContext } from '../context';
import { createKubectl } from '../platform/kubectl';
import { loadProject } from '../platform/project';
import { openSupply } from '../platform/supply';

interface Login {
  readonly username: string;
  readonly password: string;
}

/** @throws UserError naming what is not set */
function passwordFromEnvironment(): Login {
  const { SLIPWAY_REGISTRY_USERNAME: username, SLIPWAY_REGISTRY_PASSWORD: password } = process.env;
  if (username && password) return { username, password };
  throw new UserError('nothing says who signs in to the registry', {
    repair: 'set SLIPWAY_REGISTRY_USERNAME and SLIPWAY_REGISTRY_PASSWORD',
  });
}

/** A token of GitHub for Amazon, as a file; what takes it is the role, so nothing is stored that lasts. */
async function identityToken(folder: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = process.env;
  if (!url || !bearer) return {};
  const answer = await fetch(`${url}&audience=sts.amazonaws.com`, {
    headers: { authorization: `Bearer ${bearer}` },
    signal: AbortSignal.any([signal, AbortSignal.timeout(15_000)]),
  });
  const { value } = (answer.ok ? await answer.json() : {}) as { readonly value?: string };
  if (value === undefined) throw new UserError(`GitHub gives no token of identity: it answers ${answer.status}`);
  const file = path.join(folder, 'token');
  await writeFile(file, value, { mode: 0o600 });
  return { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_SESSION_NAME: 'slipway' };
}

async function passwordFromAmazon({ region, pushRole }: Registry, signal: AbortSignal): Promise<Login> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'slipway-identity-'));
  try {
    const token = pushRole === undefined ? {} : await identityToken(folder, signal);
    // without a token the credentials of the machine are used
    const role = Object.keys(token).length > 0 && pushRole !== undefined ? { AWS_ROLE_ARN: pushRole } : {};
    const { stdout } = await exec('aws', ['ecr', 'get-login-password', '--region', region!], {
      env: { ...token, ...role },
      signal,
      timeoutMs: 60_000,
    });
    return { username: 'AWS', password: stdout.trim() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Signs this user in to the platform's registry, for container engines and for what pushes without one. */
export async function login(context: CommandContext): Promise<void> {
  const { root, signal, progress } = context;
  const { registry } = (await loadCatalog(root)).platform;
  if (registry.type === 'local') {
    progress.say('the platform’s own registry needs no login');
    return;
  }
  const { username, password } =
    registry.type === 'ecr' ? await passwordFromAmazon(registry, signal) : passwordFromEnvironment();
  const crane = await openSupply(context).tool('crane');
  await exec(crane, ['auth', 'login', registry.host, '--username', username, '--password-stdin'], {
    input: password,
    signal,
    timeoutMs: 60_000,
  });
  progress.say(`signed in to ${registry.host} as ${username}`);
}

/** The Secret with which pods of a namespace pull. */
export function pullSecretObject(registry: Registry, namespace: string, { username, password }: Login) {
  // the one registry that is known by another name than its images
  const server = registry.type === 'docker-hub' ? 'https://index.docker.io/v1/' : registry.host;
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: registry.pullSecret!, namespace, labels: { 'app.kubernetes.io/managed-by': 'slipway' } },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': JSON.stringify({ auths: { [server]: { username, password, auth } } }) },
  };
}

/** Puts the Secret with which pods pull into the namespace of every environment; again with another password replaces it. */
export async function secret({ root, signal, progress }: CommandContext): Promise<void> {
  const project = await loadProject(root);
  const { environments, platform } = project.catalog;
  if (platform.registry.pullSecret === undefined) {
    progress.say('pods pull without a Secret from this registry');
    return;
  }
  const login = passwordFromEnvironment();
  const kubectl = createKubectl(project, signal);
  for (const cluster of new Set(environments.map((environment) => environment.cluster))) {
    const items = environments
      .filter((environment) => environment.cluster === cluster)
      .map(({ namespace }) => pullSecretObject(platform.registry, namespace, login));
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const args = ['apply', '--server-side', '--field-manager=slipway-registry', '--filename=-'];
    await kubectl.on(cluster).run(args, { input: list });
  }
  progress.say(`pods of ${environments.map(({ name }) => name).join(', ')} pull as ${login.username}`);
}
