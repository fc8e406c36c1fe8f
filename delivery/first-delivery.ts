import { checkout, complete, remember } from './delivery-commit';
import type { Remote } from './git';
import { DELIVERED_FROM } from './pending';
import { publish } from './publish';
import type { ImageBuilder } from './releases';
import { renderTree, type Renderer } from './render';
import { withScratch, type Scratch } from './scratch';

export interface FirstDeliveryOptions {
  readonly root: string;
  readonly remote: Remote;
  readonly build: ImageBuilder;
  /** @default the tree renders itself */
  readonly render?: Renderer;
  readonly signal?: AbortSignal;
  readonly onRetry?: (attempt: number, reason: string) => void;
}

export interface FirstDelivery {
  /** The commit of the platform's branch. */
  readonly commit: string;
  /** Services whose first release was recorded now; none where all had one already. */
  readonly released: readonly string[];
  readonly pushed: boolean;
}

/** A repository does not accept commits whose ancestors it cannot have, so a part of a history starts a new one. */
async function startOver({ git, head }: Scratch): Promise<string> {
  const message = await git.run(['log', '-1', '--format=%B', head]);
  const input = await git.run(['interpret-trailers', '--trailer', `${DELIVERED_FROM}: ${head}`], {
    input: `${message.trim()}\n`,
  });
  return git.run(['commit-tree', `${head}^{tree}`], { input: `${input}\n` });
}

/**
 * Gives the platform its own copy: the project's history up to its current commit, with a release recorded for every
 * service that has none and dist/ rendered from it, in one push, so that Argo CD never sees the one without the other.
 * The project's working tree and branches are left alone.
 *
 * Run again it changes nothing: a copy that is there already keeps what it has, and local commits made since then wait
 * for `deliver`. The version of a first release is the first seven digits of the commit it was built from.
 *
 * @throws UserError where the project has no commit, does not render, or the repository refuses
 */
export function firstDelivery(options: FirstDeliveryOptions): Promise<FirstDelivery> {
  const { remote } = options;
  return withScratch(options, async (scratch) => {
    const { git, head } = scratch;
    const build = remember(git, options.build);
    let released: readonly string[] = [];
    const published = await publish({
      ...options,
      git,
      remote,
      prepare: async (branch) => {
        const start = branch ?? (scratch.shallow ? await startOver(scratch) : head);
        await checkout(git, start);
        released = await complete({
          git,
          build,
          render: options.render ?? renderTree,
          ...(options.signal && { signal: options.signal }),
          ...(branch === undefined && { source: head }),
          subject:
            branch === undefined ? 'Deliver the platform for the first time' : 'Release services that had no release',
          amend: false,
        });
        return git.commit('HEAD');
      },
    });
    return { commit: published.commit, released, pushed: published.pushed };
  });
}
