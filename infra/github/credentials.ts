import { createSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { GithubAuthentication } from '../../apps/model';
import { UserError } from '../../core/errors';

/** A personal access token, or the key of a GitHub App, as the environment holds it. */
export type GithubCredentials =
  | { readonly type: 'token'; readonly token: string }
  | { readonly type: 'app'; readonly appId: number; readonly installationId: number; readonly privateKey: string };

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the user puts them; GitHub's own tools and the provider read the first by the same name. */
export const variables = {
  token: 'GITHUB_TOKEN',
  privateKey: 'GITHUB_APP_PRIVATE_KEY',
  privateKeyFile: 'GITHUB_APP_PRIVATE_KEY_FILE',
} as const;

/** What a key looks like; in a variable its line breaks are often written as `\n`. */
function parseKey(text: string, source: string): string {
  const key = text.replaceAll('\\n', '\n').trim();
  if (/^-----BEGIN (RSA )?PRIVATE KEY-----\n[\s\S]+\n-----END (RSA )?PRIVATE KEY-----$/.test(key)) return `${key}\n`;
  throw new UserError(`${source} holds no private key`, {
    repair: 'give it the whole .pem file that GitHub made for the App, its first and last line included',
  });
}

function readKey(environment: Environment): string {
  const { privateKey, privateKeyFile } = variables;
  const text = environment[privateKey];
  if (text) return parseKey(text, privateKey);
  const file = environment[privateKeyFile];
  if (!file) {
    throw new UserError(`the key of the GitHub App is not set`, {
      repair: `set ${privateKeyFile} to the path of its .pem file, or ${privateKey} to its content`,
    });
  }
  try {
    return parseKey(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${privateKeyFile} names a file that cannot be read: ${(error as Error).message}`);
  }
}

/** @throws UserError naming the variable that is not set, or holds something else */
export function readCredentials(
  authentication: GithubAuthentication,
  environment: Environment = process.env,
): GithubCredentials {
  if (authentication.type === 'app') return { ...authentication, privateKey: readKey(environment) };
  const token = environment[variables.token]?.trim();
  if (!token) {
    throw new UserError('the token for GitHub is not set', {
      repair: `set ${variables.token}; docs/github.md says which rights it needs`,
    });
  }
  return { type: 'token', token };
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * The token by which an App says who it is, good for nine minutes. It begins a minute ago, since clocks differ.
 *
 * @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
export function appToken(appId: number, privateKey: string, nowMs: number = Date.now()): string {
  const now = Math.floor(nowMs / 1000);
  const content = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ iat: now - 60, exp: now + 540, iss: String(appId) })}`;
  return `${content}.${createSign('RSA-SHA256').update(content).sign(privateKey, 'base64url')}`;
}
