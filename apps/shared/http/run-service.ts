import { createLog, levels } from './log';
import type { Routes } from './routes';
import { startServer, type RunningServer } from './server';
import { oneOf, readSettings, SettingsError, text, wholeNumber, type Readers, type Settings } from './settings';

const commonReaders = {
  APP_VERSION: text('1.2.3'),
  PORT: wholeNumber(0, 65_535, 8080),
  LOG_LEVEL: oneOf(levels, 'info'),
  // Together they must stay below the pod's terminationGracePeriodSeconds, 30 s unless set.
  SHUTDOWN_DELAY_MS: wholeNumber(0, 600_000, 5_000),
  SHUTDOWN_TIMEOUT_MS: wholeNumber(0, 600_000, 20_000),
};

export interface ServiceDefinition<R extends Readers> {
  /** Shown in every log line. */
  readonly name: string;
  /** The service's own environment variables. */
  readonly settings: R;
  readonly routes: (settings: Settings<R>) => Routes;
}

/**
 * Runs a service as this process until SIGTERM, or SIGINT, which skips the delay because nobody routes to a terminal.
 * The exit code is 0 after a clean end, 1 for bad configuration, a port that cannot be had, or requests cut off.
 */
export async function runService<R extends Readers>({ name, settings, routes }: ServiceDefinition<R>): Promise<void> {
  try {
    const common = readSettings(process.env, { ...settings, ...commonReaders });
    const { APP_VERSION: version, PORT: port, LOG_LEVEL: level } = common;
    const log = createLog({ service: name, level });
    const server = await startServer({ port, version, log, routes: routes(common) });
    const end = async (signal: string, running: RunningServer, delayMs: number) => {
      log('info', 'draining', { signal, delayMs });
      const cutOff = await running.drain({ delayMs, timeoutMs: common.SHUTDOWN_TIMEOUT_MS });
      log(cutOff > 0 ? 'error' : 'info', 'stopped', { requestsCutOff: cutOff });
      process.exit(cutOff > 0 ? 1 : 0);
    };
    process.once('SIGTERM', (signal) => void end(signal, server, common.SHUTDOWN_DELAY_MS));
    process.once('SIGINT', (signal) => void end(signal, server, 0));
    // Last, because whoever reads it may send a signal at once.
    log('info', 'listening', { port: server.port, version });
  } catch (error) {
    const log = createLog({ service: name, level: 'error' });
    if (error instanceof SettingsError) log('error', 'bad configuration', { problems: error.problems });
    else log('error', 'cannot start', { error: error instanceof Error ? error.stack : String(error) });
    process.exitCode = 1;
  }
}
