import { UserError } from '../../../core/errors';
import { GithubApi, type GithubApiOptions } from '../../../infra/github/api';
import { waitMs, type GithubAnswer } from '../../../infra/github/answers';
import { fakeGithub, type FakeGithub, type Reply } from './fake-github';

let github: FakeGithub;
afterEach(() => github?.close());

const signal = new AbortController().signal;
async function ask(reply: Reply | readonly Reply[], options: Partial<GithubApiOptions> = {}): Promise<GithubAnswer> {
  github = await fakeGithub({ 'GET /repos/example/platform': reply });
  return new GithubApi({ token: 'ghp_hush', signal, baseUrl: github.baseUrl, ...options }).ask(
    'GET',
    '/repos/example/platform',
  );
}

async function refusal(reply: Reply, options: Partial<GithubApiOptions> = {}): Promise<UserError> {
  const error: unknown = await ask(reply, { patienceMs: 0, ...options }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  expect(JSON.stringify([error, (error as Error).message])).not.toContain('ghp_hush');
  return error as UserError;
}

test('what comes is handed on, with the token in the header that GitHub wants', async () => {
  expect((await ask({ body: { id: 1 } })).body).toEqual({ id: 1 });
  expect(github.tokens).toEqual(['Bearer ghp_hush']);
});

describe('each refusal has an error of its own', () => {
  test('a revoked token', async () => {
    const { message, repair } = await refusal({ status: 401, body: { message: 'Bad credentials' } });
    expect(message).toBe('GitHub refuses the credentials: they are revoked, expired or mistyped');
    expect(repair).toContain('make a new token or key');
  });

  test('single sign-on, with the page that grants it', async () => {
    const url = 'https://github.com/orgs/example/sso?authorization_request=A1';
    const headers = { 'x-github-sso': `required; url=${url}` };
    const { message, repair } = await refusal({ status: 403, headers, body: { message: 'Resource protected' } });
    expect(message).toContain('not authorized for the single sign-on');
    expect(repair).toBe(url);
  });

  test('a missing permission, by its name', async () => {
    const headers = { 'x-accepted-github-permissions': 'administration=write,contents=read; metadata=read' };
    const body = { message: 'Resource not accessible by personal access token' };
    const { message, details } = await refusal({ status: 403, headers, body });
    expect(message).toBe(
      'GitHub refuses GET /repos/example/platform: the permission administration: write, contents: read is missing',
    );
    expect(details).toEqual(['Resource not accessible by personal access token']);
  });

  test('a missing scope of a classic token, by its name', async () => {
    const { message } = await refusal({ status: 404, headers: { 'x-accepted-oauth-scopes': 'repo' } });
    expect(message).toContain('the scope repo is missing');
  });

  test('the hourly limit, with the time when it ends', async () => {
    const reset = Math.floor(Date.now() / 1000) + 1800;
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) };
    const { message } = await refusal({ status: 403, headers }, { patienceMs: 1000 });
    expect(message).toBe(
      `GitHub's hourly limit is used up, until ${new Date(reset * 1000).toISOString().slice(11, 16)} UTC`,
    );
  });

  test('anything else, as it is', async () => {
    const { message, details } = await refusal({ status: 422, body: { message: 'Validation Failed' } });
    expect([message, details]).toEqual(['GitHub answers 422 to GET /repos/example/platform', ['Validation Failed']]);
  });

  test('a server that is not there', async () => {
    const { message } = await refusal({}, { baseUrl: 'http://127.0.0.1:1' });
    expect(message).toBe('GitHub does not answer');
  });
});

describe('limits and outages are waited for', () => {
  test.each([
    ['a secondary limit', { status: 403, headers: { 'retry-after': '0' } }],
    ['too many requests', { status: 429, headers: { 'retry-after': '0' } }],
  ])('%s, as long as GitHub says', async (_name, reply) => {
    const waits: string[] = [];
    const { body } = await ask([reply, reply, { body: { id: 2 } }], { onWait: (reason) => waits.push(reason) });
    expect(body).toEqual({ id: 2 });
    expect(waits).toEqual(Array(2).fill("GitHub's secondary limit is reached; asking again in 0 s"));
  });

  const answer = (status: number, headers: Record<string, string> = {}, message = ''): GithubAnswer => ({
    status,
    headers: new Headers(headers),
    body: { message },
  });
  const now = 1_000_000_000_000;

  test.each<[string, GithubAnswer | undefined, number, number | undefined]>([
    ['Retry-After in seconds', answer(403, { 'retry-after': '30' }), 1, 30_000],
    [
      'the start of the next hour',
      answer(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1000000090' }),
      1,
      90_000,
    ],
    ['a minute where only the message tells', answer(403, {}, 'You have exceeded a secondary rate limit'), 1, 60_000],
    ['twice as long the next time', answer(403, {}, 'You have exceeded a secondary rate limit'), 2, 120_000],
    ['a second for a broken server', answer(502), 1, 1000],
    ['no more for one that stays broken', answer(502), 3, undefined],
    ['silence like a broken server', undefined, 2, 2000],
    [
      'never for a plain refusal',
      answer(403, { 'x-ratelimit-remaining': '4999' }, 'Must have admin rights'),
      1,
      undefined,
    ],
    ['never for what is not there', answer(404), 1, undefined],
  ])('%s', (_name, reply, attempt, ms) => {
    expect(waitMs(reply, attempt, now)?.ms).toBe(ms);
  });

  test('an interruption ends the wait', async () => {
    const stop = new AbortController();
    const asking = ask(
      { status: 403, headers: { 'retry-after': '60' } },
      { signal: stop.signal, onWait: () => stop.abort(new Error('interrupted')) },
    );
    await expect(asking).rejects.toThrow(/interrupted|aborted/);
  });
});

test('a list is read page by page', async () => {
  const page = (from: number, count: number) => ({
    body: { variables: Array.from({ length: count }, (_none, index) => ({ name: `V${from + index}` })) },
  });
  github = await fakeGithub({ 'GET /variables': [page(0, 100), page(100, 1)] });
  const list = await new GithubApi({ token: 't', signal, baseUrl: github.baseUrl }).list('/variables', 'variables');
  expect(list).toHaveLength(101);
  expect(github.asked).toHaveLength(2);
});
