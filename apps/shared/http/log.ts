export const levels = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof levels)[number];

/** Writes one line of JSON, unless the level is below the one chosen. */
export type Log = (level: Level, message: string, fields?: Readonly<Record<string, unknown>>) => void;

export interface LogOptions {
  readonly service: string;
  /** Lines below it are dropped. */
  readonly level: Level;
  /** @default standard output */
  readonly write?: (line: string) => void;
}

export function createLog(options: LogOptions): Log {
  const { service, write = (line) => process.stdout.write(line) } = options;
  const lowest = levels.indexOf(options.level);
  return (level, message, fields) => {
    if (levels.indexOf(level) < lowest) return;
    write(`${JSON.stringify({ level, time: new Date().toISOString(), service, message, ...fields })}\n`);
  };
}
