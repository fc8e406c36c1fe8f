import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that a service of notifications was sent. */
export interface Told {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  /** JSON, or a form as an object. */
  readonly body: Readonly<Record<string, unknown>>;
}

async function read(request: IncomingMessage): Promise<Told['body']> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  if (text === '') return {};
  return /form-urlencoded/.test(request.headers['content-type'] ?? '')
    ? Object.fromEntries(new URLSearchParams(text))
    : (JSON.parse(text) as Told['body']);
}

/** Listens in the place of GitHub, Gitea and Slack, keeps what it is told, and answers as their documentation says. */
export class Listener {
  readonly told: Told[] = [];
  private readonly deployments: Record<string, unknown>[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      void read(request).then((body) => {
        const { pathname: path, searchParams: query } = new URL(request.url!, 'http://listener');
        const one = { method: request.method!, path, query, authorization: request.headers.authorization, body };
        this.told.push(one);
        const [status, answer] = this.answer(one);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close().closeAllConnections();
  }

  /** Takes what it was told by POST on paths that end so. */
  take(ending: RegExp): readonly Told[] {
    const found = this.told.filter(({ method, path }) => method === 'POST' && ending.test(path));
    for (const one of found) this.told.splice(this.told.indexOf(one), 1);
    return found;
  }

  private answer({ method, path, body }: Told): [number, unknown] {
    if (path.endsWith('/access_tokens')) {
      return [201, { token: 'ghs_installation', expires_at: new Date(Date.now() + 3_600_000).toISOString() }];
    }
    if (path.endsWith('/chat.postMessage')) return [200, { ok: true, channel: 'C0123', ts: '1503435956.000247' }];
    if (path.endsWith('/deployments') && method === 'GET') return [200, this.deployments];
    if (path.endsWith('/deployments')) {
      this.deployments.push({ id: this.deployments.length + 1, ...body });
      return [201, this.deployments.at(-1)];
    }
    return [201, { id: 1, ...body }];
  }
}
