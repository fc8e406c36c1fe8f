import { spawn } from 'node:child_process';
import { createServer, request as ask, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Git's own HTTP backend behind a server that wants a password, under a name that only `resolve` knows. */
export class GitServer {
  readonly requests: { readonly url: string; readonly host: string; readonly authorized: boolean }[] = [];
  /** Answers every request with this status instead, or with nothing at all. */
  fault: number | 'hang' | undefined;
  /** Answers of the next requests, each used once; `undefined` is the true one. */
  readonly faults: (number | 'hang' | 'cut off' | undefined)[] = [];
  /** Address of the server that answers the API. @default as what is not Git */
  api: string | undefined;
  /** Answers what is not Git. @default nothing is found */
  others: (
    host: string,
    url: string,
    method: string,
    body: string,
  ) => { readonly status: number; readonly type: string; readonly body: string } = () => ({
    status: 404,
    type: 'text/plain',
    body: 'not found',
  });
  private readonly server: Server;
  private readonly authorizations: readonly string[];

  /**
   * @param projects the folder that holds the repositories
   * @param usernames all with the same password
   */
  constructor(projects: string, usernames: string | readonly string[], password: string) {
    this.authorizations = [usernames]
      .flat()
      .map((username) => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
    this.server = createServer((request, response) => {
      const authorized = this.authorizations.includes(request.headers.authorization ?? '');
      this.requests.push({ url: request.url!, host: request.headers.host!, authorized });
      const fault = this.faults.length > 0 ? this.faults.shift() : this.fault;
      if (fault === 'hang') return;
      if (typeof fault === 'number') {
        response.writeHead(fault).end();
        return;
      }
      if (this.api !== undefined && request.url!.startsWith('/api/')) {
        const [host, port] = this.api.split(':');
        const options = { host, port, path: request.url, method: request.method, headers: request.headers };
        const asked = ask(options, (answer) => {
          response.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(response);
        });
        request.pipe(asked);
        return;
      }
      if (!/\.git\//.test(request.url!)) {
        let sent = '';
        request.setEncoding('utf8').on('data', (chunk: string) => (sent += chunk));
        request.on('end', () => {
          const { status, type, body } = this.others(request.headers.host!, request.url!, request.method!, sent);
          response.writeHead(status, { 'content-type': type }).end(body);
        });
        return;
      }
      if (!authorized) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
        return;
      }
      const url = new URL(request.url!, 'http://localhost');
      const backend = spawn('git', ['http-backend'], {
        env: {
          PATH: process.env['PATH'],
          GIT_PROJECT_ROOT: projects,
          GIT_HTTP_EXPORT_ALL: '1',
          PATH_INFO: url.pathname,
          QUERY_STRING: url.search.slice(1),
          REQUEST_METHOD: request.method,
          CONTENT_TYPE: request.headers['content-type'] ?? '',
          HTTP_CONTENT_ENCODING: String(request.headers['content-encoding'] ?? ''),
          GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
          REMOTE_USER: 'ada',
        } as unknown as NodeJS.ProcessEnv,
      });
      request.pipe(backend.stdin);
      const chunks: Buffer[] = [];
      backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
      backend.on('close', () => {
        // what was asked for is done, and nobody is told
        if (fault === 'cut off') return void request.socket.destroy();
        const answer = Buffer.concat(chunks);
        const end = answer.indexOf('\r\n\r\n');
        const headers = answer
          .subarray(0, end)
          .toString()
          .split('\r\n')
          .map((line) => line.split(/: (.*)/));
        const status = headers.find(([name]) => name === 'Status')?.[1];
        for (const [name, value] of headers) if (name !== 'Status') response.setHeader(name!, value!);
        response.writeHead(Number(status?.slice(0, 3) ?? 200)).end(answer.subarray(end + 4));
      });
    });
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
