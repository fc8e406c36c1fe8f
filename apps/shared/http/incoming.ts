import type { IncomingMessage } from 'node:http';
import { HttpError } from './routes';

/** Bodies above it are refused with 413. */
export const bodyLimitBytes = 64 * 1024;

/** Path and query of a request; throws 400 if the target is neither a path nor a URL, or HTTP/1.1 comes without host. */
export function targetOf(incoming: IncomingMessage): Pick<URL, 'pathname' | 'searchParams'> {
  if (incoming.httpVersion === '1.1' && incoming.headers.host === undefined) {
    throw new HttpError(400, 'the host header is missing', {}, { connection: 'close' });
  }
  const target = incoming.url ?? '/';
  // Only a host in front keeps `//elsewhere/ping` a path instead of another host's /ping.
  const url = target.startsWith('/') ? `http://service${target}` : target;
  if (!URL.canParse(url)) throw new HttpError(400, 'the request target is malformed');
  return new URL(url);
}

/**
 * The whole body as text. What exceeds the limit is thrown away as it comes, and the connection ends with the answer:
 * there is no other way to stop the client.
 */
export function readBody(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const refuse = () =>
      reject(new HttpError(413, `the body exceeds ${bodyLimitBytes} bytes`, {}, { connection: 'close' }));
    if (Number(incoming.headers['content-length'] ?? 0) > bodyLimitBytes) return refuse();

    const chunks: Buffer[] = [];
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bodyLimitBytes) refuse();
      else chunks.push(chunk);
    });
    incoming.on('end', () => resolve(Buffer.concat(chunks).toString()));
    incoming.on('error', () => reject(new HttpError(400, 'the request ended early')));
  });
}
