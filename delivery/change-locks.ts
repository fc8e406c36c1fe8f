import type { Release } from '../apps/model';
import { checkout } from './delivery-commit';
import { commitMessage, type Actor, type Changed, type Decision, type Outcome, type Telling } from './change';
import type { Remote, Repository } from './git';
import { inLine } from './line';
import { readLocks, writeLock } from './lock-tree';
import { publish } from './publish';
import { renderingFolders, type ReleaseRenderer } from './render';
import { withScratch } from './scratch';
import { UserError } from '../core/errors';

/** The platform's copy as an attempt finds it. */
export interface Copy {
  readonly git: Repository;
  /** The commit of its branch; it is checked out. */
  readonly commit: string;
}

/** What the commands that change locks have in common. */
export interface LockCommand {
  /** The project's folder, a Git work tree; nothing in it is changed. */
  readonly root: string;
  /** The platform's repository. */
  readonly remote: Remote;
  readonly actor: Actor;
  readonly render: ReleaseRenderer;
  /** A branch of its own that takes the commit, for a pull request. @default onto the remote's branch */
  readonly proposal?: string;
  readonly signal?: AbortSignal;
  /** How often somebody else may be faster. @default 60 */
  readonly attempts?: number;
  readonly patienceMs?: number;
  readonly onRetry?: (attempt: number, reason: string) => void;
}

export interface LockChange extends LockCommand {
  readonly telling: Omit<Telling, 'actor'>;
  readonly services: readonly string[];
  /** Decides about one service; called anew whenever somebody else was faster. */
  readonly decide: (service: string, lock: Release, copy: Copy) => Promise<Decision>;
}

export interface ChangedLocks {
  readonly environment: string;
  /** The commit of the platform's branch afterwards, or of the proposal. */
  readonly commit: string;
  readonly pushed: boolean;
  readonly attempts: number;
  readonly services: readonly Outcome[];
  /** What the commit says; undefined where there is none. */
  readonly message?: string;
}

/** Others change locks too, each in a push of its own. */
const ATTEMPTS = 60;

function noBranch({ url, branch }: Remote): UserError {
  return new UserError(`${url} has no branch ${branch}`, { repair: '`npx slipway up` makes the first delivery' });
}

function outcomeOf(service: string, decision: Decision, lock: Release, proposed: boolean): Outcome {
  const release = decision.state === 'landed' ? decision.release : lock;
  return {
    service,
    state: decision.state === 'landed' && proposed ? 'proposed' : decision.state,
    ...(!release.unreleased && {
      version: release.version,
      ...(release.source !== undefined && { source: release.source }),
      digest: release.digest,
    }),
    ...(decision.state !== 'landed' && decision.reason !== undefined && { reason: decision.reason }),
  };
}

/** Commits what was written and rendered, in the name of who asked for it. */
async function commit(git: Repository, message: string, { name, email }: Actor): Promise<string> {
  await git.run(['add', '--all', '--', 'apps/*/releases/*.yaml', 'dist']);
  await git.run(['commit', '--quiet', '--no-verify', '--cleanup=verbatim', '--file=-'], {
    input: message,
    env: { GIT_AUTHOR_NAME: name, ...(email !== undefined && { GIT_AUTHOR_EMAIL: email }) },
  });
  return git.head();
}

/**
 * Changes release locks in the platform's copy, all in one commit with `dist` rendered from it. Everything is decided
 * from what the copy holds at that moment, and decided anew where somebody else was faster; nothing is merged. Works in
 * a scratch repository, so the project's work tree and branches stay as they are whatever happens.
 *
 * @throws UserError where a lock is not there, nothing can be rendered, or the copy refuses; nothing is changed then
 */
export function changeLocks(change: LockChange): Promise<ChangedLocks> {
  const { remote, services, telling, proposal } = change;
  const { environment } = telling;
  const folders = [...renderingFolders, ...services.map((service) => `dist/${environment}/${service}`)];
  return withScratch({ ...change, history: 'all', folders }, async ({ git, head, shallow }) => {
    let outcomes: readonly Outcome[] = [];
    /** What is checked out, as long as nothing else was written there. */
    let untouched: string | undefined;
    let made: { readonly commit: string; readonly message: string } | undefined;
    const prepare = async (branch: string | undefined): Promise<string> => {
      if (branch === undefined) throw noBranch(remote);
      // it landed, and only the answer was lost
      if (made && (await git.try(['merge-base', '--is-ancestor', made.commit, branch])).exitCode === 0) return branch;
      made = undefined;
      if (untouched !== branch) await checkout(git, branch, untouched === undefined && git.hasWorkTree);
      untouched = undefined;
      const locks = await readLocks(git.folder, services, environment);
      const decisions = new Map<string, Decision>();
      for (const [service, lock] of locks)
        decisions.set(service, await change.decide(service, lock, { git, commit: branch }));
      outcomes = [...locks].map(([service, lock]) =>
        outcomeOf(service, decisions.get(service)!, lock, proposal !== undefined),
      );
      const changed: Changed[] = [];
      for (const [service, before] of locks) {
        const decision = decisions.get(service)!;
        if (decision.state !== 'landed') continue;
        if (await writeLock(git.folder, service, environment, decision.release))
          changed.push({ service, before, after: decision.release });
      }
      if (changed.length === 0) return branch;
      await change.render(git.folder, { environment, services: changed.map(({ service }) => service) }, change.signal);
      const message = commitMessage({ ...telling, actor: change.actor }, changed);
      made = { commit: await commit(git, message, change.actor), message };
      return made.commit;
    };
    // what may take long is done before others have to wait: from here on only what differs is checked out
    if (!shallow) {
      await checkout(git, head);
      untouched = head;
    }
    const published = await inLine(remote, change.signal, () =>
      publish({ ...change, attempts: change.attempts ?? ATTEMPTS, git, remote, prepare }),
    );
    return {
      environment,
      ...published,
      pushed: made !== undefined,
      services: outcomes,
      ...(made && { message: made.message }),
    };
  });
}
