import { Passing, Unreachable, retryAfterMs, type Patience } from './retry';

/** A request whose silence ends it: every byte that comes winds the clock up again. */
export interface OpenResponse {
  readonly response: Response;
  /** The body, block by block. @throws Passing where the connection is cut or stays silent */
  readonly blocks: () => AsyncGenerator<Uint8Array>;
  readonly close: () => void;
}

function reasonOf(error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  return cause?.code ?? cause?.message ?? (error as Error).message;
}

/**
 * Opens `url`, following redirects.
 *
 * @throws Passing on 408, 425, 429, 5xx, a cut connection or silence; Unreachable on any other refusal
 */
export async function open(
  url: string,
  patience: Pick<Patience, 'stallMs'>,
  options: { readonly headers?: Record<string, string>; readonly method?: string; readonly signal?: AbortSignal } = {},
): Promise<OpenResponse> {
  const abort = new AbortController();
  const stalled = (): void => abort.abort(new Passing(`no answer for ${patience.stallMs / 1000} s`));
  let clock = setTimeout(stalled, patience.stallMs);
  const wind = (): void => {
    clearTimeout(clock);
    clock = setTimeout(stalled, patience.stallMs);
  };
  const onAbort = (): void => abort.abort(options.signal?.reason);
  options.signal?.throwIfAborted();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const close = (): void => {
    clearTimeout(clock);
    options.signal?.removeEventListener('abort', onAbort);
    abort.abort();
  };
  const fail = (error: unknown): never => {
    const stall: unknown = abort.signal.reason;
    close();
    options.signal?.throwIfAborted();
    throw stall instanceof Passing ? stall : new Passing(reasonOf(error));
  };
  // identity: what is hashed must be what was published, not what a server packed it into on the way
  const headers = { 'accept-encoding': 'identity', 'user-agent': 'slipway', ...options.headers };
  const response = await fetch(url, { method: options.method ?? 'GET', headers, signal: abort.signal }).catch(fail);
  wind();
  if (response.status >= 400 && response.status !== 416) {
    const pauseMs = retryAfterMs(response.headers.get('retry-after'));
    close();
    const text = `HTTP ${response.status}`;
    if (response.status >= 500 || [408, 425, 429].includes(response.status)) throw new Passing(text, pauseMs);
    throw new Unreachable(url, text, 1);
  }
  async function* blocks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const block of response.body ?? []) {
        wind();
        yield block as Uint8Array;
      }
    } catch (error) {
      fail(error);
    } finally {
      close();
    }
  }
  return { response, blocks, close };
}
