import { createHash } from 'node:crypto';
import path from 'node:path';
import { withLock } from '../core/lock';
import { cacheFolder } from '../core/paths';
import type { Remote } from './git';

/** Longer than this nobody waits for others of the same machine: one of them may hang. */
const PATIENCE_MS = 15_000;

/**
 * Runs `work` while no other process of this user pushes to the same branch, so that those of one machine line up
 * instead of undoing each other's work. Only a courtesy: whoever has waited long enough goes on, and what keeps pushes
 * apart is that none of them is by force.
 */
export async function inLine<T>(
  { url, branch }: Remote,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const name = createHash('sha256').update(`${url} ${branch}`).digest('hex').slice(0, 16);
  const patience = AbortSignal.timeout(PATIENCE_MS);
  let begun = false;
  try {
    return await withLock(
      path.join(cacheFolder(), 'locks', `push-${name}.lock`),
      {
        purpose: `a push to ${url}`,
        wait: true,
        signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
      },
      () => {
        begun = true;
        return work();
      },
    );
  } catch (error) {
    if (begun || signal?.aborted || !patience.aborted) throw error;
    return work();
  }
}
