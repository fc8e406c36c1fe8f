import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeAll, deferred, start } from './harness';

afterEach(closeAll);

/** A server with one request that lasts until the test lets it end. */
async function startWithSlowRequest() {
  const [begun, end] = [deferred(), deferred()];
  const started = await start({
    'GET /slow': async () => {
      begun.resolve();
      await end.promise;
      return { body: { done: true } };
    },
  });
  const slow = fetch(`${started.url}/slow`);
  await begun.promise;
  return { ...started, slow, end };
}

test('while routes to it vanish it serves on, not ready, asking clients to connect anew', async () => {
  const { url, server } = await start({ 'GET /ping': () => ({ body: { pong: true } }) });
  const drained = server.drain({ delayMs: 300, timeoutMs: 1_000 });
  const [health, ping] = [await fetch(`${url}/health`), await fetch(`${url}/ping`)];
  expect([health.status, await health.json()]).toEqual([503, { Status: 'Draining' }]);
  expect([ping.status, await ping.json()]).toEqual([200, { pong: true }]);
  expect([health, ping].map(({ headers }) => headers.get('connection'))).toEqual(['close', 'close']);

  expect(await drained).toBe(0);
  await expect(fetch(`${url}/ping`)).rejects.toThrow('fetch failed');
});

test('what is under way is completed, and nothing new is accepted after the delay', async () => {
  const { url, server, slow, end } = await startWithSlowRequest();
  const drained = server.drain({ delayMs: 0, timeoutMs: 10_000 });
  await sleep(50);
  await expect(fetch(`${url}/health`)).rejects.toThrow('fetch failed');

  end.resolve();
  const response = await slow;
  expect([response.headers.get('connection'), await response.json()]).toEqual(['close', { done: true }]);
  expect(await drained).toBe(0);
});

test('what does not end in time is cut off and counted', async () => {
  const { server, slow } = await startWithSlowRequest();
  const cut = expect(slow).rejects.toThrow('fetch failed');
  expect(await server.drain({ delayMs: 0, timeoutMs: 50 })).toBe(1);
  await cut;
});

test('connections are kept alive before, and end with the first answer while draining', async () => {
  const { url, server } = await start({});
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async () => {
    const [response] = (await once(get(`${url}/health`, { agent }), 'response')) as [IncomingMessage];
    const { localPort } = response.socket;
    return { status: response.statusCode, body: await json(response), localPort };
  };
  const [first, second] = [await ask(), await ask()];
  expect(second.localPort).toBe(first.localPort);

  const drained = server.drain({ delayMs: 300, timeoutMs: 1_000 });
  const [third, fourth] = [await ask(), await ask()];
  expect([third.status, third.localPort]).toEqual([503, first.localPort]);
  expect(fourth.localPort).not.toBe(first.localPort);
  expect(await drained).toBe(0);
});

test('a connection that asks for nothing does not hold it back', async () => {
  const { server } = await start({});
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  const ended = once(socket.resume(), 'close');
  const startedAt = performance.now();
  expect(await server.drain({ delayMs: 0, timeoutMs: 5_000 })).toBe(0);
  await ended;
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});
