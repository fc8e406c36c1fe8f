import type { Progress } from '../core/progress';

/** What every command is given. */
export interface CommandContext {
  /** The project's folder. */
  readonly root: string;
  /** On standard error. */
  readonly progress: Progress;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Data for standard output. */
  out(text: string): void;
}

/** What `work` comes to, or the reason of the abort as soon as there is one; for looking, which can be left at any time. */
export async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let leave: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    leave = () => reject(signal.reason as Error);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
