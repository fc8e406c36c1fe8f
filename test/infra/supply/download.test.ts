import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { downloadFile, downloadText } from '../../../infra/supply/fetch/download';
import { retryAfterMs } from '../../../infra/supply/fetch/retry';
import { ReleaseServer, cutAfter, drop, hang, redirectTo, stallAfter, status } from './support/release-server';

const patience = { attempts: 4, firstPauseMs: 5, maximumPauseMs: 3000, stallMs: 1000 };
const content = randomBytes(300_000);
const sha256 = createHash('sha256').update(content).digest('hex');
const server = new ReleaseServer();
let folder: string;
let file: string;

beforeAll(() => server.open());
afterAll(() => server.close());
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'download-'));
  file = path.join(folder, 'tool');
  server.files.clear();
  server.behaviours.clear();
  server.requests.length = 0;
  server.files.set('/tool', content);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const get = (options = {}): Promise<string> =>
  downloadFile(`${server.origin}/tool`, file, { patience, sha256, ...options });

test('a file arrives whole, is checked, and leaves no part behind', async () => {
  const seen: number[] = [];
  await expect(get({ onBytes: (bytes: number, total?: number) => seen.push(bytes / total!) })).resolves.toBe(sha256);
  expect(await readFile(file)).toEqual(content);
  expect(await readdir(folder)).toEqual(['tool']);
  expect(seen.at(-1)).toBe(1);
});

test('a wrong checksum is refused at once and nothing stays', async () => {
  const expected = 'a'.repeat(64);
  await expect(get({ sha256: expected })).rejects.toMatchObject({
    message: `${server.origin}/tool is not what its publisher says it is, and was thrown away`,
    details: [`expected: sha256 ${expected}`, `got:      sha256 ${sha256}`],
    repair: expect.stringContaining('start again'),
  });
  expect(await readdir(folder)).toEqual([]);
  expect(server.count('/tool')).toBe(1);
});

test('404 is final: it is not asked again', async () => {
  server.files.clear();
  await expect(get()).rejects.toMatchObject({ name: 'Unreachable', message: expect.stringContaining('HTTP 404') });
  expect(server.count('/tool')).toBe(1);
});

test('429 waits as long as the server asks for', async () => {
  server.behaviours.set('/tool', [status(429, { 'retry-after': '1' })]);
  const started = Date.now();
  const told: number[] = [];
  await get({ onRetry: (_reason: string, pauseMs: number) => told.push(pauseMs) });
  expect(told).toEqual([1000]);
  expect(Date.now() - started).toBeGreaterThanOrEqual(990);
});

test('Retry-After is a number of seconds or a date, and is never obeyed beyond the limit', async () => {
  expect(retryAfterMs('7')).toBe(7000);
  expect(retryAfterMs('Wed, 21 Oct 2026 07:28:10 GMT', Date.parse('2026-10-21T07:28:00Z'))).toBe(10_000);
  expect(retryAfterMs('soon')).toBeUndefined();
  expect(retryAfterMs(null)).toBeUndefined();
  server.behaviours.set('/tool', [status(503, { 'retry-after': '86400' })]);
  const told: number[] = [];
  await downloadFile(`${server.origin}/tool`, file, {
    patience: { ...patience, maximumPauseMs: 30 },
    sha256,
    onRetry: (_reason, pauseMs) => told.push(pauseMs),
  });
  expect(told).toEqual([30]);
});

test('a server that flaps is asked again until it serves', async () => {
  server.behaviours.set('/tool', [status(500), drop, status(503)]);
  await expect(get()).resolves.toBe(sha256);
  expect(server.count('/tool')).toBe(4);
});

test('a server that stays broken is given up after the last attempt', async () => {
  server.behaviours.set('/tool', [status(502), status(502), status(502), status(502), status(502)]);
  await expect(get()).rejects.toMatchObject({
    name: 'Unreachable',
    message: expect.stringContaining('HTTP 502 (tried 4 times)'),
  });
});

test('silence before the answer is given up and tried again', async () => {
  server.behaviours.set('/tool', [hang]);
  const reasons: string[] = [];
  await get({ onRetry: (reason: string) => reasons.push(reason) });
  expect(reasons).toEqual(['no answer for 1 s']);
});

test.each([
  ['cut off', cutAfter(content, 200_000)],
  ['silent', stallAfter(content, 200_000)],
])('a download that is %s goes on where it stopped', async (_how, behaviour) => {
  server.behaviours.set('/tool', [behaviour]);
  await expect(get()).resolves.toBe(sha256);
  expect(server.requests.map((request) => request.range)).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
  expect(await readFile(file)).toEqual(content);
});

test('another run goes on with the part that the former one left', async () => {
  await writeFile(`${file}.part`, content.subarray(0, 123_456));
  await get();
  expect(server.requests.map((request) => request.range)).toEqual(['bytes=123456-']);
  expect(await readFile(file)).toEqual(content);
});

test('a part of another file is thrown away, and the file is fetched from its first byte', async () => {
  await writeFile(`${file}.part`, randomBytes(1000));
  await expect(get()).resolves.toBe(sha256);
  expect(server.requests.map((request) => request.range)).toEqual(['bytes=1000-', undefined]);
});

test('a part that is the whole file already needs no more bytes', async () => {
  await writeFile(`${file}.part`, content);
  await expect(get()).resolves.toBe(sha256);
  expect(existsSync(`${file}.part`)).toBe(false);
});

test('a part that is too long is thrown away', async () => {
  await writeFile(`${file}.part`, randomBytes(400_000));
  await expect(get()).resolves.toBe(sha256);
  expect(await readFile(file)).toEqual(content);
});

test('a server that ignores ranges is taken at its word', async () => {
  await writeFile(`${file}.part`, content.subarray(0, 1000));
  server.behaviours.set('/tool', [
    (_request, response) => void response.writeHead(200, { 'content-length': content.length }).end(content),
  ]);
  await expect(get()).resolves.toBe(sha256);
  expect(await readFile(file)).toEqual(content);
});

test('redirects are followed', async () => {
  server.behaviours.set('/tool', [redirectTo('/elsewhere')]);
  server.files.set('/elsewhere', content);
  await expect(get()).resolves.toBe(sha256);
});

test('an abort ends a download at once and keeps its part', async () => {
  const abort = new AbortController();
  server.behaviours.set('/tool', [stallAfter(content, 200_000)]);
  const running = get({ signal: abort.signal, onBytes: () => abort.abort() });
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  expect(await readdir(folder)).toEqual(['tool.part']);
});

test('a checksum file is text of a sensible size', async () => {
  server.files.set('/sums', Buffer.from('hello'));
  await expect(downloadText(`${server.origin}/sums`, { patience })).resolves.toBe('hello');
  server.files.set('/sums', Buffer.alloc(5 << 20));
  await expect(downloadText(`${server.origin}/sums`, { patience })).rejects.toThrow('larger than 4 MiB');
});
