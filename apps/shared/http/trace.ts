import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What ties the log lines and calls of one request together across services. */
export interface Trace {
  /** 32 hexadecimal digits: the same in every service that the request passes. */
  readonly id: string;
  /** Headers to send with every call made on behalf of the request. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Continues the caller's trace, or starts one if `traceparent` is missing or malformed. `baggage` is passed on either
 * way; `tracestate` only with the `traceparent` it belongs to. The caller's `traceparent` is passed on as it came:
 * this service records no spans, and an identifier of an unrecorded one would tear the trace apart.
 *
 * @see https://www.w3.org/TR/trace-context/
 */
export function continueTrace(incoming: IncomingHttpHeaders): Trace {
  const baggage = single(incoming['baggage']);
  const passedOn = baggage === undefined ? {} : { baggage };
  const traceparent = single(incoming['traceparent']);
  const id = traceIdOf(traceparent);
  if (traceparent === undefined || id === undefined) return startTrace(passedOn);
  const tracestate = single(incoming['tracestate']);
  return { id, headers: { ...passedOn, traceparent, ...(tracestate === undefined ? {} : { tracestate }) } };
}

function startTrace(passedOn: Readonly<Record<string, string>>): Trace {
  const id = randomBytes(16).toString('hex');
  return { id, headers: { ...passedOn, traceparent: `00-${id}-${randomBytes(8).toString('hex')}-00` } };
}

function traceIdOf(traceparent: string | undefined): string | undefined {
  const match = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/.exec(traceparent ?? '');
  if (!match) return undefined;
  const [, version, traceId, parentId, more] = match;
  const malformed = version === 'ff' || (version === '00' && more !== undefined);
  return malformed || isZero(traceId) || isZero(parentId) ? undefined : traceId;
}

function isZero(identifier: string | undefined): boolean {
  return /^0*$/.test(identifier ?? '');
}

/** Node joins repeated headers of these names by a comma; the list form exists in its types only. */
function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value;
}
