import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../../../core/errors';
import { exec } from '../../../core/exec';
import { swapDirectory } from '../../../core/files';
import { packedPackages, type PackedPackage, type PackedPackageName } from '../../versions';

/** `sha512-` and the base64 digest of a file, as npm states integrity. */
export async function integrityOf(file: string): Promise<string> {
  const hash = createHash('sha512');
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done();
    },
  });
  await pipeline(createReadStream(file), sink);
  return `sha512-${hash.digest('base64')}`;
}

/**
 * The unpacked files of a pinned npm package, fetched by `npm pack` (which honours the user's npm configuration and
 * cache) and checked against the pinned integrity. Nothing of it is run.
 *
 * @throws UserError where it cannot be had or is not what was pinned
 */
export async function packedPackage(name: PackedPackageName, folder: string): Promise<string> {
  const { version, integrity }: PackedPackage = packedPackages[name];
  const target = path.join(folder, 'packages', `${name}-${version}`);
  if (await stat(target).catch(() => undefined)) return target;
  await mkdir(path.dirname(target), { recursive: true });
  const scratch = await mkdtemp(path.join(path.dirname(target), '.fetch-'));
  try {
    await exec('npm', ['pack', '--silent', '--prefer-offline', '--pack-destination', scratch, `${name}@${version}`], {
      cwd: scratch,
      timeoutMs: 5 * 60_000,
    });
    const [archive] = (await readdir(scratch)).filter((file) => file.endsWith('.tgz'));
    if (archive === undefined) throw new UserError(`npm pack left no archive of ${name}@${version}`);
    const got = await integrityOf(path.join(scratch, archive));
    if (got !== integrity) {
      throw new UserError(`${name}@${version} is not what was pinned: its integrity is ${got}, not ${integrity}`, {
        repair: 'ask the registry that npm uses for the original package; nothing of this one was used',
      });
    }
    const unpacked = path.join(scratch, 'unpacked');
    await mkdir(unpacked);
    await exec('tar', ['-xzf', path.join(scratch, archive), '-C', unpacked, '--strip-components=1', '--no-same-owner']);
    await swapDirectory(unpacked, target);
    return target;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
