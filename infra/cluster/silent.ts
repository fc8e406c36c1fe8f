import type { CommandFailed } from '../../core/exec';

const SILENT =
  /(connection|was) refused|unable to connect|timed? ?out|no such host|\bEOF\b|took longer|network is unreachable/i;

/** Whether a kubectl failed because no API server answered it, and not because one said no. */
export function isSilent({ reason, details }: CommandFailed): boolean {
  // without the command, whose own words (--request-timeout) say nothing of what happened
  return SILENT.test([reason, ...details].join('\n'));
}
