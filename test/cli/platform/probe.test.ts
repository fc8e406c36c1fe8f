import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from '../../../cli/platform/addresses';
import { faultOf, hasWebPage, waitForAddresses } from '../../../cli/platform/probe';

let server: Server;
let port: number;
let answer: { status: number; type: string; body: string };
let asked: string[];

beforeEach(async () => {
  asked = [];
  answer = { status: 200, type: 'application/json', body: '{}' };
  server = createServer((request, response) => {
    asked.push(`${request.headers.host} ${request.url}`);
    response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => new Promise((resolve) => void server.close(resolve)));

const address = (): Address => ({
  what: 'service-a',
  host: 'dev.service-a.offerfit.local',
  url: 'http://dev.service-a.offerfit.local',
  probe: '/health',
  endpoint: { address: '127.0.0.1', port },
});
const step = { detail: () => undefined, advance: () => undefined, say: () => undefined };

test('asks by name without name resolution', async () => {
  expect(await faultOf(address())).toBeUndefined();
  expect(asked).toEqual(['dev.service-a.offerfit.local /health']);
});

test('an answer of the ingress that nobody is there is a fault', async () => {
  answer.status = 503;
  expect(await faultOf(address())).toBe('answers 503 on /health');
});

test('a port where nothing listens is a fault', async () => {
  await new Promise((resolve) => void server.close(resolve));
  expect(await faultOf(address())).toMatch(/ECONNREFUSED/);
  server = createServer().listen(0);
});

test('waiting ends when the last address answers', async () => {
  answer.status = 502;
  setTimeout(() => (answer.status = 200), 300);
  await waitForAddresses([address()], step, { signal: new AbortController().signal });
  expect(asked.length).toBeGreaterThan(1);
});

test('waiting that is over names what does not answer', async () => {
  answer.status = 404;
  const waiting = waitForAddresses([address()], step, { signal: new AbortController().signal, timeoutSeconds: 0 });
  await expect(waiting).rejects.toMatchObject({
    details: ['http://dev.service-a.offerfit.local answers 404 on /health'],
  });
});

test.each([
  [{ status: 200, type: 'text/html', body: '<script src="main.js"></script>' }, true],
  [{ status: 303, type: 'text/html', body: '' }, true],
  [{ status: 404, type: 'text/plain', body: 'no' }, false],
  [{ status: 200, type: 'text/plain', body: 'no web assets' }, false],
])('a web page is told from an API alone: %j', async (given, expected) => {
  answer = given;
  expect(await hasWebPage({ ...address(), host: 'argocd.offerfit.local' })).toBe(expected);
});
