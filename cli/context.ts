import type { Progress } from '../core/progress';
import type { Machine } from '../infra/host/machine';

/** The world around a command; a test describes another one. */
export interface Surroundings {
  /** Facts of this machine; disk space is measured where the folder lies. @default read from the kernel */
  readonly machine?: (folder: string) => Machine;
  /** Sends every address of a release, a manifest or a registry elsewhere. @default the address itself */
  readonly rewrite?: (url: string) => string;
}

/** What every command is given. */
export interface CommandContext {
  /** The project's folder. */
  readonly root: string;
  /** On standard error. */
  readonly progress: Progress;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** @default the real one */
  readonly surroundings?: Surroundings;
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
