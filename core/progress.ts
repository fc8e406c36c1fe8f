import { colorsFor } from './colors';

/** One running step: reports how far it is. */
export interface Step {
  /** What is being done now, shown beside the title. */
  detail(text: string): void;
  /** How far the step is. @param fraction 0 to 1 @param remainingSeconds an estimate, where there is one */
  advance(fraction: number, remainingSeconds?: number): void;
  /** A line that stays. */
  say(line: string): void;
}

/** Where long work tells its steps. Everything goes to standard error; standard output is for data. */
export interface Progress {
  say(line: string): void;
  /**
   * Runs `work`, showing `title` with elapsed time, and says how it ended. Steps may run side by side.
   *
   * @param succeeded whether a result is shown as a success; what throws never is. @default every result is
   */
  step<T>(title: string, work: (step: Step) => Promise<T>, succeeded?: (result: T) => boolean): Promise<T>;
}

export interface ProgressOptions {
  /** @default standard error */
  readonly stream?: NodeJS.WriteStream;
  /** Redraw lines in place. @default whether the stream is a terminal that somebody looks at, so not in CI */
  readonly interactive?: boolean;
  /** How often a plain log repeats what still runs, in seconds. @default 20 */
  readonly heartbeatSeconds?: number;
}

interface Running {
  readonly title: string;
  readonly startedMs: number;
  detail: string;
  fraction?: number;
  remainingSeconds?: number | undefined;
}

/** `75` as `1m 15s`, `8` as `8s`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, '0')}s`;
}

/** A bar of `width` characters. */
export function bar(fraction: number, width = 24): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}]`;
}

function describe(run: Running, dim: (text: string) => string): string {
  const elapsed = formatSeconds((Date.now() - run.startedMs) / 1000);
  const parts = [`${run.title} ${dim(elapsed)}`];
  if (run.fraction !== undefined) {
    const left = run.remainingSeconds === undefined ? '' : `, about ${formatSeconds(run.remainingSeconds)} left`;
    parts.push(`${bar(run.fraction)} ${Math.floor(run.fraction * 100)}%${left}`);
  }
  if (run.detail !== '') {
    parts.push(dim(run.detail));
  }
  return parts.join('  ');
}

/** Progress for a terminal (lines redrawn in place) or a log (a line at start and end, and a heartbeat between). */
export function createProgress(options: ProgressOptions = {}): Progress {
  const stream = options.stream ?? process.stderr;
  const interactive = options.interactive ?? (stream.isTTY === true && !process.env['CI']);
  const heartbeatMs = (options.heartbeatSeconds ?? 20) * 1000;
  const { cyan, dim, green, red } = colorsFor(stream);
  const running = new Set<Running>();
  let drawn = 0;
  let timer: NodeJS.Timeout | undefined;

  const erase = (): void => {
    if (drawn > 0) stream.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  const draw = (): void => {
    if (!interactive) return;
    erase();
    const columns = stream.columns ?? 120;
    for (const run of running) {
      stream.write(`${cyan('…')} ${describe(run, dim)}`.slice(0, columns + 40) + '\n');
      drawn += 1;
    }
  };
  const line = (text: string): void => {
    erase();
    stream.write(`${text}\n`);
    draw();
  };
  const tick = (): void => {
    if (interactive) draw();
    else for (const run of running) line(`… ${describe(run, dim)}`);
  };
  const watch = (): void => {
    if (running.size > 0 && timer === undefined) {
      timer = setInterval(tick, interactive ? 200 : heartbeatMs);
      timer.unref();
    } else if (running.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };

  return {
    say: line,
    async step(title, work, succeeded = () => true) {
      const run: Running = { title, startedMs: Date.now(), detail: '' };
      running.add(run);
      watch();
      if (interactive) draw();
      else line(`… ${title}`);
      const end = (mark: string): void => {
        running.delete(run);
        watch();
        line(`${mark} ${title} ${dim(formatSeconds((Date.now() - run.startedMs) / 1000))}`);
      };
      try {
        const result = await work({
          detail: (text) => void (run.detail = text),
          advance: (fraction, remainingSeconds) => void Object.assign(run, { fraction, remainingSeconds }),
          say: (text) => line(`  ${text}`),
        });
        end(succeeded(result) ? green('✓') : red('✗'));
        return result;
      } catch (error) {
        end(red('✗'));
        throw error;
      }
    },
  };
}

/** Progress that shows nothing, for tests and for `--json`. */
export const silentProgress: Progress = {
  say: () => undefined,
  step: (_title, work) => work({ detail: () => undefined, advance: () => undefined, say: () => undefined }),
};
