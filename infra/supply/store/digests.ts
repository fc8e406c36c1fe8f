import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../core/errors';
import { writeFileAtomic } from '../../../core/files';
import { withLock } from '../../../core/lock';

/** A digest that was seen first here, and when. */
export interface SeenDigest {
  readonly sha256: string;
  readonly firstSeen: string;
}

/**
 * What was downloaded once must be the same ever after, also where its publisher's own checksum has changed with it.
 * Kept in `<cache>/digests.json`, which outlives the things themselves.
 */
export class Digests {
  private readonly file: string;

  constructor(private readonly cache: string) {
    this.file = path.join(cache, 'digests.json');
  }

  async all(): Promise<Readonly<Record<string, SeenDigest>>> {
    try {
      return JSON.parse(await readFile(this.file, 'utf8')) as Record<string, SeenDigest>;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw new UserError(`${this.file} cannot be read: ${(error as Error).message}`, {
        repair: `remove it with \`rm ${this.file}\`; digests are then recorded anew`,
        cause: error,
      });
    }
  }

  /**
   * Records the digest of `name` where it is new.
   *
   * @returns whether it was new
   * @throws UserError where another digest is on record
   */
  async check(name: string, sha256: string): Promise<boolean> {
    return withLock(path.join(this.cache, 'locks', 'digests.lock'), { purpose: 'a digest', wait: true }, async () => {
      const all = await this.all();
      const seen = all[name];
      if (seen === undefined) {
        const next = { ...all, [name]: { sha256, firstSeen: new Date().toISOString() } };
        await writeFileAtomic(this.file, `${JSON.stringify(next, undefined, 2)}\n`);
        return true;
      }
      if (seen.sha256 !== sha256) {
        throw new UserError(`${name} is not what it was on ${seen.firstSeen.slice(0, 10)}`, {
          details: [`recorded: sha256 ${seen.sha256}`, `now:      sha256 ${sha256}`],
          repair: `find out why it was changed; to accept it, remove its line from ${this.file}`,
        });
      }
      return false;
    });
  }

  /** Takes over digests that another machine recorded; what is on record here stays. */
  async merge(others: Readonly<Record<string, SeenDigest>>): Promise<void> {
    await withLock(path.join(this.cache, 'locks', 'digests.lock'), { purpose: 'digests', wait: true }, async () => {
      const all = { ...others, ...(await this.all()) };
      await writeFileAtomic(this.file, `${JSON.stringify(all, undefined, 2)}\n`);
    });
  }
}
