import { UserError } from '../core/errors';
import { checkout, complete, remember } from './delivery-commit';
import { deployedServices } from './deployed';
import type { Remote, Repository } from './git';
import { pendingCommits, withContent, type PendingCommit } from './pending';
import { pick } from './pick';
import { publish } from './publish';
import { buildableLocks, type ImageBuilder } from './releases';
import { renderTree, type Renderer } from './render';
import { uncommitted, withScratch } from './scratch';

export interface DeliverOptions {
  /** The project's folder; its commits are delivered, never what lies uncommitted in it. */
  readonly root: string;
  readonly remote: Remote;
  /** Builds services that the delivered commits add. */
  readonly build: ImageBuilder;
  /** @default the tree renders itself */
  readonly render?: Renderer;
  readonly signal?: AbortSignal;
  /** How often a delivery that others overtake starts over. @default 12 */
  readonly attempts?: number;
  readonly onRetry?: (attempt: number, reason: string) => void;
}

export interface Delivery {
  /** The commit of the platform's branch afterwards. */
  readonly commit: string;
  /** Local commits that the platform's copy has now and had not before. */
  readonly delivered: readonly PendingCommit[];
  /** Services whose first release was recorded. */
  readonly released: readonly string[];
  /** What Argo CD deploys of it, as `<environment>/<service>`. */
  readonly deployed: readonly string[];
  readonly pushed: boolean;
  readonly attempts: number;
}

/** What a delivery would do. */
export interface DeliveryPreview {
  readonly pending: readonly PendingCommit[];
  /** Changed files that no commit holds. */
  readonly uncommitted: readonly string[];
  /** What Argo CD deploys now, as `<environment>/<service>`; the rest has no release yet. */
  readonly deployed: readonly string[];
}

function unrelated(remote: Remote): UserError {
  return new UserError(`the platform's copy at ${remote.url} shares no history with this project`, {
    repair: 'clone it with `npx slipway git clone <folder>` and work there, or start over with `npx slipway down`',
  });
}

function empty(remote: Remote): UserError {
  return new UserError(`${remote.url} has no branch ${remote.branch} yet`, {
    repair: '`npx slipway up` makes the first delivery',
  });
}

async function findPending(
  git: Repository,
  head: string,
  branch: string,
  remote: Remote,
): Promise<readonly PendingCommit[]> {
  const commits = await pendingCommits(git, head, branch);
  if (commits === undefined) throw unrelated(remote);
  return withContent(git, commits);
}

/** Local commits and changes that the platform's copy does not have; nothing is changed. */
export function previewDelivery(options: Pick<DeliverOptions, 'root' | 'remote' | 'signal'>): Promise<DeliveryPreview> {
  const { remote, root } = options;
  return withScratch(options, async ({ git, head }) => {
    const branch = await git.fetch(remote);
    if (branch === undefined) throw empty(remote);
    return {
      pending: await findPending(git, head, branch, remote),
      uncommitted: await uncommitted(root),
      deployed: await deployedServices(git, branch),
    };
  });
}

/** Puts the pending commits onto the branch's commit, or takes them as they are where they already stand on it. */
async function rebase(
  git: Repository,
  head: string,
  branch: string,
  pending: readonly PendingCommit[],
): Promise<number> {
  if ((await git.try(['merge-base', '--is-ancestor', branch, head])).exitCode === 0) {
    await checkout(git, head);
    return pending.length;
  }
  await checkout(git, branch);
  let picked = 0;
  for (const commit of pending) picked += (await pick(git, commit)) ? 1 : 0;
  return picked;
}

/**
 * Sends local commits to the platform's own copy: fetches it, puts the commits on top, renders dist/ anew from the
 * result (it is never merged) and pushes, starting over whenever somebody else was faster. Release locks are the
 * copy's own unless a commit changed them. The project's working tree and branches are left alone.
 *
 * @throws UserError where commits conflict with the copy, do not render, or the copy refuses; nothing is delivered then
 */
export function deliver(options: DeliverOptions): Promise<Delivery> {
  const { remote } = options;
  return withScratch(options, async ({ git, head }) => {
    const build = remember(git, options.build);
    let delivered: readonly PendingCommit[] = [];
    let released: readonly string[] = [];
    const published = await publish({
      ...options,
      git,
      remote,
      prepare: async (branch) => {
        if (branch === undefined) throw empty(remote);
        delivered = await findPending(git, head, branch, remote);
        const picked = await rebase(git, head, branch, delivered);
        if (picked === 0 && (await buildableLocks(git)).length === 0) return branch;
        const standsOnBranch = (await git.commit('HEAD')) === head;
        released = await complete({
          git,
          build,
          render: options.render ?? renderTree,
          ...(options.signal && { signal: options.signal }),
          subject: picked === 1 ? 'Complete a delivery' : `Render ${picked} delivered commits`,
          // a commit that is delivered as it is keeps its hash, so that the user's own branch stays in step
          amend: picked === 1 && !standsOnBranch,
        });
        return git.commit('HEAD');
      },
    });
    const deployed = await deployedServices(git, published.commit);
    return { ...published, delivered: published.pushed ? delivered : [], released, deployed };
  });
}
