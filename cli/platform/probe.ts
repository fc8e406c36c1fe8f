import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../core/errors';
import type { Step } from '../../core/progress';
import type { Address, Endpoint } from './addresses';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Asks an ingress by name, without any name resolution. @throws where nothing answers */
export function ask({ address, port }: Endpoint, host: string, target: string, timeoutMs = 5000): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: address,
        port,
        path: target,
        headers: { host, accept: 'text/html, */*' },
        timeout: timeoutMs,
        agent: false,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body }),
        );
        response.on('error', reject);
      },
    );
    call.on('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    call.on('error', reject);
    call.end();
  });
}

/** Why an address does not answer as it should, or undefined where it does. */
export async function faultOf({ host, probe, endpoint }: Address): Promise<string | undefined> {
  try {
    const { status } = await ask(endpoint, host, probe);
    return status >= 200 && status < 400 ? undefined : `answers ${status} on ${probe}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Waits until every address answers through the ingress. @throws UserError naming those that do not, and why */
export async function waitForAddresses(
  list: readonly Address[],
  step: Step,
  options: { readonly signal: AbortSignal; readonly timeoutSeconds?: number },
): Promise<void> {
  const timeoutSeconds = options.timeoutSeconds ?? 120;
  for (const until = Date.now() + timeoutSeconds * 1000; ;) {
    const faults = await Promise.all(list.map(faultOf));
    const open = list.flatMap((address, index) =>
      faults[index] === undefined ? [] : [`${address.url} ${faults[index]}`],
    );
    step.advance(1 - open.length / Math.max(1, list.length));
    if (open.length === 0) return;
    step.detail(open[0]!);
    if (Date.now() > until) {
      throw new UserError(`not every address answered within ${timeoutSeconds} s`, {
        details: open,
        repair: '`npx slipway status` says what is wrong',
      });
    }
    await sleep(1000, undefined, { signal: options.signal });
  }
}

/** Whether a page for people is served at `/`; a build from source may have the API alone. */
export async function hasWebPage({ host, endpoint }: Pick<Address, 'host' | 'endpoint'>): Promise<boolean> {
  try {
    const { status, type, body } = await ask(endpoint, host, '/');
    if (status >= 300 && status < 400) return true;
    return status === 200 && type.includes('html') && /<script|<link/i.test(body);
  } catch {
    return false;
  }
}
