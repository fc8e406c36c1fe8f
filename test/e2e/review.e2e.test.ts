/** A review on a pull request of a real Gitea: its comment, its status, and what it leaves alone. */
import { openForge } from '../../forge';
import { renderMarkdown } from '../../review/report/markdown';
import { hostileReview } from '../review/report/fixtures';
import { Workspace, type CommandResult } from './harness';
import { LocalGitea } from './support/gitea';

interface Comment {
  readonly id: number;
  readonly body: string;
  readonly user: { readonly login: string };
}

const repository = { owner: 'offerfit', name: 'platform' };
const at = '/repos/offerfit/platform';
const file = 'dist/production/service-a/Deployment.service-a.yaml';
const workspace = new Workspace({ name: 'review-e2e', httpPort: 18090, httpsPort: 18450, registryPort: 15090 });

let gitea: LocalGitea;
let admin: string;
let bot: string;

beforeAll(async () => {
  gitea = await LocalGitea.start();
  admin = gitea.user('ada', ['all'], true);
  bot = gitea.user('slipway-bot', ['write:issue', 'write:repository', 'read:user']);
  await gitea.ask(admin, 'POST', '/orgs', { username: 'offerfit' });
  await gitea.ask(admin, 'POST', '/orgs/offerfit/repos', { name: 'platform', private: true });
  await gitea.ask(admin, 'PUT', `${at}/collaborators/slipway-bot`, { permission: 'write' });
  const remote = new URL(`${gitea.url}/offerfit/platform.git`);
  Object.assign(remote, { username: 'ada', password: admin });
  workspace.git('remote', 'add', 'forge', remote.href);
  workspace.git('push', '--quiet', 'forge', 'HEAD:refs/heads/main');
  Object.assign(workspace.environment, {
    SLIPWAY_FORGE_TOKEN: bot,
    SLIPWAY_FORGE_URL: gitea.url,
    GITHUB_EVENT_PATH: '',
  });
}, 600_000);

afterAll(async () => {
  await gitea?.stop();
  workspace.remove();
});

const comments = (): Promise<readonly Comment[]> => gitea.ask(admin, 'GET', `${at}/issues/1/comments`);

/** Pushes a change of dist to the branch of the pull request. @returns its commit */
function push(from: string | RegExp, to: string): string {
  workspace.edit(file, from, to);
  const commit = workspace.commit('Change a number of replicas');
  workspace.git('push', '--quiet', 'forge', 'HEAD:refs/heads/replicas');
  return commit;
}

const post = (...args: string[]): Promise<CommandResult> =>
  workspace.slipway('review', '--base', 'forge/main', '--head', 'HEAD', '--post', '1', ...args);

interface Status {
  readonly context: string;
  readonly status: string;
  readonly description: string;
  readonly target_url: string;
}
const statuses = (commit: string): Promise<readonly Status[]> =>
  gitea.ask(admin, 'GET', `${at}/commits/${commit}/statuses`);

let first: string;

test('a pull request gets a comment that says what it does, and its commit a status', async () => {
  first = push('replicas: 2', 'replicas: 3');
  const forge = openForge({ type: 'gitea', api: `${gitea.url}/api/v1`, credentials: { token: admin } }, repository);
  const proposal = { branch: 'replicas', base: 'main', title: 'More replicas', body: '' };
  expect(await forge.propose(proposal)).toMatchObject({ number: 1, commit: first });
  // dist was edited by hand, which is an error by default
  const { exitCode, stderr } = await post('--fail-on', 'never');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('comment created: ') });
  const [comment] = await comments();
  expect(comment).toMatchObject({ user: { login: 'slipway-bot' } });
  expect(comment!.body).toContain('@@ spec.replicas @@\n- 2\n+ 3');
  expect(await statuses(first)).toEqual([
    expect.objectContaining({
      context: 'slipway/review',
      status: 'success',
      target_url: expect.stringContaining('#issuecomment-'),
    }),
  ]);
});

test('the forge shows it folded, and its links lead to the files', async () => {
  const [comment] = await comments();
  const html = await gitea.ask<string>(admin, 'POST', '/markup', {
    Text: comment!.body,
    Mode: 'comment',
    Context: 'offerfit/platform',
  });
  expect(html.match(/<details>/g)?.length).toBeGreaterThanOrEqual(2);
  expect(html).not.toContain('slipway-review');
  const link = /href="([^"]*\/src\/commit\/[^"]*Deployment\.service-a\.yaml)/.exec(html)?.[1];
  const [, commit, linked] = /\/src\/commit\/([0-9a-f]{40})\/(.*)$/.exec(link ?? '') ?? [];
  expect([commit, linked]).toEqual([first, file]);
  expect(await gitea.ask(admin, 'GET', `${at}/raw/${linked}?ref=${commit}`)).toContain('replicas: 3');
});

test('text that wants to mention, link or break out stays text on the forge', async () => {
  const html = await gitea.ask<string>(admin, 'POST', '/markup', {
    Text: renderMarkdown(hostileReview()).replaceAll('octocat', 'ada').replaceAll('#12', '#1'),
    Mode: 'comment',
    Context: 'offerfit/platform',
  });
  expect(html).toContain('ada and');
  expect(html).not.toMatch(/<a [^>]*href/);
  expect(html).not.toMatch(/<(?:img|script|h1)\b/);
});

test('posted again it is the same comment, brought up to date', async () => {
  const [old] = await comments();
  expect((await post()).stderr).toContain('pull request 1 says so already');
  const second = push('replicas: 3', 'replicas: 0');
  const { exitCode, stderr } = await post();
  expect(stderr).toContain('comment updated: ');
  expect(exitCode).toBe(1);
  const now = await comments();
  expect(now.map(({ id }) => id)).toEqual([old!.id]);
  expect(now[0]!.body).toContain('- 2\n+ 0');
  expect(await statuses(second)).toEqual([expect.objectContaining({ status: 'failure' })]);
});

test('a comment of somebody else stays as it is, whatever it bears', async () => {
  const forged = { body: '<!-- slipway-review -->\nall is fine' };
  await gitea.ask(admin, 'POST', `${at}/issues/1/comments`, forged);
  push('replicas: 0', 'replicas: 4');
  expect((await post()).stderr).toContain('comment updated: ');
  const now = await comments();
  expect(now.map(({ user, body }) => [user.login, body.includes('+ 4')])).toEqual([
    ['slipway-bot', true],
    ['ada', false],
  ]);
});

test('what is reviewed must be what is there', async () => {
  workspace.edit(file, 'replicas: 4', 'replicas: 5');
  workspace.commit('Not pushed');
  const { exitCode, stderr } = await post();
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/the review is of [0-9a-f]{7}, pull request 1 is at [0-9a-f]{7}/);
  workspace.git('reset', '--quiet', '--hard', 'HEAD~1');
});

test.each([
  ['may only read', ['read:issue', 'read:repository', 'read:user'], /may not write to offerfit\/platform/],
  ['may not say whose it is', ['write:issue', 'write:repository'], /forbids GET \/user/],
])('a token that %s is told so', async (what, scopes, message) => {
  const name = what.replaceAll(' ', '-');
  workspace.environment['SLIPWAY_FORGE_TOKEN'] = gitea.user(name, scopes);
  await gitea.ask(admin, 'PUT', `${at}/collaborators/${name}`, { permission: 'write' });
  const { exitCode, stderr } = await post();
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain(workspace.environment['SLIPWAY_FORGE_TOKEN']);
});

test('a token that is none, and a pull request that is not there', async () => {
  workspace.environment['SLIPWAY_FORGE_TOKEN'] = 'f'.repeat(40);
  expect((await post()).stderr).toContain('refuses the credentials');
  workspace.environment['SLIPWAY_FORGE_TOKEN'] = bot;
  const { exitCode, stderr } = await workspace.slipway('review', '--post', '77');
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('offerfit/platform has no pull request 77')]);
});
