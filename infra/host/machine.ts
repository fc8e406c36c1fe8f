import { accessSync, constants, readFileSync, statfsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Where facts come from, so that a test can describe any machine. */
export interface MachineReaders {
  /** Content of a file; undefined where it cannot be read. */
  readonly read: (file: string) => string | undefined;
  /** Whether a command is on PATH. */
  readonly has: (command: string) => boolean;
  readonly uid: () => number;
  readonly cores: () => number;
  readonly freeBytes: (folder: string) => number;
}

export interface Machine {
  /** `PRETTY_NAME` of os-release. */
  readonly system: string;
  /** `x64`, `arm64`: as Node names it. */
  readonly architecture: string;
  readonly root: boolean;
  /** Debian, or derived from it: Ubuntu, Mint, Raspberry Pi OS. */
  readonly debianFamily: boolean;
  readonly packageManager: 'apt' | undefined;
  /** Who starts services. Without systemd a container engine has to be started as a plain process. */
  readonly init: 'systemd' | 'other';
  /** False where even root may not raise limits; a container engine then cannot start privileged containers as it is. */
  readonly canRaiseLimits: boolean;
  /** Undefined where no control group file system is mounted. */
  readonly cgroupVersion: 1 | 2 | undefined;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly availableMemoryBytes: number;
  readonly freeDiskBytes: number;
  readonly inotifyInstances: number | undefined;
  readonly inotifyWatches: number | undefined;
  readonly openFiles: number | undefined;
}

const CAP_SYS_RESOURCE = 24n;

/** Keys and values of an os-release file, without the quotes. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const pairs = [...text.matchAll(/^([A-Z_]+)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(.*))$/gm)];
  return new Map(pairs.map(([, key, double, single, bare]) => [key!, double ?? single ?? bare?.trim() ?? '']));
}

/**
 * Whether a process with this /proc/<pid>/status can ever hold a capability. The bounding set answers also for an
 * unprivileged user, whose own sets are empty although root's are not.
 */
export function mayHold(status: string, capability: bigint): boolean {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return bounding === undefined || ((BigInt(`0x${bounding}`) >> capability) & 1n) === 1n;
}

/** Whether a process with this /proc/<pid>/status, or root beside it, may raise limits (CAP_SYS_RESOURCE). */
export function mayRaiseLimits(status: string): boolean {
  return mayHold(status, CAP_SYS_RESOURCE);
}

/** Control group version by the mounts; a machine with both kinds mounted (hybrid) works as version 1. */
export function parseCgroupVersion(mounts: string): 1 | 2 | undefined {
  const types = [...mounts.matchAll(/^\S+ \/sys\/fs\/cgroup(?:\/\S+)? (cgroup2?) /gm)].map((match) => match[1]);
  if (types.includes('cgroup')) return 1;
  return types.includes('cgroup2') ? 2 : undefined;
}

/** A field of /proc/meminfo in bytes, 0 where it is not there. */
export function parseMemory(meminfo: string, field: 'MemTotal' | 'MemAvailable'): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
}

/** The soft limit of open files in /proc/self/limits; Infinity for `unlimited`. */
export function parseOpenFiles(limits: string): number | undefined {
  const value = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  return value === 'unlimited' ? Infinity : value === undefined ? undefined : Number(value);
}

const count = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text.trim()));

const realReaders: MachineReaders = {
  read: (file) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  },
  has: (command) => findCommand(command) !== undefined,
  uid: () => process.getuid?.() ?? -1,
  cores: () => os.availableParallelism(),
  freeBytes: (folder) => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
};

/** Absolute path of a command on PATH or in the folders of administration, which a user's PATH often lacks. */
export function findCommand(command: string, searchPath: string = process.env['PATH'] ?? ''): string | undefined {
  const folders = [...searchPath.split(path.delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, command))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** What this machine has. @param folder free disk space is measured where this folder is. @default `/` */
export function readMachine(folder = '/', readers: MachineReaders = realReaders): Machine {
  const release = parseOsRelease(readers.read('/etc/os-release') ?? '');
  const families = [release.get('ID') ?? '', ...(release.get('ID_LIKE') ?? '').split(' ')];
  const debianFamily = families.includes('debian') || families.includes('ubuntu');
  const meminfo = readers.read('/proc/meminfo') ?? '';
  return {
    system: release.get('PRETTY_NAME') ?? os.type(),
    architecture: process.arch,
    root: readers.uid() === 0,
    debianFamily,
    packageManager: debianFamily && readers.has('apt-get') ? 'apt' : undefined,
    init: readers.read('/proc/1/comm')?.trim() === 'systemd' ? 'systemd' : 'other',
    canRaiseLimits: mayRaiseLimits(readers.read('/proc/self/status') ?? ''),
    cgroupVersion: parseCgroupVersion(readers.read('/proc/self/mounts') ?? ''),
    cores: readers.cores(),
    memoryBytes: parseMemory(meminfo, 'MemTotal'),
    availableMemoryBytes: parseMemory(meminfo, 'MemAvailable'),
    freeDiskBytes: readers.freeBytes(folder),
    inotifyInstances: count(readers.read('/proc/sys/fs/inotify/max_user_instances')),
    inotifyWatches: count(readers.read('/proc/sys/fs/inotify/max_user_watches')),
    openFiles: parseOpenFiles(readers.read('/proc/self/limits') ?? ''),
  };
}
