import type { Server } from 'node:http';
import { sendDispatch } from '../../cli/platform/dispatch';
import { UserError } from '../../core/errors';
import type { ForgeEvent } from '../../ci/event';
import { createReceiver, hookPath, type Duty } from '../../ci/receiver';
import { signatureOf } from '../../core/signature';
import { close, listen, pushPayload, secret, send } from './support';

describe('the receiver', () => {
  let server: Server;
  let port: number;
  let events: ForgeEvent[];
  let lines: string[];
  let duties: Duty[];

  beforeEach(async () => {
    events = [];
    lines = [];
    duties = [{ name: 'note', accept: async (event) => void events.push(event) }];
    server = createReceiver({
      secret,
      duties,
      bodyLimitBytes: 4096,
      pages: [
        {
          below: '/runs/',
          read: async (rest) => (rest === '1/test.log' ? { type: 'text/plain', body: 'all good' } : undefined),
        },
      ],
      say: (line) => lines.push(line),
    });
    port = await listen(server);
  });

  afterEach(() => close(server));

  it('hands a signed push to every duty', async () => {
    const second: ForgeEvent[] = [];
    duties.push({ name: 'refresh', accept: async (event) => void second.push(event) });
    const body = JSON.stringify(pushPayload());
    expect(await send(port, { body })).toEqual({ status: 200, body: 'accepted\n' });
    expect(events).toEqual([
      {
        name: 'push',
        repository: 'offerfit/platform',
        ref: 'refs/heads/main',
        commit: 'a'.repeat(40),
        before: 'b'.repeat(40),
        actor: 'ada',
        payload: pushPayload(),
      },
    ]);
    expect(second).toEqual(events);
    expect(lines).toEqual(['push offerfit/platform refs/heads/main aaaaaaa']);
  });

  it.each([
    ['no signature', undefined],
    ['a signature by another secret', signatureOf('another secret altogether', Buffer.from('{}'))],
    ['a signature of another body', signatureOf(secret, Buffer.from('{ }'))],
    ['half a signature', 'abcdef'],
    ['no hexadecimal digits', 'z'.repeat(64)],
  ])('refuses %s', async (_what, signature) => {
    expect(await send(port, { body: '{}', signature })).toMatchObject({ status: 401 });
    expect(events).toEqual([]);
  });

  it('refuses what is too large, malformed, or no POST', async () => {
    expect((await send(port, { body: JSON.stringify(pushPayload({ commits: 'x'.repeat(5000) })) })).status).toBe(413);
    expect(await send(port, { body: '{' })).toEqual({ status: 400, body: 'the body of the event is not JSON\n' });
    expect((await send(port, { body: 'null' })).body).toBe('the body of the event is no object\n');
    expect((await send(port, { body: '', method: 'GET' })).status).toBe(405);
    expect(events).toEqual([]);
  });

  it.each([
    ['a repository outside of its folder', { repository: { full_name: '../etc/passwd' } }, 'repository.full_name'],
    ['a commit that is an option', { after: '--upload-pack=evil' }, 'after'],
    ['a branch that is a path', { ref: 'refs/heads/../../x' }, 'ref'],
    ['a branch that is an option', { ref: 'refs/heads/-x' }, 'ref'],
    ['a branch with a space', { ref: 'refs/heads/a b' }, 'ref'],
  ])('refuses %s', async (_what, change, field) => {
    const { status, body } = await send(port, { body: JSON.stringify(pushPayload(change)) });
    expect(status).toBe(400);
    expect(body).toContain(`${field} of the event is not what a forge sends`);
  });

  it('does nothing about deleted branches and events it does not know', async () => {
    const deleted = JSON.stringify(pushPayload({ after: '0'.repeat(40) }));
    expect(await send(port, { body: deleted })).toEqual({ status: 200, body: 'nothing to do\n' });
    expect((await send(port, { kind: 'issues', body: '{}' })).body).toBe('nothing to do\n');
    expect((await send(port, { kind: 'constructor', body: '{}' })).body).toBe('nothing to do\n');
    expect(events).toEqual([]);
  });

  it('knows pull requests by GitHub’s words and leaves those of forks alone', async () => {
    const pull = (action: string, from: string) => ({
      kind: 'pull_request',
      body: JSON.stringify({
        ...pushPayload(),
        action,
        number: 7,
        pull_request: {
          head: { sha: 'c'.repeat(40), repo: { full_name: from } },
          base: { sha: 'd'.repeat(40) },
        },
      }),
    });
    await send(port, pull('synchronized', 'offerfit/platform'));
    await send(port, pull('opened', 'mallory/platform'));
    await send(port, pull('closed', 'offerfit/platform'));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      name: 'pull_request',
      ref: 'refs/pull/7/head',
      commit: 'c'.repeat(40),
      before: 'd'.repeat(40),
      payload: { action: 'synchronize' },
    });
  });

  it('knows releases by their tags once they are published', async () => {
    const release = (change: object) => ({
      kind: 'release',
      body: JSON.stringify({ ...pushPayload(), action: 'published', release: { tag_name: 'v1.2.0' }, ...change }),
    });
    await send(port, release({}));
    await send(port, release({ action: 'deleted' }));
    await send(port, release({ release: { tag_name: 'v1.3.0', draft: true } }));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ name: 'release', ref: 'refs/tags/v1.2.0' });
    expect(events[0]!.commit).toBeUndefined();
  });

  it('takes the publication of a service, which the forge itself cannot send', async () => {
    const publication = {
      service: 'hello',
      platform: 'offerfit/platform',
      image: 'registry.offerfit.local/hello:3f2c1ab',
      digest: `sha256:${'0a'.repeat(32)}`,
      commit: 'a'.repeat(40),
      time: '2026-01-31T09:30:00Z',
    };
    const before = { ...process.env };
    const receiver = `http://127.0.0.1:${port}${hookPath}`;
    try {
      Object.assign(process.env, { SLIPWAY_CI_URL: receiver, SLIPWAY_CI_SECRET: 'another secret altogether' });
      const { signal } = new AbortController();
      await expect(sendDispatch(publication, signal)).rejects.toThrow('answers 401');
      process.env['SLIPWAY_CI_SECRET'] = secret;
      await sendDispatch(publication, signal);
    } finally {
      process.env = before;
    }
    expect(events).toHaveLength(1);
    const { platform, ...payload } = publication;
    expect(events[0]).toMatchObject({
      name: 'repository_dispatch',
      repository: platform,
      ref: 'refs/heads/main',
      // publications of different services or images never take each other's place
      subject: `image-published hello ${publication.digest}`,
      payload: { action: 'image-published', client_payload: payload },
    });
  });

  it('asks the forge to come again where a duty cannot take note, and lets the others do theirs', async () => {
    duties.unshift({
      name: 'queue',
      accept: () => Promise.reject(new UserError('50 runs wait already')),
    });
    expect(await send(port, { body: JSON.stringify(pushPayload()) })).toEqual({
      status: 503,
      body: 'queue: 50 runs wait already\n',
    });
    expect(events).toHaveLength(1);
  });

  it('serves its pages and nothing else', async () => {
    const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);
    expect(await (await get('/healthz')).text()).toBe('ok\n');
    expect(await (await get('/runs/1/test.log')).text()).toBe('all good');
    expect((await get('/runs/1/other.log')).status).toBe(404);
    expect((await get('/')).status).toBe(404);
    expect((await get('/runs/1/test.log', { method: 'DELETE' })).status).toBe(405);
  });

  it('refuses a secret that can be guessed', () => {
    expect(() => createReceiver({ secret: 'short', duties: [], say: () => undefined })).toThrow(
      'shorter than 16 characters',
    );
  });
});
