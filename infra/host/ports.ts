import { readFile, readdir, readlink } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { UserError } from '../../core/errors';

export interface Listener {
  readonly port: number;
  /** Listens where 127.0.0.1 would arrive: on it, or on all addresses. */
  readonly loopback: boolean;
  readonly inode: string;
}

/** Who holds a port. */
export interface PortOwner {
  readonly port: number;
  /** As a user would look for it: `nginx (pid 812)`, `container lab-worker2`. */
  readonly owner: string;
}

/** Asks the container engine which running containers publish a port. */
export type PublishingContainers = (port: number) => Promise<readonly string[]>;

const LISTEN = '0A';
// as the kernel prints them: 32-bit words in the machine's byte order
const REACHED_BY_LOOPBACK = new Set(['0100007F', '00000000', '0'.repeat(32), '0000000000000000FFFF00000100007F']);

/** Listening sockets of a /proc/net/tcp or /proc/net/tcp6. */
export function parseListeners(text: string): readonly Listener[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN)
    .map((fields) => {
      const [address, port] = fields[1]!.split(':');
      return { port: parseInt(port!, 16), loopback: REACHED_BY_LOOPBACK.has(address!), inode: fields[9]! };
    });
}

async function readProc(root: string, name: string): Promise<string | undefined> {
  return readFile(`${root}/${name}`, 'utf8').catch(() => undefined);
}

async function holdsSocket(folder: string, inode: string): Promise<boolean> {
  for (const descriptor of await readdir(folder).catch(() => [] as string[])) {
    if ((await readlink(`${folder}/${descriptor}`).catch(() => '')) === `socket:[${inode}]`) return true;
  }
  return false;
}

async function processOf(inode: string, root: string): Promise<string | undefined> {
  const pids = (await readdir(root)).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (await holdsSocket(`${root}/${pid}/fd`, inode)) {
      return `${(await readProc(root, `${pid}/comm`))?.trim() ?? 'process'} (pid ${pid})`;
    }
  }
  return undefined;
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // only "in use" is an answer: an ordinary user may not bind 80 although the engine can
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * Which of `ports` are taken on 127.0.0.1, and by whom. Containers are named rather than the engine's proxy process,
 * and count as owners also where the engine forwards without a listening process.
 *
 * @param proc folder of the process file system. @default `/proc`
 */
export async function takenPorts(
  ports: readonly number[],
  containers: PublishingContainers = async () => [],
  proc = '/proc',
): Promise<readonly PortOwner[]> {
  const tables = await Promise.all(['net/tcp', 'net/tcp6'].map((name) => readProc(proc, name)));
  const known = tables.some((table) => table !== undefined);
  const listeners = tables.flatMap((table) => parseListeners(table ?? '')).filter((listener) => listener.loopback);
  const owners = await Promise.all(
    ports.map(async (port): Promise<PortOwner | undefined> => {
      const names = await containers(port);
      if (names.length > 0) return { port, owner: names.map((name) => `container ${name}`).join(', ') };
      const listener = listeners.find((candidate) => candidate.port === port);
      if (listener !== undefined) {
        return { port, owner: (await processOf(listener.inode, proc)) ?? 'a process of another user' };
      }
      return known || (await canListen(port)) ? undefined : { port, owner: 'another process' };
    }),
  );
  return owners.filter((owner) => owner !== undefined);
}

/** @param settings which setting moves a port elsewhere, as in `{ 80: '--http-port' }` @throws UserError naming every owner */
export async function requireFreePorts(
  settings: Readonly<Record<number, string>>,
  containers?: PublishingContainers,
): Promise<void> {
  const taken = await takenPorts(Object.keys(settings).map(Number), containers);
  if (taken.length === 0) return;
  throw new UserError(`${taken.length === 1 ? 'a port is' : 'ports are'} taken on 127.0.0.1`, {
    details: taken.map(({ port, owner }) => `port ${port} is held by ${owner}`),
    repair: `stop the owner, or choose another port: ${taken.map(({ port }) => `${settings[port]} <port>`).join(' ')}`,
  });
}

/** A port of 127.0.0.1 that nobody listens on just now; another process may take it before it is used. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
