import { openDiscussion, type Discussion, type RestClientOptions } from '../../forge';
import { FakeForge } from './fake-forge';

const repository = { owner: 'offerfit', name: 'platform' };
const marker = '<!-- a-note -->';
const note = (text: string) => ({ marker, text: (limit: number) => `${marker}\n${text}`.slice(0, limit) });
const commit = 'c'.repeat(40);

describe.each(['gitea', 'github'] as const)('%s', (type) => {
  let forge: FakeForge;
  let discussion: Discussion;

  const open = async (options: RestClientOptions = {}): Promise<void> => {
    discussion = openDiscussion(await forge.start(), repository, { patienceMs: 5_000, ...options });
  };

  beforeEach(async () => {
    forge = new FakeForge(type);
    forge.pulls.push({
      number: 1,
      title: '',
      body: '',
      state: 'open',
      merged: false,
      head: { ref: 'change', sha: commit },
      base: { ref: 'main' },
      html_url: 'http://forge/pulls/1',
      node_id: '',
    });
    await open();
  });
  afterEach(() => forge.stop());

  test('a pull request is found with the commit at its head', async () => {
    expect(await discussion.find(1)).toEqual({ number: 1, url: 'http://forge/pulls/1', commit });
  });

  test('one that is not there, or not to be seen, is named with the repair', async () => {
    await expect(discussion.find(7)).rejects.toMatchObject({
      message: 'offerfit/platform has no pull request 7, or the credentials may not see it',
      repair: expect.stringContaining('a token that may read the repository'),
    });
  });

  test('a note is written once and brought up to date after that', async () => {
    expect(await discussion.write(1, note('one'))).toEqual({ url: 'http://forge/comments/100', outcome: 'created' });
    expect(await discussion.write(1, note('two'))).toEqual({ url: 'http://forge/comments/100', outcome: 'updated' });
    expect(forge.comments.map(({ body }) => body)).toEqual([`${marker}\ntwo`]);
  });

  test('a note that says the same is not written again', async () => {
    forge.comment(`${marker}\r\nsame\n`);
    expect((await discussion.write(1, note('same'))).outcome).toBe('unchanged');
    expect(forge.asked.every(({ method, path }) => method === 'GET' || path === '/graphql')).toBe(true);
  });

  test('its own comment is found behind many others', async () => {
    for (let count = 0; count < 120; count += 1) forge.comment(`talk ${count}`, 'ada');
    forge.comment(`${marker}\nold`);
    expect((await discussion.write(1, note('new'))).outcome).toBe('updated');
    expect(forge.comments).toHaveLength(121);
  });

  test('comments of others stay as they are, also with the marker; so do its own without', async () => {
    forge.comment(`${marker}\nforged`, 'mallory');
    forge.comment(`as it said: ${marker}`);
    expect((await discussion.write(1, note('real'))).outcome).toBe('created');
    expect(forge.comments.map(({ body }) => body)).toEqual([
      `${marker}\nforged`,
      `as it said: ${marker}`,
      `${marker}\nreal`,
    ]);
  });

  test('of two that were written at once one stays', async () => {
    forge.comment(`${marker}\nfirst`);
    forge.comment(`${marker}\nsecond`);
    await discussion.write(1, note('third'));
    expect(forge.comments.map(({ id, body }) => [id, body])).toEqual([[100, `${marker}\nthird`]]);
  });

  test('a text that is too long for the forge is asked for shorter', async () => {
    forge.longestComment = 20_000;
    await discussion.write(1, note('x'.repeat(100_000)));
    expect(forge.comments[0]!.body).toHaveLength(16_384);
  });

  test('a forge that takes nothing is told of', async () => {
    forge.longestComment = 10;
    await expect(discussion.write(1, note('x'.repeat(100_000)))).rejects.toMatchObject({
      message: 'the forge takes no comment of 4096 characters at pull request 1',
      details: [expect.stringContaining('Body is too long')],
    });
  });

  test('another refusal of the text is not taken for its length', async () => {
    forge.faultsOf.set('POST', 422);
    await expect(discussion.write(1, note('x'.repeat(10_000)))).rejects.toThrow('takes no comment of 10016 characters');
  });

  test.each([
    ['401', 401, /refuses the credentials/],
    ['403', 403, /forbids GET|may not write/],
    ['404', 404, /answers 404/],
    ['500', 500, /answers 500/],
  ] as const)('%s is told without the credentials', async (_name, status, message) => {
    forge.faultsOf.set('GET', status);
    const error = await discussion.write(1, note('x')).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(message);
    expect(JSON.stringify(error)).not.toContain('a-token');
  });

  test('credentials that may read only are told which rights are missing', async () => {
    forge.faultsOf.set('POST', 403);
    await expect(discussion.report(commit, { state: 'success', context: 'c', description: '' })).rejects.toMatchObject({
      message: 'the credentials may not write to offerfit/platform',
      repair: expect.stringContaining('commit statuses'),
    });
  });

  test.each([
    ['a limit', { status: 429, headers: { 'retry-after': '0' } }],
    ['a limit of GitHub', { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' } }],
    ['a restart', 503],
  ])('%s is waited for', async (_name, fault) => {
    const waited: string[] = [];
    await forge.stop();
    forge = new FakeForge(type);
    await open({ onWait: (reason) => waited.push(reason) });
    forge.faults.push(fault);
    expect((await discussion.write(1, note('x'))).outcome).toBe('created');
    expect(waited).toHaveLength(1);
  });

  test('a forge that asks for more patience than there is, is told of', async () => {
    forge.faults.push({ status: 429, headers: { 'retry-after': '3600' } });
    await expect(discussion.write(1, note('x'))).rejects.toThrow('it was asked too often');
  });

  test('a status has its context and link, and a description that the forge takes', async () => {
    await discussion.report(commit, {
      state: 'failure',
      context: 'slipway/review',
      description: 'x'.repeat(200),
      url: 'http://forge/comments/1',
    });
    expect(forge.statuses).toEqual([
      {
        commit,
        state: 'failure',
        context: 'slipway/review',
        description: 'x'.repeat(140),
        target_url: 'http://forge/comments/1',
      },
    ]);
  });
});

test('GitHub that does not say whose the token is, is told of, and nothing is written', async () => {
  const forge = new FakeForge('github');
  forge.user = undefined as unknown as string;
  try {
    const discussion = openDiscussion(await forge.start(), repository);
    forge.comment(`${marker}\nold`, 'ada');
    await expect(discussion.write(1, note('new'))).rejects.toThrow('GitHub does not say whom the token belongs to');
    expect(forge.comments).toHaveLength(1);
  } finally {
    await forge.stop();
  }
});
