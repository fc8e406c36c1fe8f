import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exec } from '../../../core/exec';
import { writeFileAtomic } from '../../../core/files';
import { startOf } from '../../../core/alive';
import { inspectLock, withLock } from '../../../core/lock';

/**
 * The build caches of the tool cache's own, under `<cache>/build`. Groups share libraries, so it stays while anyone still
 * builds, in this process or another, and until nothing is left to build; an interrupted build finds it again.
 */
export class Workspace {
  readonly folder: string;
  private readonly users: string;

  constructor(
    private readonly cache: string,
    /** How many compilations may run at a time on this machine. */
    readonly slots: number,
  ) {
    this.folder = path.join(cache, 'build');
    this.users = path.join(cache, 'locks', 'build-users');
  }

  /** Where Go keeps what it downloads and compiles, and nothing of the user's own settings that could change a build. */
  get env(): Record<string, string> {
    return {
      GOMODCACHE: path.join(this.folder, 'modules'),
      GOCACHE: path.join(this.folder, 'objects'),
      GOTMPDIR: path.join(this.folder, 'tmp'),
      GOFLAGS: '-modcacherw',
      GOWORK: 'off',
      GOEXPERIMENT: '',
      GOOS: '',
      GOARCH: '',
    };
  }

  /** Keeps the caches while `work` runs. After the last one of all, and if it succeeded, they are removed. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    const mark = path.join(this.users, `${process.pid}-${randomBytes(4).toString('hex')}.lock`);
    // marks come and go under the lock of the removal, or a build could start in a folder that is just being removed
    await this.settled(async () => {
      await mkdir(this.env['GOTMPDIR']!, { recursive: true });
      await writeFileAtomic(
        mark,
        JSON.stringify({ pid: process.pid, purpose: 'a build', started: startOf(process.pid) }),
      );
    });
    try {
      const result = await work();
      await this.settled(async () => {
        await rm(mark);
        if ((await this.living()) === 0) await rm(this.folder, { recursive: true, force: true });
      });
      return result;
    } finally {
      await rm(mark, { force: true });
    }
  }

  /** What the caches of an interrupted build hold. */
  async usedBytes(): Promise<number> {
    const { stdout } = await exec('du', ['-sk', this.folder], { allowFailure: true });
    return (Number.parseInt(stdout, 10) || 0) * 1024;
  }

  private settled<T>(work: () => Promise<T>): Promise<T> {
    const file = path.join(this.cache, 'locks', 'build-caches.lock');
    return withLock(file, { purpose: 'setting up build caches', wait: true }, work);
  }

  private async living(): Promise<number> {
    let living = 0;
    for (const name of await readdir(this.users).catch(() => [] as string[])) {
      if (!name.endsWith('.lock')) continue;
      const file = path.join(this.users, name);
      if ((await inspectLock(file))?.alive === true) living += 1;
      else await rm(file, { force: true });
    }
    return living;
  }

  /** Runs `work` when fewer than `slots` compilations run on this machine. */
  async compiling<T>(purpose: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    for (;;) {
      for (let slot = 0; slot < this.slots; slot += 1) {
        const file = path.join(this.cache, 'locks', `compile-${slot}.lock`);
        if (this.slots > 1 && (await inspectLock(file))?.alive === true) continue;
        return await withLock(file, { purpose, wait: true, ...(signal && { signal }) }, work);
      }
      signal?.throwIfAborted();
      await sleep(200);
    }
  }
}
