import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../../core/errors';
import type { ForgeConnection } from './connection';

export interface Answer {
  readonly status: number;
  /** The JSON that came, or undefined where what came is none. */
  readonly body: unknown;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface GiteaApiOptions {
  readonly signal: AbortSignal;
  /** For one request. @default 15000 */
  readonly requestTimeoutMs?: number;
  /** How long a forge that does not answer yet is asked again. @default 120000 */
  readonly patienceMs?: number;
  /** @default nothing is shown */
  readonly onWait?: (reason: string) => void;
}

const pauseMs = 500;

/** Codes of a connection that was not made, or of one that the other side dropped. */
const unreachable = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE']);

/** The API of a Gitea. @see https://docs.gitea.com/api/ */
export class GiteaApi {
  constructor(
    private readonly connection: ForgeConnection,
    private readonly options: GiteaApiOptions,
  ) {}

  /**
   * Waits until the forge answers, then asks. An ingress that does not know the forge yet answers for it, so only
   * JSON from the API counts.
   *
   * @throws UserError unless one of `expected` comes
   */
  async ask(method: Method, path: string, expected: readonly number[], body?: object): Promise<Answer> {
    const deadline = Date.now() + (this.options.patienceMs ?? 120_000);
    for (;;) {
      const answer = await this.once(method, path, body).catch((error: NodeJS.ErrnoException) => {
        this.options.signal.throwIfAborted();
        if (!unreachable.has(error.code ?? '')) throw error;
        return error.code!;
      });
      const reason = this.notYet(answer, path);
      if (reason === undefined) return this.judge(method, path, expected, answer as Answer);
      if (Date.now() > deadline) {
        throw new UserError(`the forge at http://${this.connection.host} does not answer: ${reason}`, {
          repair: '`slipway status` shows which part of the platform is not running',
        });
      }
      this.options.onWait?.(reason);
      await sleep(pauseMs, undefined, { signal: this.options.signal });
    }
  }

  private notYet(answer: Answer | string, path: string): string | undefined {
    if (typeof answer === 'string')
      return `nothing listens at ${this.connection.address ?? '127.0.0.1'}:${this.connection.port} (${answer})`;
    if (answer.status >= 502 && answer.status <= 504) return `the ingress says ${answer.status}`;
    // the forge's own 404 is JSON; anything else comes from an ingress without a route to it
    if (answer.status === 404 && answer.body === undefined) return `no route to it yet (404 at ${path})`;
    return undefined;
  }

  private judge(method: Method, path: string, expected: readonly number[], answer: Answer): Answer {
    if (expected.includes(answer.status)) return answer;
    if (answer.status === 401) {
      throw new UserError(`the forge refuses the password of "${this.connection.username}"`, {
        repair:
          'delete the pod of the deployment "gitea" in the namespace "gitea": it sets the password again when it starts',
      });
    }
    const message = (answer.body as { message?: unknown } | undefined)?.message;
    throw new UserError(`the forge answers ${answer.status} to ${method} ${path}`, {
      details: typeof message === 'string' && message !== '' ? [message] : [],
      ...(answer.status >= 500 && { repair: 'kubectl --namespace gitea logs deployment/gitea' }),
    });
  }

  private once(method: Method, path: string, body: object | undefined): Promise<Answer> {
    const { host, address = '127.0.0.1', port, username, password } = this.connection;
    const timeoutMs = this.options.requestTimeoutMs ?? 15_000;
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const call = request(
        {
          host: address,
          port,
          method,
          path: `/api/v1${path}`,
          // a connection that an ingress has closed meanwhile must not fail the next request
          agent: false,
          signal: AbortSignal.any([this.options.signal, AbortSignal.timeout(timeoutMs)]),
          headers: {
            host: port === 80 ? host : `${host}:${port}`,
            accept: 'application/json',
            authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
          },
        },
        (response) => {
          const chunks: string[] = [];
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => resolve({ status: response.statusCode!, body: parse(chunks.join('')) }));
        },
      );
      call.on('error', (error: NodeJS.ErrnoException) => {
        const timedOut = error.name === 'AbortError' || error.code === 'ABORT_ERR' || error.name === 'TimeoutError';
        reject(
          timedOut ? Object.assign(new Error(`no answer in ${timeoutMs / 1000} s`), { code: 'ETIMEDOUT' }) : error,
        );
      });
      call.end(text);
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
