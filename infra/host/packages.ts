import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { exec } from '../../core/exec';
import type { Progress } from '../../core/progress';
import type { Machine } from './machine';
import { machineFolder, readMachineRecord, updateMachineRecord } from './machine-record';

export interface InstallOptions {
  readonly machine: Machine;
  readonly progress: Progress;
  /** Why they are needed, as in "a container engine is missing". */
  readonly reason: string;
  /** False lists what is missing instead of installing it. */
  readonly allowInstall: boolean;
  /** Install from the .deb files of this folder and ask no package server. @default the package servers of the machine */
  readonly folder?: string;
  /** Where the record of what was installed is kept. @default machineFolder */
  readonly recordFolder?: string;
}

/** Names of packages that dpkg reports as installed, from `dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n'`. */
export function parseInstalled(output: string): ReadonlySet<string> {
  return new Set(
    output
      .split('\n')
      .map((line) => /^(\S+) ii/.exec(line)?.[1])
      .filter((name) => name !== undefined),
  );
}

/** Names that `apt-get --simulate purge` would remove. */
export function parseRemovals(output: string): readonly string[] {
  return [...output.matchAll(/^(?:Purg|Remv) (\S+)/gm)].map((match) => match[1]!.replace(/:.*$/, ''));
}

async function installedPackages(): Promise<ReadonlySet<string>> {
  const { stdout } = await exec('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Abbrev}\\n'], {
    allowFailure: true,
  });
  return parseInstalled(stdout);
}

/** Those of `names` that are not installed; all of them on a machine without dpkg. */
export async function missingPackages(names: readonly string[]): Promise<readonly string[]> {
  const installed = await installedPackages().catch(() => new Set<string>());
  return names.filter((name) => !installed.has(name));
}

/** @throws UserError naming what to install, where this machine or this user cannot or shall not do so */
export function checkMayInstall(names: readonly string[], options: Omit<InstallOptions, 'progress'>): void {
  const { machine } = options;
  const sudo = machine.root ? '' : 'sudo ';
  const command = `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${names.join(' ')}`;
  const refuse = (why: string, repair: string): never => {
    throw new UserError(`${options.reason}, and ${why}`, {
      details: names.map((name) => `missing package: ${name}`),
      repair,
    });
  };
  if (machine.packageManager !== 'apt') {
    refuse(
      `packages are installed on Debian and its family only, not on ${machine.system}`,
      `install what your system calls ${names.join(', ')} and start again`,
    );
  }
  if (!options.allowInstall) refuse('installing was not allowed (--no-install)', command);
  if (!machine.root) refuse('only root can install packages', command);
}

const QUIET = ['-y', '-q', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Dpkg::Options::=--force-confold'];
const NO_SERVERS = ['-o', 'Dir::Etc::sourcelist=/dev/null', '-o', 'Dir::Etc::sourceparts=/dev/null'];

function aptGet(args: readonly string[], onLine?: (line: string) => void): ReturnType<typeof exec> {
  return exec('apt-get', [...args], {
    env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    timeoutMs: 15 * 60_000,
    ...(onLine && { onLine }),
  });
}

/** The .deb files of a folder whose package is not installed yet. */
async function filesToInstall(folder: string, installed: ReadonlySet<string>): Promise<readonly string[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.deb')).map((name) => path.join(folder, name));
  const names = await Promise.all(files.map(async (file) => (await exec('dpkg-deb', ['-f', file, 'Package'])).stdout));
  return files.filter((_file, index) => !installed.has(names[index]!.trim()));
}

/**
 * Installs the packages of `names` that are missing, after saying so, and records everything that came with them.
 *
 * @returns the names that were missing
 * @throws UserError where installing is not allowed or not possible, naming what to install
 */
export async function installPackages(names: readonly string[], options: InstallOptions): Promise<readonly string[]> {
  const missing = await missingPackages(names);
  if (missing.length === 0) return [];
  checkMayInstall(missing, options);
  const { progress, folder } = options;
  const before = await installedPackages();
  progress.say(`${options.reason}: installing ${missing.join(', ')}${folder ? ` from ${folder}` : ' with apt-get'}`);
  await progress.step(`install ${missing.join(', ')}`, async (step) => {
    try {
      if (folder === undefined) {
        await aptGet(['update', ...QUIET], step.detail);
        await aptGet(['install', ...QUIET, '--no-install-recommends', ...missing], step.detail);
      } else {
        const files = await filesToInstall(folder, before);
        await aptGet(['install', ...QUIET, ...NO_SERVERS, '--no-install-recommends', ...files], step.detail);
      }
    } finally {
      // recorded also after a failure or a partial success: whatever came must be removable
      const added = [...(await installedPackages())].filter((name) => !before.has(name));
      await updateMachineRecord(
        (record) => ({ ...record, packages: [...new Set([...record.packages, ...added])].sort() }),
        options.recordFolder,
      );
    }
  });
  const still = await missingPackages(missing);
  if (still.length > 0) {
    throw new UserError(`${folder ?? 'the package server'} did not have ${still.join(', ')}`, {
      repair: `install ${still.join(', ')} and start again`,
    });
  }
  return missing;
}

/**
 * Removes the packages that `installPackages` brought to this machine.
 *
 * @returns what was removed, and what stays because something that came later depends on it
 */
export async function removeInstalledPackages(
  progress: Progress,
  recordFolder: string = machineFolder,
): Promise<{ readonly removed: readonly string[]; readonly kept: readonly string[] }> {
  const { packages } = await readMachineRecord(recordFolder);
  const installed = await installedPackages();
  const ours = packages.filter((name) => installed.has(name));
  const removable = await withoutDependents(ours);
  if (removable.length > 0) {
    await progress.step(`remove ${removable.length} system packages`, (step) =>
      aptGet(['purge', ...QUIET, ...removable], step.detail),
    );
  }
  const kept = ours.filter((name) => !removable.includes(name));
  await updateMachineRecord((record) => ({ ...record, packages: kept }), recordFolder);
  return { removed: removable, kept };
}

/** Drops names until removing the rest takes nothing along that is not in the list. */
async function withoutDependents(names: readonly string[]): Promise<readonly string[]> {
  let rest = names;
  for (;;) {
    if (rest.length === 0) return [];
    const { stdout } = await aptGet(['--simulate', ...QUIET, 'purge', ...rest]);
    const foreign = parseRemovals(stdout).filter((name) => !names.includes(name));
    if (foreign.length === 0) return rest;
    const needed = new Set<string>();
    for (const name of rest) {
      const alone = parseRemovals((await aptGet(['--simulate', ...QUIET, 'purge', name])).stdout);
      if (alone.some((other) => foreign.includes(other))) needed.add(name);
    }
    rest = rest.filter((name) => !needed.has(name));
  }
}
