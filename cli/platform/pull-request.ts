import { readFile } from 'node:fs/promises';
import { UserError } from '../../core/errors';
import type { Discussion, PullRequest } from '../../forge';
import type { Review } from '../../review/model';
import { commentMarker, renderMarkdown } from '../../review/report/markdown';
import { changeWords, dangerWords } from '../../review/report/summary';
import type { CommandContext } from '../context';
import { openCopy } from './copy';
import { loadProject } from './project';

const CONTEXT = 'slipway/review';

/** A pull request on which a review is shown. */
export interface ReviewedPullRequest {
  readonly discussion: Discussion;
  readonly pullRequest: PullRequest;
  /** The commit that gets the status, where the event that started this names it. */
  readonly eventCommit?: string;
  readonly forgeType: 'github' | 'local';
}

interface PullRequestEvent {
  readonly number: number;
  readonly commit: string;
}

/** The pull request for which CI runs, by the file that GitHub and Gitea write for each run. */
async function readEvent(file: string | undefined): Promise<PullRequestEvent | undefined> {
  if (!file) return undefined;
  const event = await readFile(file, 'utf8')
    .then((text) => JSON.parse(text) as { pull_request?: { number?: unknown; head?: { sha?: unknown } } } | null)
    // what is not such a file belongs to no pull request
    .catch(() => undefined);
  const { number, head } = event?.pull_request ?? {};
  return typeof number === 'number' && typeof head?.sha === 'string' ? { number, commit: head.sha } : undefined;
}

/**
 * The pull request to write to: of this number, else the one for which CI runs.
 *
 * @throws UserError where there is none, or the forge does not show it
 */
export async function openPullRequest(
  context: CommandContext,
  given: number | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ReviewedPullRequest> {
  const event = await readEvent(environment['GITHUB_EVENT_PATH']);
  const number = given ?? event?.number;
  if (number === undefined) {
    throw new UserError('--post does not know which pull request is meant', {
      repair: 'give its number, as in `--post 7`; in CI it is the one for which the workflow runs',
    });
  }
  const project = await loadProject(context.root);
  const discussion = (await openCopy(project, context, {}, environment)).discussion();
  return {
    discussion,
    pullRequest: await discussion.find(number),
    forgeType: project.catalog.platform.forge.type,
    ...(event?.number === number && { eventCommit: event.commit }),
  };
}

/** Where a line of a file can be read, at a commit. */
function fileUrlOf({ pullRequest, forgeType }: ReviewedPullRequest, commit: string) {
  const repository = pullRequest.url.replace(/\/pulls?\/\d+$/, '');
  const folder = forgeType === 'github' ? 'blob' : 'src/commit';
  return (file: string, line?: number): string =>
    `${repository}/${folder}/${commit}/${file}${line === undefined ? '' : `#L${line}`}`;
}

/**
 * Writes a review to its pull request: as a comment, which is the same one every time, and as the status of its commit.
 *
 * @throws UserError where the review is not of what the pull request holds, or the forge refuses
 */
export async function postReview(
  review: Review,
  target: ReviewedPullRequest,
  options: { readonly failed: boolean; readonly reportUrl?: string },
): Promise<string> {
  const { discussion, pullRequest, eventCommit } = target;
  const { number, commit: head } = pullRequest;
  // CI checks out a merge of the pull request, whose commit nobody looks at
  if (eventCommit === undefined && review.head.commit !== undefined && review.head.commit !== head) {
    throw new UserError(
      `the review is of ${review.head.commit.slice(0, 7)}, pull request ${number} is at ${head.slice(0, 7)}`,
      {
        repair: 'push what you have, or review what is there: `--head` with the commit of the pull request',
      },
    );
  }
  const commit = eventCommit ?? head;
  const link = options.reportUrl === undefined ? {} : { reportUrl: options.reportUrl };
  const { url, outcome } = await discussion.write(number, {
    marker: commentMarker,
    text: (limit) => renderMarkdown(review, { limit, fileUrl: fileUrlOf(target, commit), ...link }),
  });
  await discussion.report(commit, {
    state: options.failed ? 'failure' : 'success',
    context: CONTEXT,
    description: `${dangerWords(review)}; ${changeWords(review.counts)}`,
    url: options.reportUrl ?? url,
  });
  return outcome === 'unchanged' ? `pull request ${number} says so already: ${url}` : `comment ${outcome}: ${url}`;
}

/** Says on the commit that there is no review, since a check that is missing looks like one that passed. */
export async function postFailure(
  reason: string,
  { discussion, pullRequest, eventCommit }: ReviewedPullRequest,
): Promise<void> {
  await discussion.report(eventCommit ?? pullRequest.commit, {
    state: 'error',
    context: CONTEXT,
    description: reason,
  });
}
