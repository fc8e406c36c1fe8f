import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { besides, recoverSwap, swapDirectory } from '../../../core/files';
import { withLock } from '../../../core/lock';

/** What an entry is and how it was had; kept beside its content. */
export interface EntryRecord {
  readonly name: string;
  readonly version: string;
  /** `https://...` of a release, or `built from <module>`. */
  readonly obtained: string;
  /** The main file, relative to the entry; missing where the entry is a folder of files. */
  readonly file?: string;
  readonly bytes?: number;
  readonly sha256?: string;
  /** Who vouches for the content: the release's checksum, a digest pinned here, go.sum, or its first download. */
  readonly verifiedBy: string;
}

export type StoreKind = 'tools' | 'files' | 'manifests';

/** What names an entry: the same name, version and recipe are the same content. */
export interface EntryId {
  readonly kind: StoreKind;
  readonly name: string;
  readonly version: string;
  /** Everything the content depends on besides the version; see `recipeHash`. */
  readonly recipe: string;
}

const RECORD = 'supply.json';

/** Twelve characters that change whenever anything in `parts` does. */
export function recipeHash(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const block of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(block as Buffer);
  return hash.digest('hex');
}

/**
 * Finished things by kind, name, version and recipe: `<cache>/tools/<name>/<version>-<recipe>/<binary>`. An entry is
 * there as a whole or not at all, whatever is killed while it is written.
 */
export class Store {
  constructor(readonly cache: string) {}

  folder(id: EntryId): string {
    return path.join(this.cache, id.kind, id.name, `${id.version}-${id.recipe}`);
  }

  /** The entry's folder and record, or undefined where it is not there or was damaged. */
  async find(id: EntryId): Promise<{ readonly folder: string; readonly record: EntryRecord } | undefined> {
    const folder = this.folder(id);
    try {
      const record = JSON.parse(await readFile(path.join(folder, RECORD), 'utf8')) as EntryRecord;
      if (record.file !== undefined && (await stat(path.join(folder, record.file))).size !== record.bytes) {
        return undefined;
      }
      return { folder, record };
    } catch {
      return undefined;
    }
  }

  /** Fills a new folder by `fill` and puts it in place; `fill` returns what the record says. */
  async put(id: EntryId, fill: (folder: string) => Promise<Omit<EntryRecord, 'name' | 'version'>>): Promise<string> {
    const target = this.folder(id);
    await mkdir(path.dirname(target), { recursive: true });
    await recoverSwap(target);
    const temporary = besides(target);
    await mkdir(temporary);
    try {
      const record: EntryRecord = { name: id.name, version: id.version, ...(await fill(temporary)) };
      await writeFile(path.join(temporary, RECORD), `${JSON.stringify(record, undefined, 2)}\n`);
      await rename(temporary, target).catch(() => swapDirectory(temporary, target));
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    return target;
  }

  /** Runs `work` while no other process makes the same entry. */
  locked<T>(
    id: EntryId,
    work: () => Promise<T>,
    options: { onWait?: (pid: number) => void; signal?: AbortSignal },
  ): Promise<T> {
    const file = path.join(this.cache, 'locks', `${id.kind}-${id.name}-${id.version}-${id.recipe}.lock`);
    const { onWait, signal } = options;
    return withLock(
      file,
      {
        purpose: `${id.name} ${id.version}`,
        wait: true,
        ...(onWait && { onWait: (owner) => onWait(owner.pid) }),
        ...(signal && { signal }),
      },
      work,
    );
  }
}
