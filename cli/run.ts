import { setMaxListeners } from 'node:events';
import { describeError, UserError } from '../core/errors';
import { projectRoot } from '../core/paths';
import { createProgress } from '../core/progress';
import type { CommandContext } from './context';

/** 128 + the number of SIGINT, as shells report it. */
export const INTERRUPTED = 130;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a command and turns what it throws into words on standard error. The first Ctrl-C asks running work to end, the
 * second ends at once; a closed terminal asks as well.
 *
 * @param given what differs from a command at a terminal. @default nothing
 * @returns the exit code: what the command returned, 1 for an error, 130 where it was interrupted
 */
export async function runCommand(
  command: (context: CommandContext) => Promise<number | void>,
  given: Partial<Omit<CommandContext, 'signal'>> = {},
): Promise<number> {
  const interrupt = new AbortController();
  // each of many requests at once listens to it, and none of them is a leak
  setMaxListeners(0, interrupt.signal);
  const onSignal = (): void => {
    if (interrupt.signal.aborted) process.exit(INTERRUPTED);
    process.stderr.write('\ninterrupting; press Ctrl-C again to stop at once\n');
    interrupt.abort(new UserError('interrupted', { repair: 'run the same command again: it continues where it was' }));
  };
  // a reader that has seen enough (`| head`) is no error
  const onClosed = (error: NodeJS.ErrnoException): void => process.exit(error.code === 'EPIPE' ? 0 : 1);
  for (const signal of signals) process.on(signal, onSignal);
  process.stdout.on('error', onClosed);
  try {
    const code = await command({
      root: projectRoot,
      progress: createProgress(),
      signal: interrupt.signal,
      out: (text) => void process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
      ...given,
    });
    return interrupt.signal.aborted ? INTERRUPTED : (code ?? 0);
  } catch (error) {
    if (interrupt.signal.aborted) {
      process.stderr.write(`${describeError(interrupt.signal.reason)}\n`);
      return INTERRUPTED;
    }
    process.stderr.write(`error: ${describeError(error)}\n`);
    return error instanceof ExitError ? error.exitCode : 1;
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
    process.stdout.off('error', onClosed);
  }
}

/** A user's error with an exit code of its own. */
export class ExitError extends UserError {
  constructor(
    readonly exitCode: number,
    cause: unknown,
  ) {
    const told = cause instanceof UserError ? cause : undefined;
    super(told?.message ?? describeError(cause), {
      ...(told?.repair !== undefined && { repair: told.repair }),
      ...(told && { details: told.details }),
      cause,
    });
    this.name = 'ExitError';
  }
}
