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
import { ExitError } from '../run';

export interface ReviewFlags {
  readonly base?: string;
  readonly head?: string;
  readonly format: ReviewFormat;
  readonly output?: string;
  readonly failOn: FailOn;
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
  let found: Review;
  try {
    found = await makeReview({
      root: context.root,
      evaluatePolicies,
      signal: context.signal,
      ...(flags.base !== undefined && { base: flags.base }),
      ...(flags.head !== undefined && { head: flags.head }),
    });
    const text = formats[flags.json === true ? 'json' : flags.format](found);
    if (flags.output === undefined) context.out(text);
    else await writeFileAtomic(path.resolve(flags.output), text);
  } catch (error) {
    throw error instanceof UserError ? new ExitError(2, error) : error;
  }
  return isFailure(found, flags.failOn) ? 1 : 0;
}

function isFailure({ findings }: Review, failOn: FailOn): boolean {
  if (failOn === 'never') return false;
  const failing = severities.slice(0, severities.indexOf(failOn) + 1);
  return findings.some((finding) => failing.includes(effectiveSeverity(finding)));
}
