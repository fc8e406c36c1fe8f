import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { readBody, targetOf } from './incoming';
import type { Log } from './log';
import { findHandler, HttpError, type Reply, type Routes } from './routes';
import { continueTrace, type Trace } from './trace';

export interface ListenerOptions {
  readonly routes: Routes;
  readonly log: Log;
  /** While true, every answer asks the client to connect anew, that is to another instance. */
  readonly isDraining: () => boolean;
}

/** Answers each request by its route and logs it, in one line, when the answer is sent or the client is gone. */
export function requestListener({ routes, log, isDraining }: ListenerOptions) {
  return async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const startedAt = performance.now();
    const trace = continueTrace(incoming.headers);
    const gone = new AbortController();
    response.once('close', () => {
      gone.abort();
      logRequest(log, incoming, response, trace, performance.now() - startedAt);
    });
    const { status, headers, payload } = await answer(incoming, trace, gone.signal, routes, log);
    if (response.destroyed) return;
    response.writeHead(status, { ...headers, ...(isDraining() ? { connection: 'close' } : {}) });
    response.end(payload);
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly payload: string;
}

async function answer(
  incoming: IncomingMessage,
  trace: Trace,
  signal: AbortSignal,
  routes: Routes,
  log: Log,
): Promise<Answer> {
  try {
    const { pathname, searchParams: query } = targetOf(incoming);
    const handle = findHandler(routes, incoming.method ?? 'GET', pathname);
    const body = await readBody(incoming);
    return toAnswer(await handle({ query, headers: incoming.headers, body, trace, signal }));
  } catch (error) {
    if (error instanceof HttpError) {
      if (error.status >= 500) log('warn', error.message, { traceId: trace.id });
      return toAnswer(errorReply(error, trace));
    }
    // What went wrong inside is for the log; the identifier in the answer leads there.
    if (!signal.aborted) log('error', 'handler failed', { traceId: trace.id, error: stackOf(error) });
    return toAnswer(errorReply(new HttpError(500, 'internal error'), trace));
  }
}

function toAnswer({ status = 200, headers = {}, body }: Reply): Answer {
  const payload = JSON.stringify(body);
  return { status, payload, headers: { ...jsonHeaders(payload), ...headers } };
}

function errorReply(error: HttpError, trace: Trace): Reply {
  const body = { error: error.message, ...error.details, traceId: trace.id };
  return { status: error.status, headers: error.headers, body };
}

function jsonHeaders(payload: string) {
  return {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(payload),
    'cache-control': 'no-store',
  };
}

function logRequest(log: Log, incoming: IncomingMessage, response: ServerResponse, trace: Trace, elapsedMs: number) {
  const path = incoming.url?.split('?', 1).join();
  const status = response.statusCode;
  const sent = response.writableFinished;
  const level = path === '/health' ? 'debug' : sent && status >= 500 ? 'error' : 'info';
  log(level, sent ? 'request' : 'request abandoned by the client', {
    method: incoming.method,
    path,
    ...(sent ? { status } : {}),
    durationMs: Math.round(elapsedMs * 10) / 10,
    traceId: trace.id,
  });
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const parserErrors: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the headers are too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the chunk extensions are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to arrive'],
};

/** Answers what is not HTTP at all, in JSON like everything else, and ends the connection. */
export function clientErrorListener(log: Log) {
  return (error: NodeJS.ErrnoException, socket: Duplex): void => {
    const [status, message] = parserErrors[error.code ?? ''] ?? [400, 'the request is malformed'];
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    log('warn', message, { status, code: error.code });
    const payload = JSON.stringify({ error: message });
    const headers = Object.entries({ ...jsonHeaders(payload), connection: 'close' });
    const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
    socket.end(`${head.join('\r\n')}\r\n\r\n${payload}`);
  };
}
