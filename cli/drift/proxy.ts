import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { ApiClient } from '../../infra/kubernetes/api-client';

export interface ProxyOptions {
  /** Path of the command. */
  readonly kubectl: string;
  /** The file whose current context is meant. */
  readonly kubeconfig: string;
  readonly signal: AbortSignal;
}

/**
 * Runs `work` with a client of a cluster. kubectl stands between, since it knows every way of being let in that a
 * kubeconfig may name: certificates, tokens, commands of cloud providers. It listens on a socket in a folder that only
 * this user can enter.
 *
 * @throws UserError where kubectl cannot use the kubeconfig or the cluster does not answer
 */
export async function withCluster<T>(options: ProxyOptions, work: (client: ApiClient) => Promise<T>): Promise<T> {
  const { kubectl, kubeconfig, signal } = options;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'slipway-proxy-'));
  const socket = path.join(folder, 'api.sock');
  const proxy = spawn(kubectl, [`--kubeconfig=${kubeconfig}`, 'proxy', `--unix-socket=${socket}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  try {
    await serving(proxy, kubeconfig);
    const client = new ApiClient({ url: 'http://localhost', socket }, { signal });
    try {
      return await work(client);
    } finally {
      client.close();
    }
  } finally {
    if (proxy.exitCode === null && proxy.signalCode === null && proxy.pid !== undefined) {
      const ended = once(proxy, 'exit');
      proxy.kill();
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  }
}

/** Until it listens. @throws UserError with what it said where it ends instead */
function serving(proxy: ChildProcess, kubeconfig: string): Promise<void> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    const told = (text: string): void => {
      said.push(text);
      if (text.includes('Starting to serve')) resolve();
    };
    proxy.stdout!.setEncoding('utf8').on('data', told);
    proxy.stderr!.setEncoding('utf8').on('data', told);
    proxy.on('error', reject);
    proxy.on('close', () => {
      const details = said.join('').trim().split('\n').slice(-3);
      reject(new UserError(`kubectl cannot use ${kubeconfig}`, { details, repair: '`npx slipway up` writes it anew' }));
    });
  });
}
