/**
 * What people and forges are told, rendered and sent by Argo CD's own engine of notifications out of the configuration that
 * the platform applies: to a server on loopback, which checks it against what GitHub, Gitea and Slack document. Needs
 * neither a cluster nor an account.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { exec } from '../../core/exec';
import { notifications, notificationSecrets, type NotificationSettings } from '../../infra/components/notifications';
import { outcomes } from '../../infra/components/notifications/outcomes';
import { triggers } from '../../infra/components/notifications/triggers';
import { createSupply } from '../../infra/supply';
import { application, cases, commit, tookItsPlace } from './support/applications';
import { Listener } from './support/told';

const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-notifications-'));
const file = (name: string): string => path.join(folder, name);
const listener = new Listener();
const argocdUrl = 'http://argocd.offerfit.local';
const page = `${argocdUrl}/applications/argocd/developer-service-a`;
let url: string;
let argocd: string;

function write(name: string, object: object): string {
  writeFileSync(file(name), JSON.stringify(object), { mode: 0o600 });
  return file(name);
}

/** The configuration as the platform applies it. */
function configuration(name: string, settings: Omit<NotificationSettings, 'argocdUrl' | 'forgeUrl'>): string {
  const data = notifications({ argocdUrl, forgeUrl: 'https://github.com', ...settings });
  const metadata = { name: 'argocd-notifications-cm', namespace: 'argocd' };
  return write(name, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
}

function engine(configMap: string, ...args: readonly string[]): Promise<{ readonly stdout: string }> {
  return exec(
    argocd,
    [
      ...['admin', 'notifications', ...args, '--config-map', configMap, '--secret', file('secret.json')],
      ...['--kubeconfig', file('kubeconfig'), '--namespace', 'argocd'],
    ],
    { env: { ARGOCD_BINARY_NAME: 'argocd', HOME: folder }, timeoutMs: 120_000 },
  );
}

beforeAll(async () => {
  argocd = await createSupply().tool('argocd');
  url = await listener.start();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const stringData = {
    [notificationSecrets.forgeToken]: 'a-token',
    [notificationSecrets.slackToken]: 'xoxb-a-token',
    [notificationSecrets.gitHubPrivateKey]: privateKey.export({ type: 'pkcs1', format: 'pem' }),
  };
  const metadata = { name: 'argocd-notifications-secret', namespace: 'argocd' };
  write('secret.json', { apiVersion: 'v1', kind: 'Secret', metadata, stringData });
  // nothing is asked of it: the Application comes from a file
  const server = { name: 'none', cluster: { server: 'http://127.0.0.1:1' } };
  const context = { name: 'none', context: { cluster: 'none', user: 'none', namespace: 'argocd' } };
  write('kubeconfig', {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'none' },
    ...{ clusters: [server], contexts: [context], users: [{ name: 'none', user: {} }] },
  });
  for (const one of cases) write(`${one.outcome}.json`, application(one));
}, 600_000);

afterAll(() => {
  listener.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('there is a case for every outcome, and its trigger sends that', () => {
  expect(cases.map(({ outcome }) => outcome).toSorted()).toEqual(Object.keys(outcomes).toSorted());
  for (const { outcome, trigger } of cases) expect(triggers[trigger].send).toBe(outcome);
});

test.each(cases)('$outcome is seen by its trigger, as the engine evaluates it', async ({ outcome, trigger }) => {
  const configMap = configuration('token.json', { forge: { by: 'token', apiUrl: `${url}/api/v1` } });
  const { stdout } = await engine(configMap, 'trigger', 'run', trigger, file(`${outcome}.json`));
  expect(stdout).toMatch(/\btrue\s*$/m);
});

test('what was degraded before it came is not told of a release', async () => {
  const configMap = configuration('token.json', { forge: { by: 'token', apiUrl: `${url}/api/v1` } });
  const { stdout } = await engine(
    configMap,
    'trigger',
    'run',
    'degraded',
    write('before.json', application(tookItsPlace)),
  );
  expect(stdout).toMatch(/\bfalse\s*$/m);
});

test.each(cases.filter(({ outcome }) => outcome !== 'removed'))(
  '$outcome is a status of the source commit, by a token',
  async ({ outcome, sentence }) => {
    const configMap = configuration('token.json', { forge: { by: 'token', apiUrl: `${url}/api/v1` } });
    await engine(configMap, 'template', 'notify', outcome, file(`${outcome}.json`), '--recipient', 'forge');
    const told = listener.take(/\/statuses\//);
    expect(told).toMatchObject([
      { path: `/api/v1/repos/offerfit/platform/statuses/${commit}`, authorization: 'token a-token' },
    ]);
    const { state, context, description, target_url: target, ...rest } = told[0]!.body;
    expect(rest).toEqual({});
    // https://docs.github.com/rest/commits/statuses
    expect(['error', 'failure', 'pending', 'success']).toContain(state);
    expect({ state, context, target }).toEqual({
      ...{ state: (outcomes[outcome] as { status?: string }).status, context: 'cd/developer/service-a', target: page },
    });
    expect(String(description).startsWith(sentence)).toBe(true);
    expect(String(description).length).toBeLessThanOrEqual(140);
  },
);

test.each(cases)('$outcome is a deployment of GitHub, and a status, by an App', async ({ outcome, sentence }) => {
  const forge = { by: 'github-app', appId: 123, installationId: 456, apiUrl: url } as const;
  const configMap = configuration('app.json', { forge });
  const args = ['template', 'notify', outcome, file(`${outcome}.json`), '--recipient', 'github'];
  await engine(configMap, ...args);
  const [token] = listener.take(/\/app\/installations\/456\/access_tokens$/);
  expect(token!.authorization).toMatch(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
  const statuses = listener.take(new RegExp(`/repos/offerfit/platform/statuses/${commit}$`));
  const expected = (outcomes[outcome] as { readonly status?: string }).status;
  expect(statuses.map(({ body }) => body)).toEqual(
    expected === undefined
      ? []
      : [
          {
            ...{ state: expected, context: 'cd/developer/service-a', target_url: page },
            description: expect.stringContaining(sentence.slice(0, 60)),
          },
        ],
  );
  for (const { authorization } of statuses) expect(authorization).toBe('token ghs_installation');
  // https://docs.github.com/rest/deployments/deployments: made once, found again by its commit and environment
  for (const { body } of listener.take(/\/deployments$/)) {
    expect(body).toMatchObject({ ref: commit, environment: 'developer', auto_merge: false, required_contexts: [] });
  }
  // https://docs.github.com/rest/deployments/statuses
  const [status] = listener.take(/\/deployments\/\d+\/statuses$/);
  const states = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'];
  expect(states).toContain(status!.body['state']);
  expect(status!.body).toMatchObject({
    state: outcomes[outcome].deployment,
    log_url: page,
    environment_url: 'http://dev.service-a.offerfit.local',
  });
});

test.each(cases)('$outcome is a message of Slack', async ({ outcome, sentence }) => {
  const configMap = configuration('slack.json', { slack: { channel: 'deployments', apiUrl: `${url}/api/` } });
  const args = ['template', 'notify', outcome, file(`${outcome}.json`), '--recipient', 'slack:deployments'];
  await engine(configMap, ...args);
  const [message] = listener.take(/\/api\/chat\.postMessage$/);
  // https://docs.slack.dev/reference/methods/chat.postMessage
  const { token, channel, text, attachments } = message!.body as Record<string, string>;
  expect([token ?? message!.authorization?.replace('Bearer ', ''), channel]).toEqual(['xoxb-a-token', 'deployments']);
  expect(text!.startsWith(sentence)).toBe(true);
  const [attachment, ...others] = JSON.parse(attachments!) as Record<string, unknown>[];
  expect(others).toEqual([]);
  expect(attachment).toMatchObject({
    color: `#${outcomes[outcome].color}`,
    title: 'developer-service-a',
    title_link: page,
    fields: [
      { title: 'Environment', value: 'developer', short: true },
      { title: 'Source', value: 'offerfit/platform@3f2c1ab', short: true },
    ],
  });
});
