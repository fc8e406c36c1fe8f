import { silentProgress } from '../../../core/progress';
import type { ResourceType } from '../../../infra/provider/resource-type';
import { forgeBranchProtection } from '../../../infra/provider/types/forge-branch-protection';
import { forgeHook, type ForgeHookInputs } from '../../../infra/provider/types/forge-hook';
import { forgeLabel } from '../../../infra/provider/types/forge-label';
import { forgeSecret } from '../../../infra/provider/types/forge-secret';
import { forgeTeam, type ForgeTeamInputs } from '../../../infra/provider/types/forge-team';
import { forgeToken, type ForgeTokenInputs } from '../../../infra/provider/types/forge-token';
import { forgeVariable } from '../../../infra/provider/types/forge-variable';
import { FakeGitea } from './fake-gitea';

const operation = { signal: new AbortController().signal, progress: silentProgress };
let gitea: FakeGitea;

beforeEach(async () => void (gitea = await new FakeGitea().start()));
afterEach(() => gitea.stop());

const common = () => ({
  forge: { host: 'git.offerfit.local', port: gitea.port, username: 'slipway', password: 'hush' },
  cluster: 'c1',
  organization: 'offerfit',
});

const protection = () => ({
  ...common(),
  repository: 'platform',
  branch: 'main',
  pushers: ['delivery'],
  requiredStatuses: ['ci/*'],
});
const hook = (): ForgeHookInputs => ({
  ...common(),
  url: 'http://argocd-server.argocd/api/webhook',
  secret: 'shared',
  events: ['push', 'delete'],
});
const label = () => ({ ...common(), label: 'preview', color: '2b7a78', description: 'run it' });
const secret = () => ({ ...common(), name: 'FORGE_TOKEN', value: 'first' });
const team = (): ForgeTeamInputs => ({
  ...common(),
  team: 'readers',
  units: { 'repo.code': 'read' },
  members: ['argocd'],
});
const variable = () => ({ ...common(), name: 'REGISTRY', value: 'registry.offerfit.local' });

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each type has inputs of its own
const kinds: readonly (readonly [string, ResourceType<any, any>, () => object, (gitea: FakeGitea) => unknown])[] = [
  ['branch protection', forgeBranchProtection, protection, ({ lists }) => lists.protections.get('main')],
  ['hook', forgeHook, hook, ({ lists }) => lists.hooks[0]],
  ['label', forgeLabel, label, ({ lists }) => lists.labels[0]],
  ['secret', forgeSecret, secret, ({ lists }) => lists.secrets.get('FORGE_TOKEN')],
  ['team', forgeTeam, team, ({ lists }) => lists.teams[0]],
  ['variable', forgeVariable, variable, ({ lists }) => lists.variables.get('REGISTRY')],
];

describe.each(kinds)('a %s', (_kind, type, inputs, find) => {
  test('is made, seen, made only once when it is made again, and removed', async () => {
    const { id } = await type.create(inputs(), operation);
    expect(find(gitea)).toBeDefined();
    expect(await type.read!(id, inputs(), operation)).toEqual(inputs());
    expect((await type.create(inputs(), operation)).id).toBe(id);
    for (const list of [gitea.lists.hooks, gitea.lists.labels, gitea.lists.teams]) {
      expect(list.length).toBeLessThanOrEqual(1);
    }
    await type.delete!(id, inputs(), operation);
    expect(find(gitea)).toBeUndefined();
    expect(await type.read!(id, inputs(), operation)).toBeUndefined();
    // removing what is gone is no error
    await type.delete!(id, inputs(), operation);
  });

  test('a new forge gets it by an update', async () => {
    await type.create(inputs(), operation);
    await gitea.stop();
    gitea = await new FakeGitea().start();
    await type.update!('id', inputs(), inputs(), operation);
    expect(find(gitea)).toBeDefined();
  });
});

test('a protected branch takes pushes of the named alone, pull requests with their statuses, and no rewriting', async () => {
  await forgeBranchProtection.create(protection(), operation);
  expect(gitea.lists.protections.get('main')).toMatchObject({
    enable_push: true,
    enable_push_whitelist: true,
    push_whitelist_usernames: ['delivery'],
    enable_force_push: false,
    enable_status_check: true,
    status_check_contexts: ['ci/*'],
  });
  gitea.lists.protections.get('main')!['push_whitelist_usernames'] = ['delivery', 'mallory'];
  // somebody was let in by hand: a refresh shows it, and an update puts it right
  expect(await forgeBranchProtection.read!('id', protection(), operation)).toMatchObject({
    pushers: ['delivery', 'mallory'],
  });
  await forgeBranchProtection.update!('id', protection(), protection(), operation);
  expect(await forgeBranchProtection.read!('id', protection(), operation)).toEqual(protection());
});

test('a hook is signed, and a new secret replaces it, since the forge changes none', async () => {
  await forgeHook.create(hook(), operation);
  await forgeHook.update!('id', hook(), { ...hook(), secret: 'other' }, operation);
  expect(gitea.lists.hooks).toEqual([
    {
      id: 2,
      type: 'gitea',
      active: true,
      events: ['push', 'delete'],
      config: { url: 'http://argocd-server.argocd/api/webhook', content_type: 'json', secret: 'other' },
    },
  ]);
});

test('a hook that was switched off or listens to other events is seen as such; other hooks are left alone', async () => {
  gitea.lists.hooks.push({ id: 90, active: true, events: [], config: { url: 'http://elsewhere' } });
  await forgeHook.create(hook(), operation);
  gitea.lists.hooks[1]!['events'] = ['push'];
  expect(await forgeHook.read!('id', hook(), operation)).toMatchObject({ events: ['push'] });
  gitea.lists.hooks[1]!['active'] = false;
  expect(await forgeHook.read!('id', hook(), operation)).toBeUndefined();
  await forgeHook.delete!('id', hook(), operation);
  expect(gitea.lists.hooks).toEqual([expect.objectContaining({ id: 90 })]);
});

test('a label has the colour of the catalog again after somebody changed it', async () => {
  await forgeLabel.create(label(), operation);
  gitea.lists.labels[0]!['color'] = 'ffffff';
  expect(await forgeLabel.read!('id', label(), operation)).toMatchObject({ color: 'ffffff' });
  await forgeLabel.update!('id', label(), label(), operation);
  expect(gitea.lists.labels[0]).toMatchObject({ name: 'preview', color: '#2b7a78' });
});

test('a team has exactly its members, in every repository and without the right to make one', async () => {
  await forgeTeam.create(team(), operation);
  const { id } = gitea.lists.teams[0] as { id: number };
  expect(gitea.lists.teams[0]).toMatchObject({
    permission: 'read',
    units_map: { 'repo.code': 'read' },
    includes_all_repositories: true,
    can_create_org_repo: false,
  });
  gitea.lists.members.get(id)!.add('mallory');
  expect(await forgeTeam.read!('id', team(), operation)).toMatchObject({ members: ['argocd', 'mallory'] });
  await forgeTeam.update!('id', team(), { ...team(), members: ['statuses'] }, operation);
  expect([...gitea.lists.members.get(id)!]).toEqual(['statuses']);
});

test("somebody else's team of that name is refused and left alone", async () => {
  gitea.lists.teams.push({ id: 7, name: 'readers', description: 'our customers' });
  await expect(forgeTeam.create(team(), operation)).rejects.toMatchObject({
    message: 'the forge has a team "readers" that Slipway did not make',
    repair: expect.any(String),
  });
  expect(gitea.lists.teams).toEqual([{ id: 7, name: 'readers', description: 'our customers' }]);
});

test('a secret and a variable take another value', async () => {
  await forgeSecret.create(secret(), operation);
  await forgeSecret.update!('id', secret(), { ...secret(), value: 'second' }, operation);
  expect(gitea.lists.secrets.get('FORGE_TOKEN')).toBe('second');
  await forgeVariable.create(variable(), operation);
  gitea.lists.variables.set('REGISTRY', 'elsewhere');
  expect(await forgeVariable.read!('id', variable(), operation)).toMatchObject({ value: 'elsewhere' });
  await forgeVariable.update!('id', variable(), variable(), operation);
  expect(gitea.lists.variables.get('REGISTRY')).toBe('registry.offerfit.local');
});

describe('a token', () => {
  const inputs = (): ForgeTokenInputs => ({ ...common(), login: 'delivery', scopes: ['write:repository'] });

  test('can do what its scopes say, is told once and seen by its number', async () => {
    const { id, outputs } = await forgeToken.create(inputs(), operation);
    expect(outputs).toEqual({ value: 'token-1', number: 1 });
    expect(gitea.lists.tokens[0]).toMatchObject({ scopes: ['write:repository'] });
    expect(await forgeToken.read!(id, { ...inputs(), ...outputs }, operation)).toMatchObject(outputs);
    await forgeToken.delete!(id, { ...inputs(), ...outputs }, operation);
    expect(await forgeToken.read!(id, { ...inputs(), ...outputs }, operation)).toBeUndefined();
  });

  test('that an interrupted run made gives way, and the delete that follows leaves the new one', async () => {
    const { outputs: lost } = await forgeToken.create(inputs(), operation);
    const { outputs } = await forgeToken.create(inputs(), operation);
    await forgeToken.delete!('delivery', { ...inputs(), ...lost }, operation);
    expect(gitea.lists.tokens.map(({ id }) => id)).toEqual([outputs.number]);
  });

  test('stays when only the way to the forge changes, and is drawn again for a new forge', async () => {
    const { outputs } = await forgeToken.create(inputs(), operation);
    const state = { ...inputs(), ...outputs };
    expect(await forgeToken.update!('delivery', state, inputs(), operation)).toEqual(outputs);
    const renewed = await forgeToken.update!('delivery', state, { ...inputs(), cluster: 'c2' }, operation);
    expect(renewed.number).not.toBe(outputs.number);
  });

  test('is kept encrypted in the state', () => {
    expect(forgeToken.secretOutputs).toEqual(['value']);
  });
});
