import * as http from 'node:http';
import * as https from 'node:https';
import { UserError } from '../../core/errors';

/** An API server and what it takes to be let in. */
export interface ApiServer {
  /** `https://127.0.0.1:6443`, or `http://127.0.0.1:8001` for a proxy of this machine. */
  readonly url: string;
  /** Path of the socket on which a proxy listens instead of the port in `url`. @default none */
  readonly socket?: string;
  /** PEM of whoever signed its certificate. @default those that the system trusts */
  readonly ca?: string;
  readonly token?: string;
  /** PEM of a client's certificate and key. */
  readonly certificate?: string;
  readonly key?: string;
}

export interface ApiClientOptions {
  /** Acts as this user, which the credential must allow. @default the credential's own */
  readonly impersonate?: { readonly user: string; readonly groups: readonly string[] };
  /** How many requests may be under way at a time. @default 8 */
  readonly connections?: number;
  /** After which a request without an answer fails, in milliseconds. @default 30000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ApiRequest {
  readonly method?: 'GET' | 'PATCH' | 'POST' | 'PUT' | 'DELETE';
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** @default application/json */
  readonly contentType?: string;
  /** @default application/json */
  readonly accept?: string;
}

/** What the API server said. */
export interface ApiAnswer {
  readonly status: number;
  /** Parsed where it is JSON, else the text. */
  readonly body: unknown;
  /** Texts of its Warning headers. */
  readonly warnings: readonly string[];
}

/** Requests to one API server over connections that are kept. */
export class ApiClient {
  private readonly agent: http.Agent;
  private readonly underWay = new Set<http.ClientRequest>();
  private readonly abort = (): void => {
    for (const sent of this.underWay) sent.destroy();
  };

  constructor(
    private readonly server: ApiServer,
    private readonly options: ApiClientOptions = {},
  ) {
    const kept = { keepAlive: true, maxSockets: options.connections ?? 8 };
    this.agent = isPlain(server.url)
      ? new http.Agent(kept)
      : new https.Agent({
          ...kept,
          ...(server.ca !== undefined && { ca: server.ca }),
          ...(server.certificate !== undefined && { cert: server.certificate }),
          ...(server.key !== undefined && { key: server.key }),
        });
    options.signal?.addEventListener('abort', this.abort);
  }

  /**
   * Sends one request. What the API server refuses is an answer as well.
   *
   * @throws UserError where it does not answer
   */
  send(path: string, { method = 'GET', query = {}, body, contentType, accept }: ApiRequest = {}): Promise<ApiAnswer> {
    const url = new URL(path, this.server.url);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const { impersonate, signal, timeoutMs = 30_000 } = this.options;
    const options: https.RequestOptions = {
      method,
      agent: this.agent,
      ...(this.server.socket !== undefined && { socketPath: this.server.socket }),
      timeout: timeoutMs,
      headers: {
        accept: accept ?? 'application/json',
        ...(this.server.token !== undefined && { authorization: `Bearer ${this.server.token}` }),
        ...(payload !== undefined && {
          'content-type': contentType ?? 'application/json',
          'content-length': Buffer.byteLength(payload),
        }),
        ...(impersonate && {
          'impersonate-user': impersonate.user,
          'impersonate-group': [...impersonate.groups],
        }),
      },
    };
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const silent = (reason: string): void => {
        reject(signal?.aborted ? (signal.reason as Error) : new UserError(`${url.origin} does not answer: ${reason}`));
      };
      const { request } = isPlain(this.server.url) ? http : https;
      const sent = request(url, options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', (error) => silent(error.message));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            body: parsed(Buffer.concat(chunks).toString('utf8')),
            warnings: warningsOf(answer.rawHeaders),
          }),
        );
      });
      this.underWay.add(sent);
      sent.on('close', () => this.underWay.delete(sent));
      sent.on('timeout', () => sent.destroy(new Error(`nothing came within ${timeoutMs / 1000} s`)));
      sent.on('error', (error) => silent(error.message));
      sent.end(payload);
    });
  }

  /** Ends its connections. */
  close(): void {
    this.options.signal?.removeEventListener('abort', this.abort);
    this.agent.destroy();
  }
}

function isPlain(url: string): boolean {
  return url.startsWith('http:');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Headers as they came, name and value in turn; several of one name must not be joined. */
function warningsOf(rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.flatMap((name, index) => {
    if (index % 2 === 1 || name.toLowerCase() !== 'warning') return [];
    const quoted = /^\d{3} \S+ "((?:[^"\\]|\\.)*)"/.exec(rawHeaders[index + 1]!);
    return quoted === null ? [] : [quoted[1]!.replaceAll(/\\(.)/g, '$1')];
  });
}
