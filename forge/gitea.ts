import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../core/errors';
import type { Forge, MergeMessage, PullRequest } from './model';
import type { RepositoryClient } from './repository-client';

/** While it finds out whether a new pull request conflicts, Gitea refuses to merge it. */
const CHECKING_MS = 20_000;

/** @see https://docs.gitea.com/api/ */
export function giteaForge(client: RepositoryClient, signal?: AbortSignal): Forge {
  async function mergeWhenAllowed(
    pullRequest: PullRequest,
    { title, body }: MergeMessage,
  ): Promise<'merged' | 'scheduled'> {
    const path = `${client.path}/pulls/${pullRequest.number}`;
    const deadline = Date.now() + CHECKING_MS;
    for (;;) {
      const { status, body: answer } = await client.rest.ask('POST', `${path}/merge`, [200, 201, 405, 409], {
        Do: 'squash',
        MergeTitleField: title,
        MergeMessageField: body,
        // what was pushed to the branch meanwhile is not what was asked for
        head_commit_id: pullRequest.commit,
        merge_when_checks_succeed: true,
        delete_branch_after_merge: true,
      });
      if (status <= 201) {
        const { merged } = (await client.rest.ask('GET', path, [200])).body as { readonly merged: boolean };
        return merged ? 'merged' : 'scheduled';
      }
      const message = (answer as { readonly message?: string } | undefined)?.message ?? '';
      // asked for before: it is scheduled for the commit that is there now
      if (status === 409 && /already scheduled/i.test(message)) return 'scheduled';
      if (status === 409 || Date.now() > deadline) {
        throw new UserError(`pull request ${pullRequest.number} cannot be merged by itself`, {
          details: message === '' ? [] : [message],
          repair: `open ${pullRequest.url}`,
        });
      }
      await sleep(500, undefined, { signal });
    }
  }
  return {
    propose: (proposal) => client.propose(proposal),
    mergeWhenAllowed,
    publish: (note) => client.publish(note),
    statusOf: (...question) => client.statusOf(...question),
  };
}
