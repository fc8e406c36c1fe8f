import { UserError } from '../core/errors';
import type { Forge, MergeMessage, PullRequest } from './model';
import type { FoundPullRequest, RepositoryClient } from './repository-client';

const ENABLE = `mutation($id: ID!, $commit: GitObjectID!, $title: String!, $body: String!) {
  enablePullRequestAutoMerge(input: {
    pullRequestId: $id, expectedHeadOid: $commit, mergeMethod: SQUASH, commitHeadline: $title, commitBody: $body
  }) { clientMutationId }
}`;

/** @see https://docs.github.com/en/rest/pulls/pulls */
export function githubForge(client: RepositoryClient): Forge {
  async function merge(pullRequest: PullRequest, { title, body }: MergeMessage): Promise<'merged'> {
    const path = `${client.path}/pulls/${pullRequest.number}/merge`;
    const message = { commit_title: title, commit_message: body, sha: pullRequest.commit, merge_method: 'squash' };
    await client.rest.ask('PUT', path, [200], message);
    return 'merged';
  }

  // merging later is in GitHub's GraphQL API alone
  async function mergeWhenAllowed(
    pullRequest: FoundPullRequest,
    message: MergeMessage,
  ): Promise<'merged' | 'scheduled'> {
    const variables = { id: pullRequest.nodeId, commit: pullRequest.commit, ...message };
    const { body } = await client.rest.ask('POST', '/graphql', [200], { query: ENABLE, variables });
    const { errors = [] } = body as { readonly errors?: readonly { readonly message: string }[] };
    if (errors.length === 0) return 'scheduled';
    // there is nothing to wait for, and GitHub then wants to be told to merge
    if (errors.some((error) => /clean status/i.test(error.message))) return merge(pullRequest, message);
    throw new UserError(`pull request ${pullRequest.number} cannot be merged by itself`, {
      details: errors.map((error) => error.message),
      repair: 'allow auto-merge in the settings of the repository, or merge it by hand',
    });
  }
  return {
    propose: (proposal) => client.propose(proposal),
    mergeWhenAllowed,
    publish: (note) => client.publish(note),
    statusOf: (...question) => client.statusOf(...question),
  };
}
