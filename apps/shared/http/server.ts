import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientErrorListener, requestListener } from './listener';
import type { Log } from './log';
import type { Routes } from './routes';

export interface ServerOptions {
  /** 0 takes any free one. */
  readonly port: number;
  /** What /version answers. */
  readonly version: string;
  /** Beside /health and /version, which every service has. */
  readonly routes: Routes;
  readonly log: Log;
}

export interface DrainOptions {
  /** How long to serve on while /health already answers 503, so that routes to this instance are gone first. */
  readonly delayMs: number;
  /** How long requests may take to end after that. */
  readonly timeoutMs: number;
}

export interface RunningServer {
  readonly port: number;
  /** Ends without losing requests. Resolves to how many had to be cut off because the timeout passed. */
  drain(options: DrainOptions): Promise<number>;
}

/** Resolves when the server accepts connections; rejects if the port cannot be had. */
export async function startServer({ port, version, routes, log }: ServerOptions): Promise<RunningServer> {
  let draining = false;
  const standardRoutes: Routes = {
    'GET /health': () => (draining ? { status: 503, body: { Status: 'Draining' } } : { body: { Status: 'Success' } }),
    'GET /version': () => ({ body: { version } }),
  };
  const server = createServer({
    // Longer than proxies keep idle connections (ingress-nginx: 60 s), so that they never send into a closed one.
    keepAliveTimeout: 65_000,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    // Checked by the listener instead, because Node's own refusal is not JSON.
    requireHostHeader: false,
  });
  const requests = countRequests(server);
  server.on('request', requestListener({ routes: { ...routes, ...standardRoutes }, log, isDraining: () => draining }));
  // An expectation may be ignored; Node's own refusal of it is not JSON either.
  server.on('checkExpectation', (incoming, response) => server.emit('request', incoming, response));
  server.on('clientError', clientErrorListener(log));
  server.listen(port);
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    drain: async ({ delayMs, timeoutMs }) => {
      draining = true;
      await sleep(delayMs);
      server.close();
      const cutOff = await requests.end(timeoutMs);
      // Also closes connections that never sent a request and would hold the process.
      server.closeAllConnections();
      return cutOff;
    },
  };
}

/** Keeps count of the requests that are being answered. */
function countRequests(server: Server) {
  let underWay = 0;
  const events = new EventEmitter();
  server.on('request', (_incoming, response) => {
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
      if (underWay === 0) events.emit('quiet');
    });
  });
  return {
    /** Resolves when none is left, or to how many are left after the time. */
    end: async (timeoutMs: number): Promise<number> => {
      if (underWay === 0) return 0;
      const signal = AbortSignal.timeout(timeoutMs);
      await once(events, 'quiet', { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      return underWay;
    },
  };
}
