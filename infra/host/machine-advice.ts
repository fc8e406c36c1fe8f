import type { Machine } from './machine';

/** What a platform of one control plane and two workers takes; more where tools have to be built first. */
export interface MachineNeeds {
  /** @default 4 GiB */
  readonly memoryBytes?: number;
  /** @default 10 GiB */
  readonly diskBytes?: number;
}

export interface Advice {
  /** `blocking`: it will not work. `warning`: it may become slow or fail under load. */
  readonly severity: 'blocking' | 'warning';
  readonly problem: string;
  /** A command or an edit. */
  readonly repair: string;
}

const GIB = 1024 ** 3;
const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

type Rule = (machine: Machine, needs: Required<MachineNeeds>) => Advice | undefined;

const disk: Rule = (machine, needs) =>
  machine.freeDiskBytes >= needs.diskBytes
    ? undefined
    : {
        severity: 'blocking',
        problem: `${gib(machine.freeDiskBytes)} of disk are free, ${gib(needs.diskBytes)} are needed`,
        repair: 'free disk space, or set SLIPWAY_CACHE to a folder on a larger disk',
      };

const memory: Rule = (machine, needs) =>
  machine.availableMemoryBytes >= needs.memoryBytes
    ? undefined
    : {
        severity: machine.memoryBytes >= needs.memoryBytes ? 'warning' : 'blocking',
        problem: `${gib(machine.availableMemoryBytes)} of ${gib(machine.memoryBytes)} memory are available, ${gib(needs.memoryBytes)} are needed`,
        repair: 'end other programs, or use a larger machine',
      };

const cgroup: Rule = (machine) =>
  machine.cgroupVersion !== undefined
    ? undefined
    : {
        severity: 'blocking',
        problem: 'no control group file system is mounted at /sys/fs/cgroup',
        repair: 'mount -t cgroup2 none /sys/fs/cgroup',
      };

// each node runs its own systemd, kubelet and containerd, and every one of them watches files
const inotify: Rule = (machine) =>
  machine.inotifyInstances === undefined || machine.inotifyInstances >= 256
    ? undefined
    : {
        severity: 'warning',
        problem: `fs.inotify.max_user_instances is ${machine.inotifyInstances}; pods may fail with "too many open files"`,
        repair: 'sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288',
      };

const architecture: Rule = (machine) =>
  ['x64', 'arm64'].includes(machine.architecture)
    ? undefined
    : {
        severity: 'blocking',
        problem: `architecture ${machine.architecture} is not supported; x64 and arm64 are`,
        repair: 'use a machine of one of these architectures',
      };

const rules: readonly Rule[] = [architecture, cgroup, disk, memory, inotify];

/** Everything on this machine that stands in the way, each with its repair. */
export function adviseMachine(machine: Machine, needs: MachineNeeds = {}): readonly Advice[] {
  const full = { memoryBytes: needs.memoryBytes ?? 4 * GIB, diskBytes: needs.diskBytes ?? 10 * GIB };
  return rules.map((rule) => rule(machine, full)).filter((advice) => advice !== undefined);
}
