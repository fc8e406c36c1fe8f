import { openCiAccess } from '../../../cli/platform/ci-access';
import type { Kubectl, KubernetesObject } from '../../../cli/platform/kubectl';
import type { Project } from '../../../cli/platform/project';

const forge = {
  ...{ type: 'local', host: 'git.x.local', branch: 'main', organization: 'offerfit', repository: 'platform' },
  url: 'http://git.x.local/offerfit/platform.git',
};
const project = { catalog: { platform: { forge } }, settings: { httpPort: 8088 } } as unknown as Project;

/** Secrets as the platform keeps them, each with a password that names it. */
const secrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'gitea/gitea-admin': { username: 'slipway', password: 'of the administrator' },
  'gitea/forge-delivery': { username: 'delivery', password: 'of deliveries' },
  'argocd/forge-token': { token: 'of the reader' },
  'argocd/argocd-notifications-secret': { 'forge-token': 'of the reporter' },
};
const kubectlWith = (known: typeof secrets): Kubectl => ({
  run: () => Promise.reject(new Error('nothing is run')),
  list: () => Promise.reject(new Error('nothing is listed')),
  on: () => kubectlWith(known),
  async get<T extends KubernetesObject>(_kind: string, name: string, namespace: string): Promise<T | undefined> {
    const found = known[`${namespace}/${name}`];
    if (found === undefined) return undefined;
    const data = Object.entries(found).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
    return { metadata: { name }, data: Object.fromEntries(data) } as unknown as T;
  },
});
const open = (known = secrets) => openCiAccess(project, kubectlWith(known), new AbortController().signal);

test('each thing is done by the account that may do no more', async () => {
  const { hooks, lists, reports, remote, origin, resolve } = await open();
  expect([hooks, lists, reports].map(({ connection }) => connection.credentials)).toEqual([
    { username: 'slipway', password: 'of the administrator' },
    { username: 'argocd', password: 'of the reader' },
    { username: 'statuses', password: 'of the reporter' },
  ]);
  for (const { connection } of [hooks, lists, reports]) expect(connection.api).toBe('http://git.x.local:8088/api/v1');
  expect([origin, resolve]).toEqual(['http://git.x.local:8088', 'git.x.local:8088:127.0.0.1']);
  expect(remote('offerfit/hello')).toMatchObject({
    url: 'http://git.x.local:8088/offerfit/hello.git',
    credentials: { username: 'argocd' },
  });
});

test('steps may push to the platform from its own repository alone', async () => {
  const { steps } = await open();
  expect(steps('offerfit/platform')).toEqual({ username: 'delivery', password: 'of deliveries' });
  for (const other of ['offerfit/hello', 'offerfit/platform-deployment', 'other/platform']) {
    expect(steps(other)).toEqual({ username: 'argocd', password: 'of the reader' });
  }
});

test('an account that is not there yet is said', async () => {
  const others = Object.entries(secrets).filter(([name]) => name !== 'argocd/forge-token');
  await expect(open(Object.fromEntries(others))).rejects.toThrow('the platform has no credentials of reader yet');
});
