import { silentProgress } from '../../../core/progress';
import { GiteaApi } from '../../../infra/provider/forge/gitea-api';
import type { ResourceType } from '../../../infra/provider/resource-type';
import { forgeAccess } from '../../../infra/provider/types/forge-access';
import { forgeOrganization } from '../../../infra/provider/types/forge-organization';
import { forgeRepository } from '../../../infra/provider/types/forge-repository';
import { forgeUser } from '../../../infra/provider/types/forge-user';
import { FakeGitea } from './fake-gitea';

const operation = { signal: new AbortController().signal, progress: silentProgress };
let gitea: FakeGitea;

beforeEach(async () => void (gitea = await new FakeGitea().start()));
afterEach(() => gitea.stop());

const common = () => ({
  forge: { host: 'git.offerfit.local', port: gitea.port, username: 'slipway', password: 'hush' },
  cluster: 'c1',
});
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each type has inputs of its own
const kinds: readonly (readonly [string, ResourceType<any, any>, () => object, (gitea: FakeGitea) => unknown])[] = [
  [
    'organisation',
    forgeOrganization,
    () => ({ ...common(), organization: 'offerfit' }),
    ({ organizations }) => organizations.get('offerfit'),
  ],
  [
    'repository',
    forgeRepository,
    () => ({ ...common(), organization: 'offerfit', repository: 'platform', branch: 'main' }),
    ({ repositories }) => repositories.get('offerfit/platform'),
  ],
  [
    'user',
    forgeUser,
    () => ({ ...common(), login: 'argocd', email: 'argocd@slipway.invalid', password: 'drawn-password' }),
    ({ users }) => users.get('argocd'),
  ],
];

describe.each(kinds)('%s', (kind, type, inputs, find) => {
  test('is created, seen, adopted when it is created again, and removed', async () => {
    const { id } = await type.create(inputs(), operation);
    const made = find(gitea);
    expect(made).toBeDefined();
    expect(await type.read!(id, inputs(), operation)).toEqual(inputs());
    expect((await type.create(inputs(), operation)).id).toBe(id);
    expect(find(gitea)).toEqual(made);
    await type.delete!(id, inputs(), operation);
    expect(find(gitea)).toBeUndefined();
    expect(await type.read!(id, inputs(), operation)).toBeUndefined();
    // removing what is gone is no error
    await type.delete!(id, inputs(), operation);
  });

  test("somebody else's of that name is refused and left alone", async () => {
    gitea.organizations.set('offerfit', { description: 'our customers' });
    gitea.repositories.set('offerfit/platform', { description: 'a fork', default_branch: 'main' });
    gitea.users.set('argocd', { full_name: 'Argo C. D.' });
    const before = structuredClone(find(gitea));
    await expect(type.create(inputs(), operation)).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`the forge has an? ${kind} ".*" that Slipway did not make`)),
      repair: expect.any(String),
    });
    expect(find(gitea)).toEqual(before);
  });

  test('a new forge gets it by an update, and nothing is deleted there', async () => {
    await type.create(inputs(), operation);
    await gitea.stop();
    gitea = await new FakeGitea().start();
    await type.update!('id', inputs(), inputs(), operation);
    expect(find(gitea)).toBeDefined();
    expect(gitea.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });
});

test('an organisation and a repository are private', async () => {
  await forgeOrganization.create({ ...common(), organization: 'offerfit' }, operation);
  await forgeRepository.create(
    { ...common(), organization: 'offerfit', repository: 'platform', branch: 'trunk' },
    operation,
  );
  expect(gitea.organizations.get('offerfit')).toMatchObject({ visibility: 'private' });
  expect(gitea.repositories.get('offerfit/platform')).toMatchObject({
    private: true,
    auto_init: false,
    default_branch: 'trunk',
  });
});

test('a user may create nothing, and its password follows the state', async () => {
  const inputs = { ...common(), login: 'argocd', email: 'argocd@slipway.invalid', password: 'first' };
  await forgeUser.create(inputs, operation);
  expect(gitea.users.get('argocd')).toMatchObject({
    password: 'first',
    restricted: true,
    must_change_password: false,
    max_repo_creation: 0,
    allow_create_organization: false,
  });
  await forgeUser.update!('argocd', inputs, { ...inputs, password: 'second' }, operation);
  expect(gitea.users.get('argocd')).toMatchObject({ password: 'second' });
});

test('access is given, seen as it is, changed and taken away', async () => {
  const inputs = {
    ...common(),
    organization: 'offerfit',
    repository: 'platform',
    login: 'argocd',
    permission: 'read' as const,
  };
  const { id } = await forgeAccess.create(inputs, operation);
  expect(gitea.collaborators.get('offerfit/platform/argocd')).toBe('read');
  gitea.collaborators.set('offerfit/platform/argocd', 'write');
  // somebody gave more by hand: a refresh shows it
  expect(await forgeAccess.read!(id, inputs, operation)).toMatchObject({ permission: 'write' });
  await forgeAccess.update!(id, inputs, inputs, operation);
  expect(gitea.collaborators.get('offerfit/platform/argocd')).toBe('read');
  await forgeAccess.delete!(id, inputs, operation);
  expect(await forgeAccess.read!(id, inputs, operation)).toBeUndefined();
});

test('the default branch is put right by an update', async () => {
  const inputs = { ...common(), organization: 'offerfit', repository: 'platform', branch: 'main' };
  await forgeRepository.create(inputs, operation);
  expect(await forgeRepository.read!('id', { ...inputs, branch: 'old' }, operation)).toMatchObject({ branch: 'main' });
  await forgeRepository.update!('id', inputs, { ...inputs, branch: 'trunk' }, operation);
  expect(gitea.repositories.get('offerfit/platform')).toMatchObject({ default_branch: 'trunk' });
});

describe('a forge in trouble', () => {
  const api = (options: { requestTimeoutMs?: number; patienceMs?: number; signal?: AbortSignal } = {}) =>
    new GiteaApi(common().forge, { signal: operation.signal, ...options });

  test('is asked by its name, on loopback, as the administrator', async () => {
    await api().ask('GET', '/orgs/offerfit', [404]);
    expect(gitea.requests).toEqual([
      { method: 'GET', path: '/orgs/offerfit', host: `git.offerfit.local:${gitea.port}`, user: 'slipway' },
    ]);
  });

  test('that is not routed yet, has no pod yet or drops the connection is asked again', async () => {
    gitea.troubles = ['no-route', 'gateway', 'reset', 'none'];
    gitea.organizations.set('offerfit', { description: 'x' });
    const answer = await api().ask('GET', '/orgs/offerfit', [200]);
    expect(answer.body).toEqual({ description: 'x' });
    expect(gitea.requests).toHaveLength(4);
  });

  test('that stays away is told with what was seen', async () => {
    gitea.troubles = ['gateway'];
    await expect(api({ patienceMs: 0 }).ask('GET', '/version', [200])).rejects.toMatchObject({
      message: 'the forge at http://git.offerfit.local does not answer: the ingress says 503',
      repair: expect.stringContaining('slipway status'),
    });
  });

  test('where nothing listens says where it was looked for', async () => {
    await gitea.stop();
    await expect(api({ patienceMs: 0 }).ask('GET', '/version', [200])).rejects.toThrow(
      `nothing listens at 127.0.0.1:${gitea.port} (ECONNREFUSED)`,
    );
  });

  test('that refuses the password is not asked again, and the password is not told', async () => {
    gitea.troubles = ['refuse-password'];
    const error = await api()
      .ask('GET', '/orgs/offerfit', [200])
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ message: 'the forge refuses the password of "slipway"', repair: expect.any(String) });
    expect(JSON.stringify([error, (error as Error).stack])).not.toContain('hush');
    expect(gitea.requests).toHaveLength(1);
  });

  test('that fails says what it said', async () => {
    gitea.troubles = ['fail'];
    await expect(api().ask('POST', '/orgs', [201], { username: 'x' })).rejects.toMatchObject({
      message: 'the forge answers 500 to POST /orgs',
      details: ['database is locked'],
    });
  });

  test('that takes a name for taken says so', async () => {
    gitea.users.set('argocd', { full_name: 'x' });
    await expect(api().ask('POST', '/admin/users', [201], { username: 'argocd' })).rejects.toMatchObject({
      message: 'the forge answers 422 to POST /admin/users',
      details: ['argocd is taken'],
    });
  });

  test('that hangs is given up on', async () => {
    gitea.troubles = ['hang'];
    await expect(api({ requestTimeoutMs: 50, patienceMs: 0 }).ask('GET', '/version', [200])).rejects.toThrow(
      'does not answer',
    );
  });

  test('is let go at once when the user interrupts', async () => {
    gitea.troubles = ['hang'];
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(new Error('enough')), 50);
    await expect(api({ signal: interrupt.signal }).ask('GET', '/version', [200])).rejects.toThrow('enough');
  });
});

test('a repository that may be adopted is taken as it is, whoever made it', async () => {
  const inputs = { ...common(), organization: 'offerfit', repository: 'hello', branch: 'main', adopt: true };
  gitea.organizations.set('offerfit', { description: 'managed by Slipway' });
  const theirs = { description: 'made by a push', default_branch: 'trunk' };
  gitea.repositories.set('offerfit/hello', theirs);
  const { id } = await forgeRepository.create(inputs, operation);
  expect(gitea.repositories.get('offerfit/hello')).toEqual(theirs);
  expect(await forgeRepository.read!(id, inputs, operation)).toEqual(inputs);
});
