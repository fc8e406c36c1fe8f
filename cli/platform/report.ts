import pc from 'picocolors';
import type { Check, CheckState } from './check';

const MARKS: Readonly<Record<CheckState, string>> = {
  ok: pc.green('ok'),
  handled: pc.cyan('will be handled'),
  warning: pc.yellow('note'),
  broken: pc.red('broken'),
};

/** The checks as lines for a terminal, with their repairs below them. */
export function describeChecks(checks: readonly Check[]): readonly string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks.flatMap(({ name, state, finding, repair }) => [
    `${name.padEnd(width)}  ${MARKS[state]}: ${finding}`,
    ...(repair === undefined ? [] : [`${' '.repeat(width)}  repair: ${repair}`]),
  ]);
}
