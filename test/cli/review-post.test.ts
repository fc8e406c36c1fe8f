import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { FakeForge } from '../forge/fake-forge';
import { inProcess, projectCopy, removeCopy, type Result } from './cli';

// renders and reads a whole project
jest.setTimeout(60_000);

const file = 'dist/production/service-a/Deployment.service-a.yaml';
const folder = mkdtempSync(path.join(os.tmpdir(), 'post-'));
let root: string;
let commit: string;
let forge: FakeForge;
let env: Record<string, string>;

const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const edit = (from: string, to: string): void => {
  const target = path.join(root, file);
  const text = readFileSync(target, 'utf8');
  expect(text).toContain(from);
  writeFileSync(target, text.replace(from, to));
};

beforeAll(() => {
  root = projectCopy();
  edit('replicas: 2', 'replicas: 3');
  git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.invalid', 'commit', '--quiet', '--all', '--message', 'More');
  commit = git('rev-parse', 'HEAD');
});
afterAll(() => {
  removeCopy(root);
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  forge = new FakeForge('gitea', () => commit);
  const connection = await forge.start();
  env = {
    SLIPWAY_FORGE_TOKEN: 'a-token',
    SLIPWAY_FORGE_URL: new URL(connection.api).origin,
    SLIPWAY_FORGE_RESOLVE: connection.resolve!,
    GITHUB_EVENT_PATH: '',
  };
  await propose();
});
afterEach(() => forge.stop());

async function propose(): Promise<void> {
  forge.pulls.push({
    number: 1,
    title: '',
    body: '',
    state: 'open',
    merged: false,
    head: { ref: 'more', sha: commit },
    base: { ref: 'main' },
    html_url: 'http://git.offerfit.local/offerfit/platform/pulls/1',
    node_id: '',
  });
}

const post = (...args: string[]): Promise<Result> =>
  inProcess(['review', '--base', 'HEAD~1', '--head', 'HEAD', '--fail-on', 'never', ...args], { root, env });

function eventFile(event: unknown): void {
  env['GITHUB_EVENT_PATH'] = path.join(folder, 'event.json');
  writeFileSync(env['GITHUB_EVENT_PATH'], typeof event === 'string' ? event : JSON.stringify(event));
}

test('writes one comment and a status, however often it is run', async () => {
  const first = await post('--post', '1');
  expect(first.stderr).toContain('comment created: http://forge/comments/100');
  expect(first.exitCode).toBe(0);
  expect((await post('--post', '1')).stderr).toContain('pull request 1 says so already');
  expect(forge.comments).toHaveLength(1);
  expect(forge.comments[0]!.body).toContain('changed <code>Deployment service-a</code>');
  expect(forge.comments[0]!.body).toContain(`/offerfit/platform/src/commit/${commit}/${file}`);
  expect(forge.statuses[0]).toMatchObject({ commit, state: 'success', context: 'slipway/review' });
});

test('the status fails where the command does', async () => {
  const { exitCode } = await post('--post', '1', '--fail-on', 'info');
  expect(exitCode).toBe(1);
  expect(forge.statuses[0]).toMatchObject({ state: 'failure' });
});

test('links the whole report', async () => {
  await post('--post', '1', '--report-url', 'https://ci.example/report.html');
  expect(forge.comments[0]!.body).toContain('[whole report](<https://ci.example/report.html>)');
  expect(forge.statuses[0]).toMatchObject({ target_url: 'https://ci.example/report.html' });
});

test('in CI it is the pull request of the event, and the status is for the commit of the event', async () => {
  eventFile({ pull_request: { number: 1, head: { sha: 'd'.repeat(40) } } });
  expect((await post('--post')).exitCode).toBe(0);
  expect(forge.comments).toHaveLength(1);
  expect(forge.statuses[0]).toMatchObject({ commit: 'd'.repeat(40) });
});

test.each([
  ['no event', undefined],
  ['an event of no pull request', { ref: 'refs/heads/main' }],
  ['an event that is no JSON', '{'],
])('with %s a number is asked for', async (_what, event) => {
  if (event !== undefined) eventFile(event);
  const { exitCode, stderr } = await post('--post');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('--post does not know which pull request is meant');
  expect(stderr).toContain('--post 7');
});

test('a review of another commit than the pull request holds is not posted', async () => {
  Object.assign(forge.pulls[0]!.head, { sha: 'e'.repeat(40) });
  const { exitCode, stderr } = await post('--post', '1');
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`the review is of ${commit.slice(0, 7)}, pull request 1 is at eeeeeee`);
  expect([forge.comments, forge.statuses]).toEqual([[], []]);
});

test('where the review cannot be made, the commit says so and nothing is commented', async () => {
  const { exitCode } = await inProcess(['review', '--base', 'no-such-branch', '--post', '1'], { root, env });
  expect(exitCode).toBe(2);
  expect(forge.statuses).toEqual([expect.objectContaining({ commit, state: 'error', context: 'slipway/review' })]);
  expect(forge.comments).toEqual([]);
});

test('a forge that refuses ends the command with 2 and does not print the token', async () => {
  forge.faultsOf.set('GET', 401);
  const { exitCode, stdout, stderr } = await post('--post', '1');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('refuses the credentials');
  expect(stdout + stderr).not.toContain('a-token');
});

test.each([
  [['--post', '0'], 'a pull request is named by its number'],
  [['--post', 'x'], 'a pull request is named by its number'],
  [['--report-url', 'javascript:alert(1)'], 'an address begins with http:// or https://'],
])('%j is refused', async (args, message) => {
  const { exitCode, stderr } = await post(...args);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
});
