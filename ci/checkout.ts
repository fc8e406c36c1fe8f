import { mkdir } from 'node:fs/promises';
import { UserError } from '../core/errors';
import { Repository, type Remote } from '../delivery/git';
import type { ForgeEvent } from './event';

export interface Checkout {
  readonly git: Repository;
  readonly commit: string;
  /** Files that the event changed; undefined where all are new. */
  changed(): Promise<readonly string[] | undefined>;
}

/** The branch that a work tree of an event is on. */
function branchOf({ ref }: ForgeEvent): string {
  return ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : ref.slice('refs/'.length);
}

/**
 * Clones the commit of an event, with its history and all branches, into a new folder. The credentials of `remote` are
 * used and not kept.
 *
 * @throws UserError where the commit is gone, as after a push by force
 */
export async function checkOut(
  event: ForgeEvent,
  remote: Remote,
  folder: string,
  signal?: AbortSignal,
): Promise<Checkout> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const git = new Repository(folder, remote, signal);
  await git.run(['init', '--quiet', '--template=']);
  await git.run(['remote', 'add', 'origin', remote.url]);
  const references = [
    '+refs/heads/*:refs/remotes/origin/*',
    '+refs/tags/*:refs/tags/*',
    `+${event.ref}:refs/slipway/event`,
  ];
  await git.run(['fetch', '--quiet', '--no-write-fetch-head', 'origin', ...references], { timeoutMs: 300_000 });
  const commit = await git.commit(event.commit ?? 'refs/slipway/event');
  if (commit === undefined) throw new UserError(`commit ${event.commit} is gone from ${event.repository}`);
  await git.run(['checkout', '--quiet', '-B', branchOf(event), commit]);
  return {
    git,
    commit,
    async changed() {
      const before = event.before && (await git.commit(event.before));
      if (before === undefined || before === '') return undefined;
      // of a pull request only what its own commits changed
      const range = event.name === 'pull_request' ? `${before}...${commit}` : `${before}..${commit}`;
      return (await git.run(['diff', '--name-only', '-z', '--no-renames', range])).split('\0').filter(Boolean);
    },
  };
}
