import { colorsFor } from '../../core/colors';
import type { Check, CheckState } from './check';

/** The checks as lines for a terminal, with their repairs below them. @param stream where the lines go */
export function describeChecks(
  checks: readonly Check[],
  stream: { readonly isTTY?: boolean } = process.stdout,
): readonly string[] {
  const { cyan, green, red, yellow } = colorsFor(stream);
  const marks: Readonly<Record<CheckState, string>> = {
    ok: green('ok'),
    handled: cyan('will be handled'),
    warning: yellow('note'),
    broken: red('broken'),
  };
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks.flatMap(({ name, state, finding, repair }) => [
    `${name.padEnd(width)}  ${marks[state]}: ${finding}`,
    ...(repair === undefined ? [] : [`${' '.repeat(width)}  repair: ${repair}`]),
  ]);
}
