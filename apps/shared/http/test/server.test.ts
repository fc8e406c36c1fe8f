import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyLimitBytes } from '../incoming';
import { clientErrorListener } from '../listener';
import { HttpError, type Routes } from '../routes';
import { startServer } from '../server';
import { closeAll, deferred, sendRaw, start } from './harness';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };

const routes: Routes = {
  'GET /thing': ({ query }) => ({ body: { thing: query.get('name') } }),
  'POST /thing': ({ body }) => ({ status: 201, headers: { location: '/thing' }, body: { received: body.length } }),
  'POST /only': () => ({ body: {} }),
  'GET /teapot': () => {
    throw new HttpError(418, 'short and stout', { handle: true });
  },
  'GET /broken': () => {
    throw new Error('password is hunter2');
  },
  'GET /unsendable': () => ({ body: { number: 1n } }),
};

afterEach(closeAll);

test('/health and /version are there without being asked for, as JSON that nobody caches', async () => {
  const { url } = await start({});
  const health = await fetch(`${url}/health`);
  expect([health.status, await health.text()]).toEqual([200, '{"Status":"Success"}']);
  expect(Object.fromEntries(health.headers)).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'no-store',
    connection: 'keep-alive',
  });
  expect(await (await fetch(`${url}/version`)).json()).toEqual({ version: '1.2.3' });
});

test('query, body, status and headers pass between client and handler', async () => {
  const { url } = await start(routes);
  expect(await (await fetch(`${url}/thing?name=x%20y`)).json()).toEqual({ thing: 'x y' });
  const created = await fetch(`${url}/thing`, { method: 'POST', body: 'x'.repeat(bodyLimitBytes) });
  expect([created.status, created.headers.get('location'), await created.json()]).toEqual([
    201,
    '/thing',
    { received: bodyLimitBytes },
  ]);
});

test('HEAD answers as GET does, without the body', async () => {
  const { url } = await start(routes);
  const [head, get] = [await fetch(`${url}/health`, { method: 'HEAD' }), await fetch(`${url}/health`)];
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect(head.headers.get('content-length')).toBe(String((await get.text()).length));
});

test('an unknown route is answered with those that exist', async () => {
  const { url } = await start({ 'GET /ping': () => ({ body: {} }) });
  for (const path of ['/', '/ping/', '/pin', '//elsewhere/ping', '/constructor']) {
    const response = await fetch(`${url}${path}`, { headers });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: `no route for ${path}`,
      routes: ['GET /ping', 'GET /health', 'GET /version'],
      traceId,
    });
  }
});

test('an unknown method is answered with those that are allowed', async () => {
  const { url } = await start(routes);
  const response = await fetch(`${url}/thing`, { method: 'DELETE', headers });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST, HEAD']);
  expect(await response.json()).toEqual({
    error: 'DELETE is not allowed for /thing',
    allowed: ['GET', 'POST', 'HEAD'],
    traceId,
  });
  const head = await fetch(`${url}/only`, { method: 'HEAD' });
  expect([head.status, head.headers.get('allow')]).toEqual([405, 'POST']);
});

test('a refusal of a handler reaches the client with its details', async () => {
  const { url } = await start(routes);
  const response = await fetch(`${url}/teapot`, { headers });
  expect([response.status, await response.json()]).toEqual([418, { error: 'short and stout', handle: true, traceId }]);
});

test.each(['/broken', '/unsendable'])('a bug behind %s is in the log, not in the answer', async (path) => {
  const { url, lines } = await start(routes);
  const response = await fetch(`${url}${path}`, { headers });
  expect([response.status, await response.json()]).toEqual([500, { error: 'internal error', traceId }]);
  expect(lines[0]).toMatchObject({ level: 'error', message: 'handler failed', traceId });
  expect(lines[0]?.['error']).toMatch(path === '/broken' ? /hunter2[\s\S]*server\.test/ : /BigInt/);
});

test('a body that is announced too large is refused before it comes', async () => {
  const { url } = await start(routes);
  const answer = await sendRaw(url, `POST /thing HTTP/1.1\r\nHost: x\r\nContent-Length: ${bodyLimitBytes + 1}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 413 Payload Too Large\r\n[\s\S]*connection: close/i);
  expect(answer).toContain('{"error":"the body exceeds 65536 bytes"');
});

test('a body that turns out too large is refused, too', async () => {
  const { url } = await start(routes);
  const size = bodyLimitBytes + 1;
  const answer = await sendRaw(
    url,
    `POST /thing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
});

test.each([
  ['no HTTP', 'hello\r\n\r\n', 400, 'the request is malformed'],
  ['an unknown method', 'FETCH /thing HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'the request is malformed'],
  ['no host', 'GET /thing HTTP/1.1\r\n\r\n', 400, 'the host header is missing'],
  ['headers without end', `GET /thing HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, 431, 'the headers are too large'],
  [
    'chunk extensions without end',
    `POST /thing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}`,
    413,
    'the chunk extensions are too large',
  ],
])('%s is refused and the connection ended', async (_what, bytes, status, error) => {
  const { url } = await start(routes);
  const answer = await sendRaw(url, bytes);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*connection: close`, 'i'));
  expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ error });
});

test.each(['*', 'http://[broken/'])('the target %s is refused', async (target) => {
  const { url } = await start(routes);
  const answer = await sendRaw(url, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*\{"error":"the request target is malformed"/);
});

test('a target with a host is served by its path', async () => {
  const { url } = await start(routes);
  const answer = await sendRaw(url, 'GET http://x/thing?name=y HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*\{"thing":"y"\}/);
});

test('each request is one line, with its trace and without its query', async () => {
  const { url, lines } = await start(routes);
  await fetch(`${url}/thing?name=secret`, { headers });
  await fetch(`${url}/broken`);
  await fetch(`${url}/health`);
  const requests = lines.filter(({ message }) => message === 'request');
  expect(requests).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: 'test',
      message: 'request',
      method: 'GET',
      path: '/thing',
      status: 200,
      durationMs: expect.any(Number),
      traceId,
    },
    expect.objectContaining({
      level: 'error',
      path: '/broken',
      status: 500,
      traceId: expect.stringMatching(/^\w{32}$/),
    }),
    expect.objectContaining({ level: 'debug', path: '/health' }),
  ]);
});

test('lines below the level are not written', async () => {
  const { url, lines } = await start(routes, 'error');
  await fetch(`${url}/thing`);
  await fetch(`${url}/broken`);
  expect(lines.map(({ level }) => level)).toEqual(['error', 'error']);
});

test('work for a client that is gone is told so, and logged as abandoned', async () => {
  const told = deferred();
  const begun = deferred();
  const { url, lines } = await start({
    'GET /slow': async ({ signal }) => {
      begun.resolve();
      await once(signal, 'abort');
      told.resolve();
      signal.throwIfAborted();
      return { body: {} };
    },
  });
  const client = new AbortController();
  const response = fetch(`${url}/slow`, { signal: client.signal });
  await begun.promise;
  client.abort();
  await expect(response).rejects.toThrow('aborted');
  await told.promise;
  expect(lines).toEqual([expect.objectContaining({ level: 'info', message: 'request abandoned by the client' })]);
  expect(lines[0]).not.toHaveProperty('status');
});

test('an expectation nobody knows is ignored', async () => {
  const { url } = await start(routes);
  const answer = await sendRaw(url, 'GET /health HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nConnection: close\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
});

test('a request that does not arrive in time is refused', async () => {
  const hurried = createServer({ headersTimeout: 50, requestTimeout: 50, connectionsCheckingInterval: 20 });
  hurried
    .on(
      'clientError',
      clientErrorListener(() => undefined),
    )
    .listen(0, '127.0.0.1');
  await once(hurried, 'listening');
  const { port } = hurried.address() as AddressInfo;
  const answer = await sendRaw(`http://127.0.0.1:${port}`, 'GET /thing HTTP/1.1\r\nHost:');
  hurried.close();
  expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*\{"error":"the request took too long to arrive"\}$/);
});

test('a client that resets its connection is not worth a line, and hurts nobody', async () => {
  const { url, server, lines } = await start(routes, 'info');
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET /thing HTTP/1.1\r\nHost:');
  await sleep(50);
  socket.resetAndDestroy();
  await once(socket, 'close');
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(lines).toEqual([]);
});

test('a taken port is an error, not a crash', async () => {
  const { server } = await start({});
  const again = startServer({ port: server.port, version: '1', routes: {}, log: () => undefined });
  await expect(again).rejects.toThrow('EADDRINUSE');
});
