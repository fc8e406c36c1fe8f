import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ForgeConnection } from '../../forge';

interface Stored {
  readonly number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  merged: boolean;
  readonly head: { readonly ref: string; readonly sha: string };
  readonly base: { readonly ref: string };
  readonly html_url: string;
  readonly node_id: string;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly host: string | undefined;
  readonly body: Record<string, unknown>;
}

async function read(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

export interface StoredComment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string };
  readonly html_url: string;
}

/** A server that keeps pull requests, comments, statuses and releases as Gitea and GitHub do, and fails when it is told to. */
export class FakeForge {
  readonly pulls: Stored[] = [];
  readonly releases = new Map<string, Record<string, unknown>>();
  readonly comments: StoredComment[] = [];
  readonly statuses: Record<string, unknown>[] = [];
  /** Whom the credentials belong to. */
  user = 'slipway';
  /** Characters that one comment may have. */
  longestComment = 65_536;
  readonly asked: Asked[] = [];
  /** Answers of the next requests, each used once: a status, or `hang up`. */
  readonly faults: (number | 'hang up' | { status: number; headers: Record<string, string> })[] = [];
  /** What every request of a method answers. */
  readonly faultsOf = new Map<string, number>();
  /** What merging answers instead of merging. */
  mergeAnswers: { status: number; message: string }[] = [];
  /** Whether merging waits for checks. */
  waits = false;
  /** Errors of the GraphQL API. */
  graphqlErrors: string[] = [];
  private readonly server: Server;

  constructor(
    private readonly type: 'gitea' | 'github',
    /** The commit of a branch. */
    private readonly commitOf: (branch: string) => string = () => 'c'.repeat(40),
  ) {
    this.server = createServer((request, response) => {
      void read(request).then((body) => {
        const path = request.url!.replace('/api/v1', '');
        const { authorization, host } = request.headers;
        this.asked.push({ method: request.method!, path, authorization, host, body });
        const fault = this.faults.shift() ?? this.faultsOf.get(request.method!);
        if (fault === 'hang up') return request.socket.destroy();
        if (fault !== undefined) {
          const { status, headers } = typeof fault === 'number' ? { status: fault, headers: {} } : fault;
          return response.writeHead(status, headers).end(JSON.stringify({ message: 'as told' }));
        }
        const [status, answer] = this.answer(request.method!, new URL(path, 'http://forge'), body);
        return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
  }

  async start(): Promise<ForgeConnection> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as AddressInfo;
    return {
      type: this.type,
      api: `http://git.offerfit.local:${port}${this.type === 'gitea' ? '/api/v1' : ''}`,
      credentials: { token: 'a-token' },
      resolve: `git.offerfit.local:${port}:127.0.0.1`,
    };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(
    method: string,
    { pathname: path, searchParams }: URL,
    body: Record<string, unknown>,
  ): [number, unknown] {
    const repository = '/repos/offerfit/platform';
    if (path === '/graphql') return [200, this.graphql(body)];
    if (path === '/user' && this.type === 'gitea') return [200, { login: this.user }];
    const number = /\/issues\/(\d+)\/comments$/.exec(path)?.[1];
    if (number !== undefined && method === 'GET') return [200, this.page(searchParams)];
    if (number !== undefined) return this.comment(String(body['body']));
    const comment = /\/issues\/comments\/(\d+)$/.exec(path)?.[1];
    if (comment !== undefined) return this.edit(method, Number(comment), body);
    if (path.startsWith(`${repository}/statuses/`)) {
      this.statuses.push({ commit: path.split('/').at(-1), ...body });
      return [201, body];
    }
    const summed = /^\/repos\/(.+)\/commits\/(\w+)\/status$/.exec(path);
    if (summed !== null) return this.summary(summed[1]!, summed[2]!, searchParams);
    const pull = /\/pulls\/(\d+)(\/merge)?$/.exec(path);
    if (pull !== null && this.pulls[Number(pull[1]) - 1] === undefined) return [404, { message: 'Not Found' }];
    if (pull !== null) return this.pull(method, this.pulls[Number(pull[1]) - 1]!, pull[2] !== undefined, body);
    if (path === `${repository}/pulls` && method === 'GET')
      return [200, this.pulls.filter(({ state }) => state === 'open')];
    if (path === `${repository}/pulls`) return [201, this.add(body)];
    const tag = /\/releases\/tags\/(.+)$/.exec(path)?.[1];
    if (tag !== undefined) return this.releases.has(tag) ? [200, this.releases.get(tag)] : [404, { message: 'no' }];
    if (path === `${repository}/releases`) {
      const release = { ...body, html_url: `http://forge/releases/${String(body['tag_name'])}` };
      this.releases.set(String(body['tag_name']), release);
      return [201, release];
    }
    return [404, { message: `nothing at ${path}` }];
  }

  /** The newest status of each context, in pages, as each forge spells it. */
  private summary(repository: string, commit: string, parameters: URLSearchParams): [number, unknown] {
    if (repository !== 'offerfit/platform') return [404, { message: 'Not Found' }];
    const mine = this.statuses.filter((status) => status['commit'] === commit);
    const newest = [...new Map(mine.map((status) => [status['context'], status])).values()];
    const size = Number(parameters.get(this.type === 'gitea' ? 'limit' : 'per_page'));
    const start = (Number(parameters.get('page')) - 1) * size;
    const statuses = newest.slice(start, start + size).map(({ state, ...status }) => ({
      ...status,
      ...(this.type === 'gitea' ? { status: state } : { state }),
    }));
    return [200, { statuses }];
  }

  /** Gitea knows no pages here. */
  private page(parameters: URLSearchParams): readonly StoredComment[] {
    if (this.type === 'gitea') return this.comments;
    const [size, page] = [Number(parameters.get('per_page')), Number(parameters.get('page'))];
    return this.comments.slice((page - 1) * size, page * size);
  }

  /** Writes a comment as the user of the credentials, or as another one. */
  comment(body: string, login = this.user): [number, unknown] {
    if (body.length > this.longestComment) return [422, { message: 'Body is too long' }];
    const id = 100 + this.comments.length;
    this.comments.push({ id, body, user: { login }, html_url: `http://forge/comments/${id}` });
    return [201, this.comments.at(-1)];
  }

  private edit(method: string, id: number, body: Record<string, unknown>): [number, unknown] {
    const at = this.comments.findIndex((comment) => comment.id === id);
    const stored = this.comments[at]!;
    if (stored.user.login !== this.user) return [403, { message: 'not yours' }];
    if (method === 'DELETE') return this.comments.splice(at, 1) && [204, undefined];
    if (String(body['body']).length > this.longestComment) return [422, { message: 'Body is too long' }];
    stored.body = String(body['body']);
    return [200, stored];
  }

  private add(body: Record<string, unknown>): Stored {
    const number = this.pulls.length + 1;
    const { head, base, title, body: text } = body as Record<string, string>;
    const stored: Stored = {
      number,
      title: title!,
      body: text!,
      state: 'open',
      merged: false,
      head: { ref: head!, sha: this.commitOf(head!) },
      base: { ref: base! },
      html_url: `http://forge/pulls/${number}`,
      node_id: `node-${number}`,
    };
    this.pulls.push(stored);
    return stored;
  }

  private pull(method: string, stored: Stored, merge: boolean, body: Record<string, unknown>): [number, unknown] {
    if (merge) {
      const refusal = this.mergeAnswers.shift();
      if (refusal !== undefined) return [refusal.status, { message: refusal.message }];
      if (!this.waits) Object.assign(stored, { state: 'closed', merged: true });
      return [this.type === 'gitea' && this.waits ? 201 : 200, {}];
    }
    if (method === 'PATCH') Object.assign(stored, { title: body['title'], body: body['body'] });
    return [method === 'PATCH' ? 201 : 200, stored];
  }

  private graphql(body: Record<string, unknown>): unknown {
    return {
      data: String(body['query']).includes('viewer') ? { viewer: { login: this.user } } : {},
      ...(this.graphqlErrors.length > 0 && { errors: this.graphqlErrors.map((message) => ({ message })) }),
    };
  }
}
