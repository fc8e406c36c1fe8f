import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { hookPath } from '../../ci/receiver';
import { signatureOf } from '../../core/signature';

export const secret = 'a secret of the hook, long enough';

/** A push as Gitea sends it, less the fields that nobody reads. */
export function pushPayload(change: Readonly<Record<string, unknown>> = {}) {
  return {
    ref: 'refs/heads/main',
    before: 'b'.repeat(40),
    after: 'a'.repeat(40),
    repository: { full_name: 'offerfit/platform', default_branch: 'main' },
    pusher: { login: 'ada' },
    sender: { login: 'ada' },
    ...change,
  };
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

export interface Hook {
  readonly kind?: string;
  readonly body: string;
  /** @default the right one */
  readonly signature?: string | undefined;
  readonly method?: string;
}

/** Sends an event as the forge does. */
export function send(port: number, hook: Hook): Promise<{ readonly status: number; readonly body: string }> {
  const { kind = 'push', body, method = 'POST' } = hook;
  const signature = 'signature' in hook ? hook.signature : signatureOf(secret, Buffer.from(body));
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port,
        path: hookPath,
        method,
        headers: { 'x-gitea-event': kind, ...(signature !== undefined && { 'x-gitea-signature': signature }) },
      },
      (response) => {
        const chunks: string[] = [];
        response.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode!, body: chunks.join('') }));
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
