import { createHmac, timingSafeEqual } from 'node:crypto';

/** What the forge puts into `X-Gitea-Signature`: HMAC-SHA256 of the body as 64 hexadecimal digits. */
export function signatureOf(secret: string, body: Buffer): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

/**
 * Whether a body was signed with the secret. Takes the same time wherever the first difference is.
 *
 * @param signature as the request says it; undefined and anything malformed is refused
 */
export function isSigned(secret: string, body: Buffer, signature: string | undefined): boolean {
  if (signature === undefined || !/^[0-9a-f]{64}$/.test(signature)) return false;
  return timingSafeEqual(Buffer.from(signature, 'hex'), Buffer.from(signatureOf(secret, body), 'hex'));
}
