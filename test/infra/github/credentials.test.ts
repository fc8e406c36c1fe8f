import { createVerify, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { appToken, readCredentials } from '../../../infra/github/credentials';
import { openSession } from '../../../infra/github/session';
import { fakeGithub, type FakeGithub, type Reply } from './fake-github';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = pair.privateKey.export({ type: 'pkcs1', format: 'pem' }) as string;
const app = { type: 'app', appId: 7, installationId: 9 } as const;
const signal = new AbortController().signal;

describe('from the environment', () => {
  test('a token, without the line break that came with it', () => {
    expect(readCredentials({ type: 'token' }, { GITHUB_TOKEN: 'ghp_x\n' })).toEqual({ type: 'token', token: 'ghp_x' });
  });

  test.each([pem, pem.replaceAll('\n', '\\n')])('the key of an App, however its lines are broken', (text) => {
    expect(readCredentials(app, { GITHUB_APP_PRIVATE_KEY: text })).toEqual({ ...app, privateKey: pem });
  });

  test('the key of an App out of its file', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-app-'));
    const file = path.join(folder, 'app.pem');
    writeFileSync(file, pem);
    expect(readCredentials(app, { GITHUB_APP_PRIVATE_KEY_FILE: file })).toMatchObject({ privateKey: pem });
    rmSync(folder, { recursive: true });
    expect(() => readCredentials(app, { GITHUB_APP_PRIVATE_KEY_FILE: file })).toThrow(
      /names a file that cannot be read/,
    );
  });

  test('what is missing or something else is named, and never shown', () => {
    expect(() => readCredentials({ type: 'token' }, {})).toThrow('the token for GitHub is not set');
    expect(() => readCredentials(app, {})).toThrow('the key of the GitHub App is not set');
    expect(() => readCredentials(app, { GITHUB_APP_PRIVATE_KEY: 'ghp_x' })).toThrow(
      /^GITHUB_APP_PRIVATE_KEY holds no private key$/,
    );
  });
});

test('an App says who it is by a signed token of less than ten minutes', () => {
  const token = appToken(7, pem, 1_000_000_000_000);
  const [header, payload, signature] = token.split('.') as [string, string, string];
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  expect(read(header)).toEqual({ alg: 'RS256', typ: 'JWT' });
  expect(read(payload)).toEqual({ iat: 999_999_940, exp: 1_000_000_540, iss: '7' });
  const verify = createVerify('RSA-SHA256').update(`${header}.${payload}`);
  expect(verify.verify(pair.publicKey, signature, 'base64url')).toBe(true);
});

describe('an App', () => {
  let github: FakeGithub;
  afterEach(() => github.close());
  const installation = {
    account: { login: 'example' },
    permissions: {},
    repository_selection: 'all',
    suspended_at: null,
  };
  const open = async (replies: Readonly<Record<string, Reply>>) => {
    github = await fakeGithub(replies);
    return openSession({ ...app, privateKey: pem }, { signal, baseUrl: github.baseUrl });
  };

  test('asks with the token of its installation', async () => {
    const session = await open({
      'GET /app/installations/9': { body: installation },
      'POST /app/installations/9/access_tokens': { status: 201, body: { token: 'ghs_short' } },
      'GET /user': {},
    });
    await session.api.ask('GET', '/user');
    expect(session.token).toBe('ghs_short');
    expect(github.tokens.at(-1)).toBe('Bearer ghs_short');
    expect(github.tokens[0]).toMatch(/^Bearer eyJ/);
  });

  test.each<[string, Readonly<Record<string, Reply>>]>([
    ['the GitHub App 7 has no installation 9', {}],
    [
      'the GitHub App 7 is suspended in "example"',
      { 'GET /app/installations/9': { body: { ...installation, suspended_at: '2026-01-01T00:00:00Z' } } },
    ],
  ])('%s', async (message, replies) => {
    await expect(open(replies)).rejects.toThrow(message);
  });
});
