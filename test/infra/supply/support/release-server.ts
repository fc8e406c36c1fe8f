import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request; `next` serves the file as a good server does. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** A release server on loopback: files that are served with ranges, and what goes wrong before they are. */
export class ReleaseServer {
  readonly files = new Map<string, Buffer>();
  /** By path; each request takes the first and the last one stays. */
  readonly behaviours = new Map<string, Behaviour[]>();
  readonly requests: { readonly method: string; readonly path: string; readonly range: string | undefined }[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const path = request.url!;
      this.requests.push({ method: request.method!, path, range: request.headers.range });
      const queue = this.behaviours.get(path) ?? this.behaviours.get('*') ?? [];
      const behaviour = queue.shift();
      const next = (): void => this.serve(request, response);
      if (behaviour === undefined) next();
      else behaviour(request, response, next);
    });
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Sends an address of the real world here, its host as the first part of the path. */
  readonly rewrite = (url: string): string => {
    const { host, pathname } = new URL(url);
    return `${this.origin}/${host}${pathname}`;
  };

  /** How often a path was asked for. */
  count(path: string, method = 'GET'): number {
    return this.requests.filter((request) => request.path === path && request.method === method).length;
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const content = this.files.get(request.url!);
    if (content === undefined) {
      response.writeHead(404).end();
      return;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
    if (Number.isNaN(from)) {
      response.writeHead(200, { 'content-length': content.length });
    } else if (from >= content.length) {
      response.writeHead(416).end();
      return;
    } else {
      const range = `bytes ${from}-${content.length - 1}/${content.length}`;
      response.writeHead(206, { 'content-length': content.length - from, 'content-range': range });
    }
    response.end(request.method === 'HEAD' ? undefined : content.subarray(from || 0));
  }
}

export const status =
  (code: number, headers: Record<string, string> = {}): Behaviour =>
  (_request, response) =>
    void response.writeHead(code, headers).end();

/** Accepts the request and then says nothing more. */
export const hang: Behaviour = () => undefined;

/** Announces everything, sends `bytes` of it and drops the connection. */
export const cutAfter =
  (content: Buffer, bytes: number): Behaviour =>
  (_request, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, bytes), () => setTimeout(() => response.destroy(), 20));
  };

/** Sends `bytes` of it and then nothing, without closing. */
export const stallAfter =
  (content: Buffer, bytes: number): Behaviour =>
  (_request, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, bytes));
  };

export const redirectTo =
  (path: string): Behaviour =>
  (_request, response) =>
    void response.writeHead(302, { location: path }).end();

/** Refuses the connection as a machine does that is being restarted. */
export const drop: Behaviour = (request) => void request.socket.destroy();
