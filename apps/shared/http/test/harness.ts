import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createLog, type Level } from '../log';
import type { Routes } from '../routes';
import { startServer, type RunningServer } from '../server';

export type LogLine = Readonly<Record<string, unknown>>;

/** What a test has opened and must not leave behind. */
const open: (() => Promise<unknown> | void)[] = [];

export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((close) => close()));
}

export interface Started {
  readonly url: string;
  readonly server: RunningServer;
  readonly lines: LogLine[];
}

/** The real server on a free port, its log kept. */
export async function start(routes: Routes, level: Level = 'debug'): Promise<Started> {
  const lines: LogLine[] = [];
  const log = createLog({ service: 'test', level, write: (line) => lines.push(JSON.parse(line) as LogLine) });
  const server = await startServer({ port: 0, version: '1.2.3', routes, log });
  open.push(() => server.drain({ delayMs: 0, timeoutMs: 0 }));
  return { url: `http://127.0.0.1:${server.port}`, server, lines };
}

/** A promise that a test resolves when something has happened. */
export function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: () => resolve() };
}

/** Another service, as a server that does as it is told. */
export async function fakeUpstream(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A port of loopback on which nobody listens. */
export async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

/** Sends bytes as they are, and resolves to all that comes back until the server ends the connection. */
export async function sendRaw(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

export interface RunningProcess {
  readonly url: string;
  readonly child: ChildProcess;
  readonly lines: LogLine[];
  /** The exit code, or the signal it died of. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** A service's entry file as a process of its own, which knows no environment variable but these. */
export function run(main: string, environment: Readonly<Record<string, string>>): Omit<RunningProcess, 'url'> {
  const child = spawn(process.execPath, ['--require', require.resolve('tsx/cjs'), main], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: LogLine[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((line) => JSON.parse(line) as LogLine));
    child.emit('logged');
  });
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null);
  open.push(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, lines, ended };
}

/** The same, once it listens. */
export async function runUntilListening(
  main: string,
  environment: Readonly<Record<string, string>>,
): Promise<RunningProcess> {
  const running = run(main, { PORT: '0', ...environment });
  const { port } = await logged(running, 'listening');
  return { ...running, url: `http://127.0.0.1:${String(port)}` };
}

/** The line with a message, as soon as the process has written it. */
export async function logged(
  { child, lines }: Pick<RunningProcess, 'child' | 'lines'>,
  message: string,
): Promise<LogLine> {
  for (;;) {
    const line = lines.find((candidate) => candidate['message'] === message);
    if (line) return line;
    if (child.exitCode !== null) throw new Error(`ended without "${message}": ${JSON.stringify(lines)}`);
    await Promise.race([once(child, 'logged'), once(child, 'close')]);
  }
}
