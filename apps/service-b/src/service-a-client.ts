import { HttpError, type ServiceRequest } from '../../shared/http/routes';

export interface ServiceA {
  /** Base URL, without a trailing slash. */
  readonly url: string;
  /** For the whole call: connecting, waiting, reading, and the second attempt if there is one. */
  readonly timeoutMs: number;
}

/**
 * The greeting of Service A, asked for on behalf of a request: its trace and baggage go along, and the call ends when
 * its client goes. Throws 504 when the answer takes too long, and 502 when there is none or it is not a greeting.
 */
export async function askServiceA(serviceA: ServiceA, { trace, signal }: ServiceRequest): Promise<string> {
  const timeout = AbortSignal.timeout(serviceA.timeoutMs);
  const init = {
    headers: { accept: 'application/json', ...trace.headers },
    redirect: 'error',
    signal: AbortSignal.any([signal, timeout]),
  } satisfies RequestInit;
  try {
    const { status, text } = await readTwice(`${serviceA.url}/ping`, init);
    if (status !== 200) throw new HttpError(502, `service a answered ${status} instead of 200`);
    return messageOf(text);
  } catch (error) {
    if (error instanceof HttpError || signal.aborted) throw error;
    if (timeout.aborted) throw new HttpError(504, `service a did not answer within ${serviceA.timeoutMs} ms`);
    throw new HttpError(502, `service a is unreachable: ${codeOf(error)}`);
  }
}

/**
 * Connections are reused, so a request may meet one that the other side is just closing, as it does in every rollout.
 * Reading twice does no harm; only then is it an error.
 */
async function readTwice(url: string, init: RequestInit): Promise<{ status: number; text: string }> {
  const read = async () => {
    const response = await fetch(url, init);
    return { status: response.status, text: await response.text() };
  };
  try {
    return await read();
  } catch (error) {
    if (!['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOf(error))) throw error;
    return read();
  }
}

function messageOf(text: string): string {
  try {
    const answer = JSON.parse(text) as { message?: unknown } | null;
    if (typeof answer?.message === 'string') return answer.message;
  } catch {
    // Not JSON is as bad an answer as JSON of another shape.
  }
  throw new HttpError(502, 'service a answered something else than {"message": "..."}');
}

/** fetch hides the reason (ECONNREFUSED, ENOTFOUND, ...) in the cause of a "fetch failed". */
function codeOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}
