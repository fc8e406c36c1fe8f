import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { join } from 'node:path';
import {
  closeAll,
  deadUrl,
  deferred,
  fakeUpstream,
  logged,
  run,
  runUntilListening,
  start,
} from '../../shared/http/test/harness';
import { routes as routesOfServiceA } from '../../service-a/src/routes';
import { routes } from '../src/routes';

const main = join(__dirname, '../src/main.ts');
const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
const greeting = '{"message":"Greetings from Service A!"}';

afterEach(closeAll);

const startServiceB = (url: string, timeoutMs = 5_000) =>
  start(routes({ SERVICE_A_URL: url, CALL_TIMEOUT_MS: timeoutMs }));

async function ask(url: string, headers: Record<string, string> = { traceparent }) {
  const response = await fetch(`${url}/ping_service_a`, { headers });
  return [response.status, await response.json()];
}

test('the greeting of the real Service A comes by way of B', async () => {
  const { url } = await startServiceB((await start(routesOfServiceA)).url);
  const response = await fetch(`${url}/ping_service_a`);
  expect([response.status, await response.text()]).toEqual([
    200,
    '{"message":"Greetings from Service A! (via Service B)"}',
  ]);
});

test('/health does not depend on Service A', async () => {
  const { url } = await startServiceB(await deadUrl());
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test('trace and baggage are passed on, and nothing else of the caller', async () => {
  const seen: IncomingHttpHeaders[] = [];
  const { url } = await startServiceB(
    await fakeUpstream((incoming, response) => {
      seen.push(incoming.headers);
      response.end(greeting);
    }),
  );
  const passedOn = { traceparent, tracestate: 'vendor=1', baggage: 'preview=blue,user=1' };
  await ask(url, { ...passedOn, authorization: 'Bearer secret', cookie: 'a=1' });
  await ask(url, { traceparent: 'malformed', tracestate: 'vendor=1' });
  expect(seen[0]).toMatchObject(passedOn);
  expect(seen[0]).not.toHaveProperty('authorization');
  expect(seen[0]).not.toHaveProperty('cookie');
  expect(seen[1]?.['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(seen[1]).not.toHaveProperty('tracestate');
});

test('a base URL with a path is called below it', async () => {
  const upstream = await fakeUpstream((incoming, response) => {
    response.statusCode = incoming.url === '/base/ping' ? 200 : 404;
    response.end(greeting);
  });
  const { url } = await startServiceB(`${upstream}/base`);
  expect(await ask(url)).toEqual([200, { message: 'Greetings from Service A! (via Service B)' }]);
});

test('an unreachable Service A is a 502 that says why, in the answer and in the log', async () => {
  const { url, lines } = await startServiceB(await deadUrl());
  const error = 'service a is unreachable: ECONNREFUSED';
  expect(await ask(url)).toEqual([502, { error, traceId }]);
  expect(lines[0]).toMatchObject({ level: 'warn', message: error, traceId });
});

test.each<[string, RequestListener, string]>([
  ['an error', (_, response) => response.writeHead(500).end(greeting), 'service a answered 500 instead of 200'],
  [
    'a redirect',
    (_, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    'service a is unreachable: unexpected redirect',
  ],
  ['no JSON', (_, response) => response.end('<html>'), 'service a answered something else than {"message": "..."}'],
  ['JSON null', (_, response) => response.end('null'), 'service a answered something else than {"message": "..."}'],
  [
    'a message that is no text',
    (_, response) => response.end('{"message":1}'),
    'service a answered something else than {"message": "..."}',
  ],
  [
    'half an answer',
    (_, response) => response.writeHead(200, { 'content-length': 99 }).write('{', () => response.destroy()),
    'service a is unreachable: UND_ERR_SOCKET',
  ],
])('%s of Service A is a 502', async (_what, listener, error) => {
  const { url } = await startServiceB(await fakeUpstream(listener));
  expect(await ask(url)).toEqual([502, { error, traceId }]);
});

test.each<[string, RequestListener]>([
  ['never answers', () => undefined],
  ['never ends its answer', (_, response) => void response.writeHead(200).write('{')],
])('a Service A that %s is a 504 after the timeout', async (_what, listener) => {
  const { url } = await startServiceB(await fakeUpstream(listener), 100);
  const startedAt = performance.now();
  expect(await ask(url)).toEqual([504, { error: 'service a did not answer within 100 ms', traceId }]);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

test('connections to Service A are reused, and one that it closes in between is not an error', async () => {
  const ports: (number | undefined)[] = [];
  const { url } = await startServiceB(
    await fakeUpstream((incoming, response) => {
      ports.push(incoming.socket.remotePort);
      if (ports.length === 3) incoming.socket.destroy();
      else response.end(greeting);
    }),
  );
  for (let call = 0; call < 3; call += 1) expect((await ask(url))[0]).toBe(200);
  expect(ports).toHaveLength(4);
  expect(ports[1]).toBe(ports[0]);
  expect(ports[3]).not.toBe(ports[0]);
});

test('the call ends when the client of B is gone', async () => {
  const [asked, ended] = [deferred(), deferred()];
  const { url, lines } = await startServiceB(
    await fakeUpstream((_, response) => {
      response.once('close', ended.resolve);
      asked.resolve();
    }),
  );
  const client = new AbortController();
  const answer = fetch(`${url}/ping_service_a`, { signal: client.signal });
  await asked.promise;
  client.abort();
  await expect(answer).rejects.toThrow('aborted');
  await ended.promise;
  expect(lines.map(({ message }) => message)).toEqual(['request abandoned by the client']);
});

describe('as a process', () => {
  const startWithSlowServiceA = async (environment: Record<string, string>) => {
    const [asked, end] = [deferred(), deferred()];
    const upstream = await fakeUpstream((_, response) => {
      asked.resolve();
      void end.promise.then(() => response.end(greeting));
    });
    const running = await runUntilListening(main, {
      APP_VERSION: '1.2.3',
      SERVICE_A_URL: upstream,
      CALL_TIMEOUT_MS: '60000',
      ...environment,
    });
    const answer = ask(running.url);
    await asked.promise;
    running.child.kill('SIGTERM');
    await logged(running, 'draining');
    return { ...running, answer, end };
  };

  test('SIGTERM lets the request under way complete, and it ends with 0', async () => {
    const { url, answer, end, ended, lines } = await startWithSlowServiceA({ SHUTDOWN_DELAY_MS: '300' });
    expect((await fetch(`${url}/health`)).status).toBe(503);
    await new Promise((resolve) => setTimeout(resolve, 400));
    await expect(fetch(`${url}/health`)).rejects.toThrow('fetch failed');
    end.resolve();
    expect(await answer).toEqual([200, { message: 'Greetings from Service A! (via Service B)' }]);
    expect(await ended).toBe(0);
    expect(lines.at(-1)).toMatchObject({ message: 'stopped', requestsCutOff: 0 });
  });

  test('a request that takes longer than SHUTDOWN_TIMEOUT_MS is cut off, and it ends with 1', async () => {
    const { answer, ended, lines } = await startWithSlowServiceA({
      SHUTDOWN_DELAY_MS: '0',
      SHUTDOWN_TIMEOUT_MS: '100',
    });
    await expect(answer).rejects.toThrow('fetch failed');
    expect(await ended).toBe(1);
    expect(lines.at(-1)).toMatchObject({ level: 'error', message: 'stopped', requestsCutOff: 1 });
  });

  test('all that is missing is reported at once and ends it with 1', async () => {
    const running = run(main, { CALL_TIMEOUT_MS: '0', PORT: '70000' });
    expect(await running.ended).toBe(1);
    expect(running.lines[0]?.['problems']).toEqual([
      'SERVICE_A_URL: missing; set it, such as http://service-a',
      'CALL_TIMEOUT_MS: "0" is not a whole number from 1 to 600000; set one, such as 2000',
      'APP_VERSION: missing; set it, such as 1.2.3',
      'PORT: "70000" is not a whole number from 0 to 65535; set one, such as 8080',
    ]);
  });
});
