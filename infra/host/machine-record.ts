import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../core/files';
import { withLock } from '../../core/lock';

/**
 * What was changed on the machine itself, outside of any project: the same for all projects of this machine, so that
 * whichever is the last to go can put everything back.
 */
export interface MachineRecord {
  /** System packages that were not there before, with those they brought. */
  readonly packages: readonly string[];
  /** The engine's configuration file as it was before it was changed. */
  readonly daemonJson?: {
    readonly file: string;
    /** Undefined where there was none. */
    readonly before?: string;
    readonly written: string;
  };
}

/** Root's folder for what belongs to the machine: record, engine log and pid, runtime wrapper. */
export const machineFolder = '/var/lib/slipway';

const recordFile = (folder: string): string => path.join(folder, 'machine.json');

/** @param folder @default machineFolder */
export async function readMachineRecord(folder: string = machineFolder): Promise<MachineRecord> {
  try {
    return JSON.parse(await readFile(recordFile(folder), 'utf8')) as MachineRecord;
  } catch {
    return { packages: [] };
  }
}

/** Changes the record, one process at a time; an empty one is removed. */
export async function updateMachineRecord(
  change: (record: MachineRecord) => MachineRecord,
  folder: string = machineFolder,
): Promise<void> {
  const file = recordFile(folder);
  await withLock(`${file}.lock`, { purpose: 'the record of this machine', wait: true }, async () => {
    const record = change(await readMachineRecord(folder));
    if (record.packages.length === 0 && record.daemonJson === undefined) await rm(file, { force: true });
    else await writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`);
  });
}
