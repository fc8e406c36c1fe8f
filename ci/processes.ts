import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Every process of a run inherits this variable, also one that left its session to outlive the run. */
export const runVariable = 'SLIPWAY_CI_RUN';

async function processesOf(run: string): Promise<readonly number[]> {
  const entry = `${runVariable}=${run}`;
  const pids = (await readdir('/proc').catch(() => [])).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  );
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(entry) ? Number(pid) : undefined;
    }),
  );
  return found.filter((pid) => pid !== undefined);
}

/**
 * Kills every process that belongs to a run, wherever it hangs in the tree, until none is left. On machines without
 * /proc only what shares the runner's process group ends, which the caller has killed.
 *
 * @returns how many there were
 */
export async function endProcesses(run: string): Promise<number> {
  let ended = 0;
  // one that forks while it is killed is found in the next round
  for (let round = 0; round < 50; round += 1) {
    const pids = await processesOf(run);
    if (pids.length === 0) return ended;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
        ended += 1;
      } catch {
        // gone meanwhile
      }
    }
    await sleep(20);
  }
  return ended;
}
