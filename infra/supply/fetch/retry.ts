import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../../core/errors';

/** How patient a download is. Tests shorten it. */
export interface Patience {
  /** @default 6 */
  readonly attempts: number;
  /** The first pause; each further one is twice as long, up to `maximumPauseMs`. @default 1000 */
  readonly firstPauseMs: number;
  /** Also the longest that a server's Retry-After is obeyed. @default 60000 */
  readonly maximumPauseMs: number;
  /** Without a byte for this long an attempt is given up. @default 20000 */
  readonly stallMs: number;
}

export const defaultPatience: Patience = { attempts: 6, firstPauseMs: 1000, maximumPauseMs: 60_000, stallMs: 20_000 };

/** A failure that may pass: a server that is busy or broken, a connection that was cut, silence. */
export class Passing extends Error {
  constructor(
    message: string,
    /** How long the server asked to be left alone. */
    readonly pauseMs?: number,
  ) {
    super(message);
  }
}

/** Something could not be had although it was tried again: no network, a server that stays broken, nothing there. */
export class Unreachable extends UserError {
  constructor(url: string, reason: string, attempts: number) {
    super(`${url} cannot be had: ${reason}${attempts > 1 ? ` (tried ${attempts} times)` : ''}`, {
      repair: 'check the network, a proxy or a firewall, then start again: what has arrived is kept',
    });
    this.name = 'Unreachable';
  }
}

/** The milliseconds that a Retry-After header asks for: a number of seconds or a date. */
export function retryAfterMs(header: string | null, nowMs: number = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/**
 * Tries `attempt` again while it fails with `Passing`, waiting longer each time.
 *
 * @throws Unreachable after the last attempt; anything but `Passing` at once
 */
export async function retrying<T>(
  url: string,
  patience: Patience,
  attempt: () => Promise<T>,
  options: { readonly onRetry?: (reason: string, pauseMs: number) => void; readonly signal?: AbortSignal } = {},
): Promise<T> {
  for (let number = 1; ; number += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Passing)) throw error;
      options.signal?.throwIfAborted();
      if (number >= patience.attempts) throw new Unreachable(url, error.message, number);
      const backoff = patience.firstPauseMs * 2 ** (number - 1) * (0.75 + Math.random() / 2);
      const pauseMs = Math.min(patience.maximumPauseMs, error.pauseMs ?? backoff);
      options.onRetry?.(error.message, pauseMs);
      await sleep(pauseMs, undefined, options.signal && { signal: options.signal });
    }
  }
}
