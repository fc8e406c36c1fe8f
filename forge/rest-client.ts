import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../core/errors';
import type { ForgeConnection } from './model';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The JSON that came, or undefined where what came is none. */
  readonly body: unknown;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RestClientOptions {
  readonly signal?: AbortSignal;
  /** For one request. @default 15000 */
  readonly requestTimeoutMs?: number;
  /** How long a forge that fails for the moment is asked again. @default 60000 */
  readonly patienceMs?: number;
  readonly onWait?: (reason: string) => void;
}

const unreachable = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN']);

/** Requests that were understood and may be asked again: a second one of these changes nothing. */
const repeatable = new Set<Method>(['GET', 'PUT', 'DELETE']);

/** The REST API of a forge, in JSON. Its credentials are in no message. */
export class RestClient {
  constructor(
    readonly connection: ForgeConnection,
    private readonly options: RestClientOptions = {},
  ) {}

  /**
   * Asks, and asks again while the forge fails for the moment: it does not answer, answers 502 to 504, or says that it
   * was asked too often.
   *
   * @param path begins with a slash
   * @throws UserError unless the answer's status is one of `expected`
   */
  async ask(method: Method, path: string, expected: readonly number[], body?: object): Promise<Answer> {
    const deadline = Date.now() + (this.options.patienceMs ?? 60_000);
    for (let attempt = 0; ; attempt += 1) {
      this.options.signal?.throwIfAborted();
      const answer = await this.once(method, path, body).catch((error: NodeJS.ErrnoException) => {
        this.options.signal?.throwIfAborted();
        if (!unreachable.has(error.code ?? '')) throw error;
        return error;
      });
      const again = pause(answer, attempt, method);
      if (again === undefined) return this.judge(method, path, expected, answer as Answer);
      if (Date.now() + again.ms > deadline) {
        throw new UserError(`${this.connection.api} does not answer: ${again.reason}`, {
          repair: 'run the same command again when it does',
        });
      }
      this.options.onWait?.(again.reason);
      await sleep(again.ms, undefined, { signal: this.options.signal });
    }
  }

  private judge(method: Method, path: string, expected: readonly number[], answer: Answer): Answer {
    if (expected.includes(answer.status)) return answer;
    const { api } = this.connection;
    const details = messagesOf(answer.body);
    if (answer.status === 401) throw new UserError(`${api} refuses the credentials`, { details });
    if (answer.status === 403) throw new UserError(`${api} forbids ${method} ${path}`, { details });
    throw new UserError(`${api} answers ${answer.status} to ${method} ${path}`, { details });
  }

  private once(method: Method, path: string, body: object | undefined): Promise<Answer> {
    const { api, credentials, resolve: served } = this.connection;
    const url = new URL(`${api}${path}`);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const timeoutMs = this.options.requestTimeoutMs ?? 15_000;
    const timeout = AbortSignal.timeout(timeoutMs);
    const [address, port] = placeOf(url, served);
    const authorization =
      'token' in credentials
        ? `Bearer ${credentials.token}`
        : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
    return new Promise((resolve, reject) => {
      const call = (url.protocol === 'https:' ? httpsRequest : httpRequest)(
        {
          host: address,
          ...(port !== '' && { port }),
          ...(url.protocol === 'https:' && { servername: url.hostname }),
          method,
          path: `${url.pathname}${url.search}`,
          agent: false,
          signal: this.options.signal === undefined ? timeout : AbortSignal.any([this.options.signal, timeout]),
          headers: {
            host: url.host,
            accept: 'application/json',
            'user-agent': 'slipway',
            authorization,
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
          },
        },
        (response) => {
          const chunks: string[] = [];
          response.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({ status: response.statusCode!, headers: response.headers, body: parse(chunks.join('')) }),
          );
        },
      );
      call.on('error', (error) => {
        reject(
          timeout.aborted
            ? Object.assign(new Error(`no answer in ${timeoutMs / 1000} s`), { code: 'ETIMEDOUT' })
            : error,
        );
      });
      call.end(text);
    });
  }
}

/** Where a URL is connected to. */
function placeOf(url: URL, resolve: string | undefined): readonly [address: string, port: string] {
  const [host, port, ...address] = resolve?.split(':') ?? [];
  const standard = url.protocol === 'https:' ? '443' : '80';
  return host === url.hostname && port === (url.port || standard)
    ? [address.join(':'), port]
    : [url.hostname, url.port];
}

/** How long to wait before asking again; undefined where the answer counts. */
function pause(answer: Answer | Error, attempt: number, method: Method): { ms: number; reason: string } | undefined {
  const backoff = Math.min(5000, 250 * 2 ** attempt) * (0.5 + Math.random() / 2);
  if (!('status' in answer)) {
    const { code } = answer as NodeJS.ErrnoException;
    // a request that was cut off may have been carried out
    if (!repeatable.has(method) && code !== 'ECONNREFUSED') {
      throw new UserError(`the forge's answer was cut off: ${answer.message}`, {
        repair: 'run the same command again: it takes up what is there',
        cause: answer,
      });
    }
    return { ms: backoff, reason: answer.message };
  }
  const { status, headers } = answer;
  const after = Number(headers['retry-after']);
  const limited = status === 429 || (status === 403 && headers['x-ratelimit-remaining'] === '0');
  if (limited || (status === 403 && Number.isFinite(after))) {
    const reset = Number(headers['x-ratelimit-reset']) * 1000 - Date.now();
    const asked = Number.isFinite(after) ? after * 1000 : Number.isFinite(reset) ? Math.max(0, reset) : 0;
    return { ms: Math.max(backoff, asked), reason: 'it was asked too often' };
  }
  return status >= 502 && status <= 504 ? { ms: backoff, reason: `it says ${status}` } : undefined;
}

function messagesOf(body: unknown): readonly string[] {
  const { message, errors } = (body ?? {}) as { message?: unknown; errors?: unknown };
  const more = Array.isArray(errors)
    ? errors.map((each: unknown) => (typeof each === 'string' ? each : JSON.stringify(each)))
    : [];
  return [...(typeof message === 'string' && message !== '' ? [message] : []), ...more];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
