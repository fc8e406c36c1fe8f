import type { IncomingHttpHeaders } from 'node:http';
import type { Trace } from './trace';

export interface ServiceRequest {
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The whole body as text, `''` without one. */
  readonly body: string;
  readonly trace: Trace;
  /** Aborts when the client is gone, so that work for nobody stops. */
  readonly signal: AbortSignal;
}

/** The answer to a request; `body` is sent as JSON. */
export interface Reply {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

/** Answers a request. Throw an HttpError for a refusal; any other error is a bug, answered with 500 and logged. */
export type Handler = (request: ServiceRequest) => Reply | Promise<Reply>;

/** Handlers by method and exact path. GET answers HEAD, too. */
export type Routes = Readonly<Record<`${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`, Handler>>;

/** An error that the client is told about: `message` as the field `error`, `details` as fields beside it. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly details: object = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** The handler for a request; throws 404 with the routes that exist, or 405 with the methods that are allowed. */
export function findHandler(routes: Routes, method: string, path: string): Handler {
  const wanted = `${method === 'HEAD' ? 'GET' : method} ${path}`;
  const found = Object.entries(routes).find(([route]) => route === wanted);
  if (found) return found[1];

  const known = Object.keys(routes);
  const methods = known
    .filter((route) => route.endsWith(` ${path}`))
    .map((route) => route.slice(0, route.indexOf(' ')));
  if (methods.length === 0) throw new HttpError(404, `no route for ${path}`, { routes: known });
  const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  throw new HttpError(405, `${method} is not allowed for ${path}`, { allowed }, { allow: allowed.join(', ') });
}
