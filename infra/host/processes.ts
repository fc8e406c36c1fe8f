import { readFile, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';

export interface RunningProcess {
  readonly pid: number;
  /** Name of its executable. */
  readonly name: string;
}

/** This process and those that led to it. */
async function ancestors(): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let pid = String(process.pid); Number(pid) > 0 && !found.has(pid);) {
    found.add(pid);
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    pid = /^PPid:\s*(\d+)$/m.exec(status)?.[1] ?? '0';
  }
  return found;
}

/**
 * Processes that work in `place`, a file or a folder, were started from it, or name it or something in it as an
 * argument. This process and those that led to it do not count.
 */
export async function processesUsing(place: string): Promise<readonly RunningProcess[]> {
  const mine = await ancestors();
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name) && !mine.has(name));
  const found = await Promise.all(
    pids.map(async (pid): Promise<RunningProcess | undefined> => {
      const [line, folder, executable] = await Promise.all([
        readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
        readlink(`/proc/${pid}/cwd`).catch(() => ''),
        readlink(`/proc/${pid}/exe`).catch(() => ''),
      ]);
      const words = [...line.split(/[\0=]/), folder, executable];
      const uses = words.some((word) => word === place || word.startsWith(`${place}/`));
      return uses ? { pid: Number(pid), name: path.basename(executable || 'process') } : undefined;
    }),
  );
  return found.filter((running) => running !== undefined);
}
