import { rename, rm } from 'node:fs/promises';
import { UserError } from '../../../core/errors';
import { exec } from '../../../core/exec';
import { besides } from '../../../core/files';
import { architecture } from './archive';

export interface PullOptions {
  /** The path of the crane tool. */
  readonly crane: string;
  /** The digest that is pinned, where one is. */
  readonly pinned?: string;
  /** Compares with what was seen first, or records it. */
  readonly check: (name: string, sha256: string) => Promise<unknown>;
}

/**
 * Pulls a published image as a docker-archive for this machine's architecture. Its digest must be the pinned one; one
 * that nobody pinned is recorded at the first pull and must stay the same.
 *
 * @returns the digest
 * @throws UserError where the image is not what it was, or cannot be had
 */
export async function pullImage(reference: string, file: string, options: PullOptions): Promise<string> {
  const { crane, pinned, check } = options;
  const ask = async (): Promise<string> =>
    (await exec(crane, ['digest', reference], { timeoutMs: 2 * 60_000 })).stdout.trim();
  const digest = await ask();
  if (pinned !== undefined && pinned !== digest) {
    throw new UserError(`${reference} is not what was pinned`, {
      details: [`pinned: ${pinned}`, `now:    ${digest}`],
      repair: 'find out why it was changed; nothing of it was used',
    });
  }
  await check(`image ${reference}`, digest.replace('sha256:', ''));
  const temporary = besides(file);
  try {
    const platform = `--platform=linux/${architecture}`;
    await exec(crane, ['pull', platform, '--format=tarball', reference, temporary], { timeoutMs: 30 * 60_000 });
    // pulled by its name, since an archive of a digest has no name; so the name must not have moved meanwhile
    if ((await ask()) !== digest) {
      throw new UserError(`${reference} changed while it was pulled`, { repair: 'start again' });
    }
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
  return digest;
}
