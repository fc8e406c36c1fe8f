import { rm } from 'node:fs/promises';
import type { Progress } from '../../core/progress';
import { readMachine } from '../host/machine';
import { machineFolder, readMachineRecord } from '../host/machine-record';
import { removeInstalledPackages } from '../host/packages';
import { ownDaemon, reloadDaemon, stopDaemon } from './daemon';
import { containerName, type Engine } from './engine';
import { restoreConfiguration } from './lean-runtime';

/** What became of a change that was made to the machine itself. */
export interface MachineChange {
  readonly kind: 'package' | 'process' | 'configuration';
  readonly name: string;
  readonly state: 'removed' | 'kept';
  readonly reason?: string;
}

/**
 * Takes back what `ensureEngine` did to the machine: stops the daemon it started, puts the engine's configuration back,
 * removes the packages it installed. While containers of others exist everything stays, with the reason.
 *
 * @param folder @default machineFolder
 */
export async function removeEngine(
  engine: Engine | undefined,
  progress: Progress,
  folder: string = machineFolder,
): Promise<readonly MachineChange[]> {
  const { packages, daemonJson } = await readMachineRecord(folder);
  const daemon = await ownDaemon(folder);
  const dataFolder = await engine?.run(['info', '--format', '{{.DockerRootDir}}'], { allowFailure: true });
  const changes: Omit<MachineChange, 'state'>[] = [
    ...(daemon === undefined ? [] : [{ kind: 'process' as const, name: `dockerd (pid ${daemon})` }]),
    ...(daemonJson === undefined ? [] : [{ kind: 'configuration' as const, name: daemonJson.file }]),
  ];
  const foreign = changes.length + packages.length > 0 && engine ? (await engine.containers()).map(containerName) : [];
  if (foreign.length > 0) {
    const reason = `used by ${foreign.join(', ')}`;
    const all = [...changes, ...packages.map((name) => ({ kind: 'package' as const, name }))];
    return all.map((change) => ({ ...change, state: 'kept', reason }));
  }
  await stopDaemon(folder, dataFolder?.stdout.trim() || undefined);
  const restored = await restoreConfiguration(folder);
  if (restored && daemon === undefined) await reloadDaemon(readMachine(), folder);
  const { removed, kept } = await removeInstalledPackages(progress, folder);
  if (kept.length === 0) await rm(folder, { recursive: true, force: true });
  return [
    ...changes.map((change) => ({ ...change, state: 'removed' as const })),
    ...removed.map((name) => ({ kind: 'package' as const, name, state: 'removed' as const })),
    ...kept.map((name) => ({
      kind: 'package' as const,
      name,
      state: 'kept' as const,
      reason: 'other packages depend on it',
    })),
  ];
}
