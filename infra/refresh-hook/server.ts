import { createServer, type IncomingMessage, type Server } from 'node:http';
import { isSigned } from '../../core/signature';

export interface RefreshHookOptions {
  /** What the forge signs with. */
  readonly secret: string;
  /** Makes Argo CD look at what its generators read; `id` differs from one event to the next. */
  readonly refresh: (id: string) => Promise<void>;
  readonly say: (line: string) => void;
}

/** Pushes of thousands of commits are cut by the forge long before. */
const bodyLimitBytes = 4 * 1024 * 1024;

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function receive(
  request: IncomingMessage,
  { secret, refresh }: RefreshHookOptions,
): Promise<readonly [status: number, text: string]> {
  if (request.method === 'GET' && request.url === '/healthz') return [200, 'ok'];
  if (request.method !== 'POST') return [405, 'events come by POST'];
  const body = await bodyOf(request);
  if (body === undefined) return [413, 'too large'];
  const { 'x-gitea-signature': signature, 'x-gitea-delivery': delivery } = request.headers;
  if (!isSigned(secret, body, String(signature))) return [401, 'the signature is missing or wrong'];
  // what differs is a change even where the event before has not been looked at yet
  const id = typeof delivery === 'string' && /^[\w-]{1,63}$/.test(delivery) ? delivery : String(Date.now());
  await refresh(id);
  return [200, 'refreshed'];
}

/** A server for signed events of the forge, whatever they are: each makes Argo CD look at its generators. */
export function createRefreshHook(options: RefreshHookOptions): Server {
  const server = createServer((request, response) => {
    receive(request, options)
      .catch((error: unknown) => [502, error instanceof Error ? error.message : String(error)] as const)
      .then(([status, text]) => {
        if (request.url !== '/healthz') options.say(`${request.method} ${status} ${text}`);
        response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${text}\n`);
      });
  });
  server.requestTimeout = 15_000;
  return server;
}
