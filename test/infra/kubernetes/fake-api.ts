import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeAnswer {
  readonly status?: number;
  readonly body: unknown;
  readonly warnings?: readonly string[];
}

/** Speaks as an API server would, on loopback. */
export async function withFakeApi<T>(
  answer: (request: IncomingMessage, body: string) => FakeAnswer | undefined,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const said = answer(request, Buffer.concat(chunks).toString('utf8'));
      // without an answer the request stays open
      if (said === undefined) return;
      const { status = 200, body, warnings = [] } = said;
      response.writeHead(status, [
        ...['content-type', 'application/json'],
        ...warnings.flatMap((text) => ['Warning', `299 - ${JSON.stringify(text)}`]),
      ]);
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
