/** What is wrong with a value and how to mend it: lower case, no full stop. */
export interface Fault {
  /** What was got: `70000 is not a port`. */
  readonly problem: string;
  /** What could stand there instead. @default nothing: the thing should not be there */
  readonly allowed?: string;
  /** The edit that mends it, where it is more than a choice of what is allowed. */
  readonly repair?: string;
}

/** A fault and where it is. */
export interface Violation extends Fault {
  /** Relative to the project. */
  readonly file: string;
  readonly line?: number;
  /** Path of the field inside the file: `cluster.nodes[0].role`. @default the file as a whole */
  readonly field?: string;
}

/** One line: `apps/service-a/service.ts: port: 70000 is not a port; allowed: a whole number from 1 to 65535`. */
export function describeViolation(violation: Violation): string {
  const { file, line, field, problem, allowed, repair } = violation;
  const place = line === undefined ? file : `${file}:${line}`;
  const parts = [problem, ...(allowed === undefined ? [] : [`allowed: ${allowed}`]), ...(repair ? [repair] : [])];
  return `${place}: ${field ? `${field}: ` : ''}${parts.join('; ')}`;
}

function compare(left: string | number, right: string | number): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** By file and line, so that one visit to a file mends all of it. */
export function inReadingOrder(violations: readonly Violation[]): Violation[] {
  return violations.toSorted(
    (left, right) => compare(left.file, right.file) || compare(left.line ?? 0, right.line ?? 0),
  );
}

const shownLength = 60;

/** A value as it is shown in a message: one line, cut when long, whatever it is. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > shownLength ? `${value.slice(0, shownLength)}…` : value);
  }
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

/** `"a", "b", "c"`, cut after a few so that a message stays readable in a catalog of thousands. */
export function listed(values: readonly string[], limit = 8): string {
  const shown = values.slice(0, limit).map((value) => `"${value}"`);
  const more = values.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
