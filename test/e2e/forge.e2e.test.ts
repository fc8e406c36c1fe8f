/**
 * What the platform sets up in its forge, against the forge itself: the real Gitea of the supply on loopback. Accounts can
 * do what they are for, and what they are not for is refused.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { isSigned } from '../../core/signature';
import { silentProgress } from '../../core/progress';
import type { ResourceType } from '../../infra/provider/resource-type';
import { forgeAccess } from '../../infra/provider/types/forge-access';
import { forgeBranchProtection } from '../../infra/provider/types/forge-branch-protection';
import { forgeHook } from '../../infra/provider/types/forge-hook';
import { forgeLabel } from '../../infra/provider/types/forge-label';
import { forgeOrganization } from '../../infra/provider/types/forge-organization';
import { forgeRepository } from '../../infra/provider/types/forge-repository';
import { forgeSecret } from '../../infra/provider/types/forge-secret';
import { forgeTeam } from '../../infra/provider/types/forge-team';
import { forgeToken, type TokenScope } from '../../infra/provider/types/forge-token';
import { forgeUser } from '../../infra/provider/types/forge-user';
import { forgeVariable } from '../../infra/provider/types/forge-variable';
import { eventually } from './harness';
import { GiteaProcess } from './support/gitea-process';

const operation = { signal: new AbortController().signal, progress: silentProgress };
const gitea = new GiteaProcess();
const work = mkdtempSync(path.join(os.tmpdir(), 'slipway-forge-'));
const tokens: Record<string, string> = {};
const received: { readonly event: string; readonly genuine: boolean }[] = [];
const hookSecret = 'shared-with-the-forge';
let listener: Server;
let hookUrl = '';

const common = () => ({
  forge: { host: gitea.host, port: gitea.port, username: gitea.username, password: gitea.password },
  cluster: 'c1',
  organization: 'offerfit',
});
const repository = () => ({ ...common(), repository: 'platform' });

/** Makes it twice, as after an interruption, and sees that it is what was asked for. */
async function make<Inputs extends object, Outputs extends object>(
  type: ResourceType<Inputs, Outputs>,
  inputs: Inputs,
): Promise<Outputs> {
  await type.create(inputs, operation);
  const { id, outputs } = await type.create(inputs, operation);
  expect(await type.read!(id, { ...inputs, ...outputs }, operation)).toEqual({ ...inputs, ...outputs });
  return outputs;
}

async function account(login: string, scopes: readonly TokenScope[]): Promise<void> {
  const email = `${login}@slipway.invalid`;
  await make(forgeUser, { ...common(), login, email, password: `password-of-${login}` });
  tokens[login] = (await make(forgeToken, { ...common(), login, scopes })).value;
}

async function api(login: string, method: string, target: string, body?: object): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${gitea.port}/api/v1${target}`, {
    method,
    headers: { authorization: `token ${tokens[login]}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return response.status;
}

function git(...args: string[]): string {
  return execFileSync('git', ['-C', work, '-c', 'user.name=Test', '-c', 'user.email=t@x.invalid', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

function commit(text: string): string {
  writeFileSync(path.join(work, 'file'), text);
  git('add', 'file');
  git('commit', '--quiet', '--message', text);
  return git('rev-parse', 'HEAD');
}

function push(
  login: string,
  refspec: string,
  name = 'platform',
): { readonly accepted: boolean; readonly words: string } {
  const secret = login === gitea.username ? gitea.password : tokens[login]!;
  const url = `http://${login}:${secret}@127.0.0.1:${gitea.port}/offerfit/${name}.git`;
  const { status, stderr } = spawnSync('git', ['-C', work, 'push', url, refspec], { encoding: 'utf8' });
  return { accepted: status === 0, words: stderr };
}

beforeAll(async () => {
  await gitea.start();
  listener = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const signature = request.headers['x-gogs-signature'];
      const event = String(request.headers['x-gogs-event']);
      received.push({ event, genuine: isSigned(hookSecret, Buffer.concat(chunks), String(signature)) });
      response.end();
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  hookUrl = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
  git('init', '--quiet', '--initial-branch=main');
});

afterAll(async () => {
  await gitea.stop();
  listener?.close();
  rmSync(work, { recursive: true, force: true });
});

test('everything that a platform needs in its forge is made, seen, and made again without harm', async () => {
  const { organization } = common();
  await make(forgeOrganization, common());
  await make(forgeRepository, { ...repository(), branch: 'main' });
  await account('argocd', ['read:issue', 'read:organization', 'read:repository']);
  await account('statuses', ['write:repository']);
  await account('delivery', ['write:issue', 'write:repository']);
  await make(forgeTeam, {
    ...common(),
    team: 'readers',
    units: { 'repo.code': 'read', 'repo.pulls': 'read' },
    members: ['argocd'],
  });
  await make(forgeTeam, { ...common(), team: 'reporters', units: { 'repo.code': 'write' }, members: ['statuses'] });
  await make(forgeAccess, { ...repository(), login: 'delivery', permission: 'write' as const });
  await make(forgeLabel, { ...common(), label: 'preview', color: '1d76db', description: 'Runs it' });
  await make(forgeSecret, { ...common(), name: 'FORGE_TOKEN', value: 'first' });
  await make(forgeVariable, { ...common(), name: 'REGISTRY', value: 'registry.offerfit.local' });
  await make(forgeHook, { ...common(), url: hookUrl, secret: hookSecret, events: ['push', 'pull_request'] });
  expect(organization).toBe('offerfit');
});

test('the first push fills the repository, and from then on the account of deliveries alone may push', async () => {
  commit('first');
  expect(push(gitea.username, 'HEAD:main')).toMatchObject({ accepted: true });
  const protection = { ...repository(), branch: 'main', pushers: ['delivery'], requiredStatuses: ['ci/*'] };
  await make(forgeBranchProtection, protection);
  commit('second');
  for (const login of [gitea.username, 'statuses']) {
    const { accepted, words } = push(login, 'HEAD:main');
    expect([login, accepted]).toEqual([login, false]);
    expect(words).toMatch(/not allowed to push to protected branch|protected branch/i);
  }
  expect(push('argocd', 'HEAD:refs/heads/other').accepted).toBe(false);
  expect(push('delivery', 'HEAD:main')).toMatchObject({ accepted: true });
});

test('nobody rewrites the history of a protected branch', () => {
  git('commit', '--quiet', '--amend', '--message', 'rewritten');
  for (const login of ['delivery', gitea.username]) {
    expect([login, push(login, '+HEAD:main').accepted]).toEqual([login, false]);
    expect([login, push(login, ':main').accepted]).toEqual([login, false]);
  }
});

test('a status is set by the account for statuses, and not by the one that reads', async () => {
  git(
    'fetch',
    '--quiet',
    `http://delivery:${tokens['delivery']}@127.0.0.1:${gitea.port}/offerfit/platform.git`,
    'main',
  );
  const sha = git('rev-parse', 'FETCH_HEAD');
  const status = { state: 'success', context: 'cd/developer/service-a', description: 'runs' };
  const target = `/repos/offerfit/platform/statuses/${sha}`;
  expect(await api('statuses', 'POST', target, status)).toBe(201);
  expect(await api('argocd', 'POST', target, { ...status, state: 'failure' })).toBe(403);
  expect(await api('argocd', 'GET', `/repos/offerfit/platform/commits/${sha}/status`)).toBe(200);
});

test('the account that reads sees repositories that are made later, and pull requests', async () => {
  await make(forgeRepository, { ...common(), repository: 'redis-addon', branch: 'main' });
  expect(await api('argocd', 'GET', '/repos/offerfit/redis-addon')).toBe(200);
  expect(await api('argocd', 'GET', '/orgs/offerfit/repos')).toBe(200);
  expect(await api('argocd', 'GET', '/repos/offerfit/platform/pulls')).toBe(200);
  // the account of deliveries was given one repository
  expect(await api('delivery', 'GET', '/repos/offerfit/redis-addon')).toBe(404);
});

test('a push of the administrator makes a private repository, which the account that reads can list and read', async () => {
  expect(push('delivery', 'HEAD:main', 'other-addon').accepted).toBe(false);
  expect(push(gitea.username, 'HEAD:main', 'greeter-addon')).toMatchObject({ accepted: true });
  const answer = await fetch(`http://127.0.0.1:${gitea.port}/api/v1/orgs/offerfit/repos`, {
    headers: { authorization: `token ${tokens['argocd']}` },
  });
  const found = ((await answer.json()) as { name: string; private: boolean }[]).find(
    ({ name }) => name === 'greeter-addon',
  );
  expect(found).toMatchObject({ private: true });
  // what the generator of Argo CD asks of each
  for (const target of ['labels', 'branches/main', 'contents/file?ref=main'])
    await eventually(`${target} of the new repository`, 60, async () => {
      const status = await api('argocd', 'GET', `/repos/offerfit/greeter-addon/${target}`);
      if (status !== 200) throw new Error(String(status));
      return true;
    });
  expect(await api('argocd', 'GET', '/repos/offerfit/greeter-addon/contents/manifests?ref=main')).toBe(404);
  expect(await api('argocd', 'POST', '/repos/offerfit/greeter-addon/labels', { name: 'x', color: '#ffffff' })).toBe(
    403,
  );
});

test('a list that names no size, as Argo CD asks for it, has every repository', async () => {
  const names = Array.from({ length: 40 }, (_each, index) => `tool-${index}-addon`);
  for (const name of names) await forgeRepository.create({ ...common(), repository: name, branch: 'main' }, operation);
  const answer = await fetch(`http://127.0.0.1:${gitea.port}/api/v1/orgs/offerfit/repos?page=1&limit=0`, {
    headers: { authorization: `token ${tokens['argocd']}` },
  });
  const found = ((await answer.json()) as { name: string }[]).map(({ name }) => name);
  expect(found).toEqual(expect.arrayContaining(names));
});

test('no token does what its scopes do not name', async () => {
  expect(await api('delivery', 'GET', '/user/emails')).toBe(403);
  expect(await api('argocd', 'DELETE', '/repos/offerfit/redis-addon')).toBe(403);
  expect(await api('statuses', 'POST', '/orgs/offerfit/repos', { name: 'mine' })).toBe(403);
});

test('pushes are told, signed, as Argo CD reads them', async () => {
  await eventually('an event of the forge', 30, () => (received.length >= 2 ? true : undefined));
  expect(received.every(({ genuine }) => genuine)).toBe(true);
  expect(new Set(received.map(({ event }) => event))).toEqual(new Set(['push']));
});
