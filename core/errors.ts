/**
 * What a user did or met, told so that the user can repair it. Anything else that is thrown is a bug and keeps its
 * stack. The message says what, what was got and what is allowed; `repair` is the command or edit that mends it.
 */
export class UserError extends Error {
  readonly repair: string | undefined;
  /** One line each, printed below the message: violations, missing packages, owners of ports. */
  readonly details: readonly string[];

  constructor(
    message: string,
    options: { readonly repair?: string; readonly details?: readonly string[]; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'UserError';
    this.repair = options.repair;
    this.details = options.details ?? [];
  }
}

/** The text of an error as a user reads it: message, details, repair; a bug's stack where it is no `UserError`. */
export function describeError(error: unknown): string {
  if (!(error instanceof UserError)) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const lines = [error.message, ...error.details.map((line) => `  ${line}`)];
  if (error.repair !== undefined) {
    lines.push(`repair: ${error.repair}`);
  }
  return lines.join('\n');
}
