import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { describeError, UserError } from '../core/errors';
import { isSigned } from '../core/signature';
import { readEvent, type ForgeEvent } from './event';

/** What is done about an event. It only takes note, quickly; the forge waits for the answer. */
export interface Duty {
  readonly name: string;
  /** @throws UserError where it cannot take note now; the forge is told to try again */
  accept(event: ForgeEvent): Promise<void>;
}

/** Answers a GET below one path: the log of a run, say. */
export interface Page {
  /** `/runs/` */
  readonly below: string;
  /** What is served at the rest of the path, or undefined where there is nothing. */
  read(rest: string): Promise<{ readonly type: string; readonly body: Buffer | string } | undefined>;
}

export interface ReceiverOptions {
  /** Shared with the forge, which signs with it. */
  readonly secret: string;
  readonly duties: readonly Duty[];
  /** @default none */
  readonly pages?: readonly Page[];
  /** A push of hundreds of commits is some 500 KiB. @default 2 MiB */
  readonly bodyLimitBytes?: number;
  /** One line per event and refusal. */
  readonly say: (line: string) => void;
}

/** Where the forge sends its events. */
export const hookPath = '/hooks/forge';

/** An answer other than 200, and why. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

async function bodyOf(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw new Refusal(413, `more than ${limit} bytes`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new Refusal(413, `more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

async function receive(request: IncomingMessage, options: ReceiverOptions): Promise<string> {
  if (request.method !== 'POST') throw new Refusal(405, 'events come by POST');
  const body = await bodyOf(request, options.bodyLimitBytes ?? 2 * 1024 * 1024);
  if (!isSigned(options.secret, body, header(request, 'x-gitea-signature'))) {
    throw new Refusal(401, 'the signature is missing or wrong');
  }
  let event: ForgeEvent | undefined;
  try {
    event = readEvent(header(request, 'x-gitea-event') ?? '', body);
  } catch (error) {
    if (error instanceof UserError) throw new Refusal(400, describeError(error));
    throw error;
  }
  if (event === undefined) return 'nothing to do';
  const { name, repository, ref, commit = '' } = event;
  options.say(`${name} ${repository} ${ref} ${commit.slice(0, 7)}`.trim());
  const results = await Promise.allSettled(options.duties.map((duty) => duty.accept(event)));
  const failed = results.flatMap((result, index) =>
    result.status === 'rejected' ? [`${options.duties[index]!.name}: ${describeError(result.reason)}`] : [],
  );
  if (failed.length > 0) throw new Refusal(503, failed.join('\n'));
  return 'accepted';
}

async function show(request: IncomingMessage, response: ServerResponse, pages: readonly Page[]): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refusal(405, 'pages are read by GET');
  const { pathname } = new URL(request.url!, 'http://receiver');
  const page = pages.find(({ below }) => pathname.startsWith(below));
  const found = await page?.read(pathname.slice(page.below.length));
  if (found === undefined) throw new Refusal(404, 'there is nothing here');
  response.writeHead(200, { 'content-type': found.type, 'x-content-type-options': 'nosniff' });
  response.end(request.method === 'HEAD' ? undefined : found.body);
}

function answer(response: ServerResponse, status: number, message: string): void {
  // the rest of a body that was refused is not waited for
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${message}\n`);
}

/**
 * A server for the forge's signed events: each one that is genuine is handed to every duty. What comes unsigned,
 * too large or malformed is refused before anything looks at it.
 */
export function createReceiver(options: ReceiverOptions): Server {
  if (options.secret.length < 16) throw new UserError('the secret of the hook is shorter than 16 characters');
  const pages: readonly Page[] = [
    { below: '/healthz', read: async () => ({ type: 'text/plain', body: 'ok\n' }) },
    ...(options.pages ?? []),
  ];
  const server = createServer((request, response) => {
    const work = async (): Promise<void> => {
      if (request.url === hookPath) answer(response, 200, await receive(request, options));
      else await show(request, response, pages);
    };
    work().catch((error: unknown) => {
      const refusal = error instanceof Refusal ? error : new Refusal(500, 'this is a fault of the receiver');
      options.say(error instanceof Refusal ? `refused ${refusal.status}: ${refusal.message}` : describeError(error));
      if (response.headersSent) response.destroy();
      else answer(response, refusal.status, refusal.message);
    });
  });
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  server.maxConnections = 100;
  return server;
}
