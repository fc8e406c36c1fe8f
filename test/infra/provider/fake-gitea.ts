import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeGiteaLists } from './fake-gitea-lists';

type Body = Record<string, unknown>;

/** What the server does instead of answering properly. */
export type Trouble = 'none' | 'hang' | 'reset' | 'refuse-password' | 'fail' | 'gateway' | 'no-route';

/** As much of Gitea's API as the resource types use, on loopback. */
export class FakeGitea {
  readonly organizations = new Map<string, Body>();
  readonly repositories = new Map<string, Body>();
  readonly users = new Map<string, Body>();
  readonly collaborators = new Map<string, string>();
  readonly lists = new FakeGiteaLists();
  readonly requests: {
    readonly method: string;
    readonly path: string;
    readonly host: string | undefined;
    readonly user: string;
  }[] = [];
  /** What the next requests meet; the last one stays. */
  troubles: Trouble[] = ['none'];
  port = 0;
  private server: Server | undefined;

  async start(): Promise<this> {
    this.server = createServer((request, response) => void this.handle(request, response));
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const path = request.url!.replace(/^\/api\/v1/, '');
    const [user] = Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64')
      .toString()
      .split(':');
    this.requests.push({ method: request.method!, path, host: request.headers.host, user: user! });
    const trouble = this.troubles.length > 1 ? this.troubles.shift()! : this.troubles[0]!;
    if (trouble === 'hang') return;
    if (trouble === 'reset') return void request.socket.destroy();
    if (trouble === 'gateway') return void response.writeHead(503).end('<html>no healthy upstream</html>');
    if (trouble === 'no-route') return void response.writeHead(404).end('404 page not found');
    const [status, body] =
      trouble === 'refuse-password'
        ? [401, { message: 'user does not exist or wrong password' }]
        : trouble === 'fail'
          ? [500, { message: 'database is locked' }]
          : this.answer(request.method!, path, text === '' ? {} : (JSON.parse(text) as Body));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? '' : JSON.stringify(body));
  }

  private answer(method: string, path: string, body: Body): readonly [number, unknown?] {
    const listed = this.lists.answer(method, path, body);
    if (listed !== undefined) return listed;
    const [, kind, first, second, , fifth] = path.split('?')[0]!.split('/');
    if (method === 'POST' && path === '/orgs') return this.put(this.organizations, String(body['username']), body);
    if (method === 'POST' && kind === 'orgs')
      return this.put(this.repositories, `${first}/${String(body['name'])}`, body);
    if (method === 'POST' && path === '/admin/users') return this.put(this.users, String(body['username']), body);
    if (kind === 'orgs') return this.one(this.organizations, method, first!, body);
    if (kind === 'users') return this.one(this.users, method, first!, body);
    if (kind === 'admin') return this.one(this.users, method, second!, body);
    if (fifth !== undefined) return this.collaborator(method, path, `${first}/${second}/${fifth}`, body);
    return this.one(this.repositories, method, `${first}/${second}`, body);
  }

  private put(into: Map<string, Body>, key: string, body: Body): readonly [number, unknown?] {
    if (into.has(key)) return [422, { message: `${key} is taken` }];
    into.set(key, body);
    return [201, body];
  }

  private one(of: Map<string, Body>, method: string, key: string, body: Body): readonly [number, unknown?] {
    const found = of.get(key);
    if (found === undefined) return [404, { message: 'not found' }];
    if (method === 'DELETE') return of.delete(key) ? [204] : [500];
    if (method === 'PATCH') of.set(key, { ...found, ...body });
    return [200, of.get(key)];
  }

  private collaborator(method: string, path: string, key: string, body: Body): readonly [number, unknown?] {
    if (method === 'PUT') {
      this.collaborators.set(key, String(body['permission']));
      return [204];
    }
    const permission = this.collaborators.get(key);
    if (permission === undefined) return [404, { message: 'not found' }];
    if (method === 'DELETE') return this.collaborators.delete(key) ? [204] : [500];
    return path.endsWith('/permission') ? [200, { permission }] : [204];
  }
}
