import { writeFileAtomic } from '../../core/files';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { effectiveSeverity } from '../../review/finding';
import { evaluatePolicies } from '../../review/policy/evaluate';
import { severities, type Review, type Severity } from '../../review/model';
import { review as makeReview } from '../../review/review';
import { renderHtml } from '../../review/report/html';
import { renderMarkdown } from '../../review/report/markdown';
import { renderSarif } from '../../review/report/sarif';
import { reviewText } from '../../review/report/text';
import type { CommandContext } from '../context';
import type { ReviewedPullRequest } from '../platform/pull-request';
import { ExitError } from '../run';

// the platform and its forge, which a review that is not posted can do without
// eslint-disable-next-line @typescript-eslint/no-require-imports
const pullRequests = () => require('../platform/pull-request') as typeof import('../platform/pull-request');

export interface ReviewFlags {
  readonly base?: string;
  readonly head?: string;
  readonly format: ReviewFormat;
  readonly output?: string;
  readonly failOn: FailOn;
  /** A number, or true for the pull request for which CI runs. */
  readonly post?: number | true;
  readonly reportUrl?: string;
  readonly json?: boolean;
}

/** How a review can be written; each is a function of the review alone. */
const formats = {
  text: reviewText,
  json: jsonText,
  markdown: (review: Review) => renderMarkdown(review),
  html: renderHtml,
  sarif: (review: Review) => jsonText(renderSarif(review)),
} as const;

function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

export type ReviewFormat = keyof typeof formats;
export type FailOn = Severity | 'never';

/** 0 for an ordinary change, 1 with findings of the given severity or worse, 2 where there is no review. */
export async function review(context: CommandContext, flags: ReviewFlags): Promise<number> {
  const { post } = flags;
  try {
    const target =
      post === undefined ? undefined : await pullRequests().openPullRequest(context, post === true ? undefined : post);
    const found = await reviewFor(context, flags, target);
    const failed = isFailure(found, flags.failOn);
    if (target !== undefined) {
      const link = flags.reportUrl === undefined ? {} : { reportUrl: flags.reportUrl };
      context.progress.say(await pullRequests().postReview(found, target, { failed, ...link }));
    }
    return failed ? 1 : 0;
  } catch (error) {
    throw error instanceof UserError ? new ExitError(2, error) : error;
  }
}

/** Makes the review and writes it down; where it cannot be made, the pull request says so. */
async function reviewFor(
  context: CommandContext,
  flags: ReviewFlags,
  target: ReviewedPullRequest | undefined,
): Promise<Review> {
  try {
    const found = await makeReview({
      root: context.root,
      evaluatePolicies,
      signal: context.signal,
      ...(flags.base !== undefined && { base: flags.base }),
      ...(flags.head !== undefined && { head: flags.head }),
    });
    const text = formats[flags.json === true ? 'json' : flags.format](found);
    if (flags.output === undefined) context.out(text);
    else await writeReport(flags.output, text);
    return found;
  } catch (error) {
    if (target !== undefined && error instanceof UserError) {
      // the reason for which there is no review counts for more than that it cannot be told
      await pullRequests()
        .postFailure(error.message, target)
        .catch(() => undefined);
    }
    throw error;
  }
}

/** @throws UserError where nothing can be written there */
async function writeReport(file: string, text: string): Promise<void> {
  try {
    await writeFileAtomic(path.resolve(file), text);
  } catch (error) {
    throw new UserError(`the review cannot be written to ${file}`, {
      details: [(error as Error).message],
      repair: 'name a file in a folder that you may write to',
      cause: error,
    });
  }
}

function isFailure({ findings }: Review, failOn: FailOn): boolean {
  if (failOn === 'never') return false;
  const failing = severities.slice(0, severities.indexOf(failOn) + 1);
  return findings.some((finding) => failing.includes(effectiveSeverity(finding)));
}
