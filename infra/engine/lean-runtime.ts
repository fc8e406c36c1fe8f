import { chmod, copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { besides, writeFileAtomic } from '../../core/files';
import { readMachineRecord, updateMachineRecord } from '../host/machine-record';

/** Name under which the engine knows the runtime that asks for no CAP_SYS_RESOURCE. */
export const LEAN_RUNTIME = 'lean';

interface DaemonConfiguration {
  readonly runtimes?: Readonly<Record<string, unknown>>;
  readonly 'default-runtime'?: string;
  readonly [key: string]: unknown;
}

function parse(text: string | undefined, file: string): DaemonConfiguration {
  if (text === undefined || text.trim() === '') return {};
  try {
    return JSON.parse(text) as DaemonConfiguration;
  } catch (error) {
    throw new UserError(`${file} is not JSON: ${(error as Error).message}`, { repair: `mend ${file} by hand` });
  }
}

const print = (configuration: DaemonConfiguration): string => `${JSON.stringify(configuration, null, 2)}\n`;

/**
 * The engine's configuration with the lean runtime as default; every other setting stays.
 *
 * @throws UserError where another default runtime was chosen, or the file is not JSON
 */
export function withLeanRuntime(text: string | undefined, runtimePath: string, file: string): string {
  const configuration = parse(text, file);
  const chosen = configuration['default-runtime'];
  if (chosen !== undefined && ![LEAN_RUNTIME, 'runc'].includes(chosen)) {
    throw new UserError(
      `${file} sets the default runtime "${chosen}", which may ask for capabilities this machine has not`,
      {
        repair: `remove "default-runtime" from ${file}, or start Slipway on a machine with CAP_SYS_RESOURCE`,
      },
    );
  }
  return print({
    ...configuration,
    runtimes: { ...configuration.runtimes, [LEAN_RUNTIME]: { path: runtimePath } },
    'default-runtime': LEAN_RUNTIME,
  });
}

/**
 * The configuration as it was before, where nobody changed it since; otherwise only our settings are taken out.
 * Undefined where nothing would be left.
 */
export function withoutLeanRuntime(
  current: string,
  record: { readonly before?: string; readonly written: string },
  file: string,
): string | undefined {
  if (current === record.written) return record.before;
  const { runtimes, 'default-runtime': chosen, ...rest } = parse(current, file);
  const others = Object.fromEntries(Object.entries(runtimes ?? {}).filter(([name]) => name !== LEAN_RUNTIME));
  const left: DaemonConfiguration = {
    ...rest,
    ...(Object.keys(others).length > 0 && { runtimes: others }),
    ...(chosen !== undefined && chosen !== LEAN_RUNTIME && { 'default-runtime': chosen }),
  };
  return Object.keys(left).length === 0 ? undefined : print(left);
}

/**
 * Puts the runtime into `folder`, where it stays while the engine needs it (a cache may be emptied), and names it in the
 * engine's configuration. What was there before is recorded.
 */
export async function configureLeanRuntime(tool: string, daemonJson: string, folder: string): Promise<void> {
  const runtimePath = path.join(folder, 'runc-lean');
  await mkdir(folder, { recursive: true });
  const temporary = besides(runtimePath);
  await copyFile(tool, temporary);
  await chmod(temporary, 0o755);
  await rename(temporary, runtimePath);
  const before = await readFile(daemonJson, 'utf8').catch(() => undefined);
  const written = withLeanRuntime(before, runtimePath, daemonJson);
  if (written === before) return;
  // recorded first: a kill between the two leaves a record that restores what is there already
  await updateMachineRecord(
    (record) => ({
      ...record,
      daemonJson: record.daemonJson
        ? { ...record.daemonJson, written }
        : { file: daemonJson, written, ...(before !== undefined && { before }) },
    }),
    folder,
  );
  await writeFileAtomic(daemonJson, written);
}

/** Puts the engine's configuration back. @returns whether it had been changed */
export async function restoreConfiguration(folder: string): Promise<boolean> {
  const { daemonJson } = await readMachineRecord(folder);
  if (daemonJson === undefined) return false;
  const current = await readFile(daemonJson.file, 'utf8').catch(() => undefined);
  if (current !== undefined) {
    const restored = withoutLeanRuntime(current, daemonJson, daemonJson.file);
    if (restored === undefined) await rm(daemonJson.file);
    else await writeFileAtomic(daemonJson.file, restored);
  }
  await updateMachineRecord(({ packages }) => ({ packages }), folder);
  await rm(path.join(folder, 'runc-lean'), { force: true });
  return true;
}
