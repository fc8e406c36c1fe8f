import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { openSync, closeSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../core/errors';
import { withLock } from '../../core/lock';
import { freePort } from '../host/ports';
import { ApiClient, type ApiServer } from '../kubernetes/api-client';
import { Keeper } from './keeper';
import { clearLeftovers, ownerFile, scratchFolder } from './leftovers';

export interface ControlPlaneOptions {
  /** Paths of the programs. */
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly signal?: AbortSignal;
  /** Parent of the folder with its certificates and data. @default the system's for temporary files */
  readonly scratch?: string;
  /** After which a start that does not come to an end fails, in seconds. @default 120 */
  readonly patienceSeconds?: number;
}

/** Ports are looked for before they are taken, so another process may be faster. */
const attempts = 3;

/**
 * Runs `work` beside a real API server with an empty store and nothing else: no controllers, no nodes. It listens on a
 * free port of loopback, is let in by a token that nobody else has, and is gone with all it wrote when `work` ends,
 * fails, or this process is killed. Any number may run at a time.
 *
 * @throws UserError where it does not start, with what it said
 */
export async function withControlPlane<T>(
  options: ControlPlaneOptions,
  work: (server: ApiServer) => Promise<T>,
): Promise<T> {
  await clearLeftovers(options.scratch);
  const folder = await scratchFolder(options.scratch);
  const keeper = new Keeper(folder);
  try {
    return await withLock(ownerFile(folder), { purpose: 'a throwaway control plane' }, async () =>
      work(await start(folder, keeper, options)),
    );
  } finally {
    await keeper.clear();
  }
}

async function start(folder: string, keeper: Keeper, options: ControlPlaneOptions): Promise<ApiServer> {
  const credentials = await writeCredentials(folder);
  for (let attempt = 1; ; attempt += 1) {
    const [etcdPort, apiPort] = [await freePort(), await freePort()];
    const data = path.join(folder, `etcd-${attempt}`);
    const etcd = new Program('etcd', options.etcd, etcdArguments(data, etcdPort), folder, keeper);
    const apiserver = new Program(
      'kube-apiserver',
      options.kubeApiserver,
      apiserverArguments(folder, etcdPort, apiPort),
      folder,
      keeper,
    );
    try {
      return await ready(folder, `https://127.0.0.1:${apiPort}`, credentials, [etcd, apiserver], options);
    } catch (error) {
      etcd.kill();
      apiserver.kill();
      const taken = [etcd, apiserver].some(({ portTaken }) => portTaken);
      if (!taken || attempt === attempts) throw error;
    }
  }
}

interface Credentials {
  readonly token: string;
}

async function writeCredentials(folder: string): Promise<Credentials> {
  const token = randomBytes(24).toString('hex');
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const write = (name: string, content: string | Buffer): Promise<void> =>
    writeFile(path.join(folder, name), content, { mode: 0o600 });
  await mkdir(path.join(folder, 'certificates'), { mode: 0o700 });
  await write('tokens.csv', `${token},slipway,slipway,"system:masters"\n`);
  await write('account.key', privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await write('account.pub', publicKey.export({ type: 'spki', format: 'pem' }));
  return { token };
}

function etcdArguments(data: string, port: number): readonly string[] {
  const url = `http://127.0.0.1:${port}`;
  return [
    `--data-dir=${data}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    // nobody joins it
    '--listen-peer-urls=http://127.0.0.1:0',
    // nothing of it has to survive a power cut
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

function apiserverArguments(folder: string, etcdPort: number, port: number): readonly string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    // it signs a certificate for itself there
    `--cert-dir=${path.join(folder, 'certificates')}`,
    `--token-auth-file=${path.join(folder, 'tokens.csv')}`,
    '--anonymous-auth=false',
    '--authorization-mode=AlwaysAllow',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${path.join(folder, 'account.pub')}`,
    `--service-account-signing-key-file=${path.join(folder, 'account.key')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    // no controller makes the accounts that it would ask for
    '--disable-admission-plugins=ServiceAccount',
    // as kubeadm sets it; what may be privileged is for policies to say
    '--allow-privileged=true',
    '--enable-priority-and-fairness=false',
    '--endpoint-reconciler-type=none',
    '--profiling=false',
  ];
}

/** One program of a control plane; what it says goes to a file. */
class Program {
  private readonly child: ChildProcess;
  private readonly log: string;
  private ended: string | undefined;
  portTaken = false;

  constructor(
    readonly name: string,
    file: string,
    args: readonly string[],
    folder: string,
    keeper: Keeper,
  ) {
    this.log = path.join(folder, `${name}.log`);
    const descriptor = openSync(this.log, 'w', 0o600);
    this.child = spawn(file, args, { cwd: folder, detached: true, stdio: ['ignore', descriptor, descriptor] });
    closeSync(descriptor);
    if (this.child.pid !== undefined) keeper.watch(this.child.pid);
    this.child.on('error', (error) => (this.ended = error.message));
    this.child.on('exit', (code, signal) => (this.ended ??= `ended with ${code ?? signal}`));
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** @throws UserError with its last lines where it has ended */
  async requireRunning(): Promise<void> {
    if (this.ended !== undefined) throw await this.failure(this.ended);
  }

  async failure(reason: string): Promise<UserError> {
    const lines = (await readFile(this.log, 'utf8').catch(() => '')).trim().split('\n');
    this.portTaken = lines.some((line) => line.includes('address already in use'));
    return new UserError(`${this.name} does not start: ${reason}`, { details: lines.slice(-5).filter(Boolean) });
  }
}

async function ready(
  folder: string,
  url: string,
  { token }: Credentials,
  programs: readonly Program[],
  { signal, patienceSeconds = 120 }: ControlPlaneOptions,
): Promise<ApiServer> {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (;;) {
    for (const program of programs) await program.requireRunning();
    const server = await readServer(folder, url, token);
    if (server !== undefined && (await isReady(server, signal))) return server;
    if (Date.now() > deadline) throw await programs.at(-1)!.failure(`not ready after ${patienceSeconds} s`);
    await sleep(50, undefined, { ...(signal && { signal }) });
  }
}

/** Its certificate is there once it has signed it. */
async function readServer(folder: string, url: string, token: string): Promise<ApiServer | undefined> {
  const ca = await readFile(path.join(folder, 'certificates/apiserver.crt'), 'utf8').catch(() => '');
  return ca.includes('END CERTIFICATE') ? { url, ca, token } : undefined;
}

async function isReady(server: ApiServer, signal: AbortSignal | undefined): Promise<boolean> {
  const client = new ApiClient(server, { timeoutMs: 2000, ...(signal && { signal }) });
  try {
    return (await client.send('/readyz')).status === 200;
  } catch {
    signal?.throwIfAborted();
    return false;
  } finally {
    client.close();
  }
}
