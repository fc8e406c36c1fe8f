import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../core/errors';
import { refusal, waitMs, type GithubAnswer } from './answers';

export interface GithubApiOptions {
  readonly token: string;
  readonly signal: AbortSignal;
  /** @default 'https://api.github.com' */
  readonly baseUrl?: string;
  /** The longest that GitHub's limits are waited for, in milliseconds. @default 120000 */
  readonly patienceMs?: number;
  /** For one request. @default 20000 */
  readonly requestTimeoutMs?: number;
  /** @default nothing is shown */
  readonly onWait?: (reason: string) => void;
}

export const githubApiUrl = 'https://api.github.com';

/** The REST API of GitHub, asked one request after the other, as its limits want it. @see https://docs.github.com/en/rest */
export class GithubApi {
  constructor(private readonly options: GithubApiOptions) {}

  /**
   * Asks, and asks again where GitHub says later: it is obeyed as long as that is not longer than the patience.
   *
   * @throws UserError unless one of `expected` comes, saying what GitHub wants
   */
  async ask(
    method: 'GET' | 'POST',
    path: string,
    expected: readonly number[] = [200],
    body?: object,
  ): Promise<GithubAnswer> {
    const deadline = Date.now() + (this.options.patienceMs ?? 120_000);
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.once(method, path, body).catch((error: unknown) => this.silence(error));
      if (answer !== undefined && expected.includes(answer.status)) return answer;
      const wait = waitMs(answer, attempt, Date.now());
      if (wait === undefined || Date.now() + wait.ms > deadline) throw refusal(method, path, answer, wait);
      this.options.onWait?.(`${wait.reason}; asking again in ${Math.ceil(wait.ms / 1000)} s`);
      await sleep(wait.ms, undefined, { signal: this.options.signal });
    }
  }

  /** Every item of a list that comes in pages. @param key where the page holds its items. @default the page is the list */
  async list<T>(path: string, key?: string): Promise<readonly T[]> {
    const items: T[] = [];
    for (let page = 1; ; page += 1) {
      const { body } = await this.ask('GET', `${path}${path.includes('?') ? '&' : '?'}per_page=100&page=${page}`);
      const found = (key === undefined ? body : (body as Record<string, unknown>)[key]) as readonly T[];
      items.push(...found);
      if (found.length < 100) return items;
    }
  }

  private silence(error: unknown): undefined {
    this.options.signal.throwIfAborted();
    const { name, cause } = error as { name: string; cause?: { code?: string } };
    // a certificate that is not trusted will not be in a moment
    if (name !== 'TimeoutError' && cause?.code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO/.test(cause.code)) {
      throw new UserError(`the certificate of GitHub's API is not trusted (${cause.code})`, {
        repair: 'where a proxy opens connections, set NODE_EXTRA_CA_CERTS to its certificate',
      });
    }
    return undefined;
  }

  private async once(method: string, path: string, body: object | undefined): Promise<GithubAnswer> {
    const { baseUrl = githubApiUrl, token, signal, requestTimeoutMs = 20_000 } = this.options;
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'user-agent': 'slipway',
        'x-github-api-version': '2022-11-28',
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parse(text) };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
