import { stat } from 'node:fs/promises';
import { cacheFolder } from '../../core/paths';
import type { Progress } from '../../core/progress';
import { ensureEngine, type ReadyEngine } from '../../infra/engine';
import { findCommand, readMachine } from '../../infra/host/machine';
import { installPackages } from '../../infra/host/packages';
import type { Supply } from '../../infra/supply';
import { packagesFolder } from '../../infra/supply/archive';

/** Debian packages that a platform needs on a machine that has nothing but Node. */
export const machinePackages = ['docker.io', 'iptables', 'git', 'ca-certificates'] as const;

export interface MachineOptions {
  readonly supply: Supply;
  readonly progress: Progress;
  /** @default true */
  readonly install?: boolean;
}

/** Where a loaded supply put system packages; undefined where none were loaded. */
async function loadedPackages(): Promise<string | undefined> {
  const folder = packagesFolder(cacheFolder());
  return stat(folder).then(
    () => folder,
    () => undefined,
  );
}

/** Brings Git and a container engine to the machine where they are missing and that is allowed. */
export async function prepareMachine({ supply, progress, install = true }: MachineOptions): Promise<ReadyEngine> {
  const machine = readMachine();
  const folder = await loadedPackages();
  // a Git that did not come as a package is as good
  if (machine.packageManager === 'apt' && findCommand('git') === undefined) {
    await installPackages(['git'], {
      machine,
      progress,
      reason: 'Git is missing',
      allowInstall: install,
      ...(folder !== undefined && { folder }),
    });
  }
  const engine = await ensureEngine({
    allowInstall: install,
    progress,
    tool: (name) => supply.tool(name),
    ...(folder !== undefined && { packageFolder: folder }),
  });
  for (const note of engine.notes) progress.say(note);
  return engine;
}
