import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server says, once or always. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface FakeGithub {
  readonly baseUrl: string;
  /** `GET /user` and so on, in order. */
  readonly asked: readonly string[];
  readonly tokens: readonly string[];
  close(): Promise<void>;
}

/** Answers as the documentation of GitHub says; a list of replies is used up one by one, the last one again and again. */
export async function fakeGithub(replies: Readonly<Record<string, Reply | readonly Reply[]>>): Promise<FakeGithub> {
  const asked: string[] = [];
  const tokens: string[] = [];
  const left = new Map(Object.entries(replies).map(([key, value]) => [key, [value].flat() as Reply[]]));
  const replyTo = (request: IncomingMessage): Reply => {
    const [path] = request.url!.split('?');
    const key = `${request.method} ${path}`;
    asked.push(key);
    tokens.push(request.headers.authorization ?? '');
    const list = left.get(key);
    if (list === undefined) return { status: 404, body: { message: 'Not Found' } };
    return list.length > 1 ? list.shift()! : list[0]!;
  };
  const server = createServer((request, response) => {
    const { status = 200, headers = {}, body = {} } = replyTo(request);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    asked,
    tokens,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
