import { UserError } from '../../core/errors';
import { retryAfterMs } from '../supply/fetch/retry';

export interface GithubAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON that came, or undefined where what came is none. */
  readonly body: unknown;
}

/** How long to leave GitHub alone, and why. */
export interface Wait {
  readonly ms: number;
  readonly reason: string;
}

const messageOf = (answer: GithubAnswer): string => {
  const message = (answer.body as { message?: unknown } | undefined)?.message;
  return typeof message === 'string' ? message : '';
};

/**
 * Whether GitHub answers the same request better later: `Retry-After` first, then when its hourly limit starts anew, then
 * a minute that doubles where only the message speaks of a limit; broken servers and silence are asked three times.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
export function waitMs(answer: GithubAnswer | undefined, attempt: number, nowMs: number): Wait | undefined {
  if (answer === undefined || answer.status >= 500) {
    const reason = answer === undefined ? 'GitHub does not answer' : `GitHub answers ${answer.status}`;
    return attempt < 3 ? { ms: 500 * 2 ** attempt, reason } : undefined;
  }
  if (answer.status !== 403 && answer.status !== 429) return undefined;
  const asked = retryAfterMs(answer.headers.get('retry-after'), nowMs);
  if (asked !== undefined) return { ms: asked, reason: "GitHub's secondary limit is reached" };
  if (answer.headers.get('x-ratelimit-remaining') === '0') {
    const reset = Number(answer.headers.get('x-ratelimit-reset')) * 1000;
    return { ms: Math.max(1000, reset - nowMs), reason: "GitHub's hourly limit is used up" };
  }
  if (!/rate limit/i.test(messageOf(answer))) return undefined;
  return { ms: 60_000 * 2 ** (attempt - 1), reason: "GitHub's secondary limit is reached" };
}

/** `administration=write; contents=read` as the settings of a token or an App call it. */
function permissions(header: string): string {
  return header
    .split(';')[0]!
    .split(',')
    .map((part) => part.trim().split('='))
    .map(([name, access]) => `${name!.replaceAll('_', ' ')}: ${access ?? 'read'}`)
    .join(', ');
}

function singleSignOn(answer: GithubAnswer): UserError | undefined {
  const header = answer.headers.get('x-github-sso');
  if (answer.status !== 403 || header === null || !header.startsWith('required')) return undefined;
  const url = /url=(\S+)/.exec(header)?.[1];
  return new UserError('the token is not authorized for the single sign-on of the organization', {
    repair: url ?? 'on GitHub, Settings, Developer settings, the token: "Configure SSO"',
  });
}

/** Why GitHub refuses, in the words of a user, each reason with its own repair. */
export function refusal(
  method: string,
  path: string,
  answer: GithubAnswer | undefined,
  wait: Wait | undefined,
): UserError {
  if (answer === undefined) {
    return new UserError('GitHub does not answer', { repair: 'check the network, a proxy or a firewall' });
  }
  if (answer.status === 401) {
    return new UserError('GitHub refuses the credentials: they are revoked, expired or mistyped', {
      details: [messageOf(answer)].filter(Boolean),
      repair: 'make a new token or key (docs/github.md), and set its variable again',
    });
  }
  const unsigned = singleSignOn(answer);
  if (unsigned !== undefined) return unsigned;
  if (wait !== undefined && answer.status < 500) {
    const until = new Date(Date.now() + wait.ms).toISOString().slice(11, 16);
    return new UserError(`${wait.reason}, until ${until} UTC`, {
      repair: 'run the same command again then; an App has a higher limit than a token',
    });
  }
  const accepted = answer.headers.get('x-accepted-github-permissions');
  const scopes = answer.headers.get('x-accepted-oauth-scopes');
  if ((answer.status === 403 || answer.status === 404) && (accepted || scopes)) {
    const what = accepted ? `permission ${permissions(accepted)}` : `scope ${scopes}`;
    return new UserError(`GitHub refuses ${method} ${path}: the ${what} is missing`, {
      details: [messageOf(answer)].filter(Boolean),
      repair: 'grant it (docs/github.md), and accept it in the organization where that is asked',
    });
  }
  return new UserError(`GitHub answers ${answer.status} to ${method} ${path}`, {
    details: [messageOf(answer)].filter(Boolean),
    ...(answer.status >= 500 && { repair: 'see https://www.githubstatus.com, and run the same command again' }),
  });
}
