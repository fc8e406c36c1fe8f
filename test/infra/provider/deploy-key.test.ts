import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, sign, verify, createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentProgress } from '../../../core/progress';
import { deployKey, drawDeployKey } from '../../../infra/provider/types/deploy-key';

/** The fields of a message of OpenSSH, each a length and its bytes. */
function fields(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    found.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

const { publicKey, privateKey } = drawDeployKey('argo-cd@slipway');
const point = fields(Buffer.from(publicKey.split(' ')[1]!, 'base64'))[1]!;

test('the public key is a line of authorized_keys', () => {
  expect(publicKey).toMatch(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5[\w+/=]+ argo-cd@slipway$/);
  expect(point).toHaveLength(32);
});

test('the private key signs what the public one verifies', () => {
  const body = privateKey.split('\n').slice(1, -2).join('');
  const bytes = Buffer.from(body, 'base64');
  expect(bytes.subarray(0, 15).toString()).toBe('openssh-key-v1\0');
  const [cipher, derivation, options] = fields(bytes.subarray(15));
  expect([cipher, derivation, options].map(String)).toEqual(['none', 'none', '']);
  // behind the number of keys come the public part and the private one
  const [publicPart, privatePart] = fields(bytes.subarray(15 + 8 + 8 + 4 + 4)) as [Buffer, Buffer];
  expect(fields(publicPart)[1]).toEqual(point);
  expect(privatePart.length % 8).toBe(0);
  expect(privatePart.readUInt32BE(0)).toBe(privatePart.readUInt32BE(4));
  const [algorithm, inside, secret, comment] = fields(privatePart.subarray(8)) as [Buffer, Buffer, Buffer, Buffer];
  expect([String(algorithm), String(comment)]).toEqual(['ssh-ed25519', 'argo-cd@slipway']);
  expect(inside).toEqual(point);
  const [d, x] = [secret.subarray(0, 32), secret.subarray(32)].map((part) => part.toString('base64url')) as [
    string,
    string,
  ];
  const jwk = { kty: 'OKP', crv: 'Ed25519', x };
  const signature = sign(null, Buffer.from('x'), createPrivateKey({ key: { ...jwk, d }, format: 'jwk' }));
  expect(verify(null, Buffer.from('x'), createPublicKey({ key: jwk, format: 'jwk' }), signature)).toBe(true);
});

const keygen = spawnSync('ssh-keygen', ['-?']).error === undefined;

(keygen ? test : test.skip)('OpenSSH reads the private key and finds the same public one', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-key-'));
  try {
    const file = path.join(folder, 'key');
    writeFileSync(file, privateKey, { mode: 0o600 });
    const found = execFileSync('ssh-keygen', ['-y', '-f', file], { encoding: 'utf8' }).trim();
    expect(found.split(' ').slice(0, 2)).toEqual(publicKey.split(' ').slice(0, 2));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every key is another one, and the private one is kept secret', async () => {
  const operation = { signal: new AbortController().signal, progress: silentProgress };
  const first = await deployKey.create({ comment: 'a' }, operation);
  const second = await deployKey.create({ comment: 'a' }, operation);
  expect(first.outputs.privateKey).not.toBe(second.outputs.privateKey);
  expect(deployKey.secretOutputs).toEqual(['privateKey']);
});
