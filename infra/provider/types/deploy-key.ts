import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { ResourceType } from '../resource-type';

export interface DeployKeyInputs {
  /** Told behind the key, so that people know whose it is. */
  readonly comment: string;
}

export interface DeployKeyOutputs {
  /** One line of an `authorized_keys` file. */
  readonly publicKey: string;
  /** A file of OpenSSH, without a passphrase. */
  readonly privateKey: string;
}

const algorithm = 'ssh-ed25519';

/** A length of four bytes, and what has it. */
function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Numbers from 1 on until the length is a multiple of 8. */
function padded(content: Buffer): Buffer {
  const missing = (8 - (content.length % 8)) % 8;
  return Buffer.concat([content, Buffer.from(Array.from({ length: missing }, (_none, index) => index + 1))]);
}

/**
 * Draws a pair of Ed25519 keys in the formats of OpenSSH. Git's ssh does not read the PKCS #8 that Node writes.
 *
 * @see https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key
 */
export function drawDeployKey(comment: string): DeployKeyOutputs {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const [seed, point] = [jwk.d!, jwk.x!].map((part) => Buffer.from(part, 'base64url')) as [Buffer, Buffer];
  const publicPart = Buffer.concat([field(algorithm), field(point)]);
  // written twice: who decrypts it with a wrong passphrase sees two numbers that differ
  const check = randomBytes(4);
  const privatePart = Buffer.concat([
    check,
    check,
    field(algorithm),
    field(point),
    field(Buffer.concat([seed, point])),
    field(comment),
  ]);
  const one = Buffer.from([0, 0, 0, 1]);
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    one,
    field(publicPart),
    field(padded(privatePart)),
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g)!;
  return {
    publicKey: `${algorithm} ${publicPart.toString('base64')} ${comment}`,
    privateKey: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`,
  };
}

/** A pair of keys that is drawn once and kept in the state, the private one encrypted. */
export const deployKey: ResourceType<DeployKeyInputs, DeployKeyOutputs> = {
  replaceOn: ['comment'],
  secretOutputs: ['privateKey'],
  create: async ({ comment }) => ({ id: 'drawn', outputs: drawDeployKey(comment) }),
};
