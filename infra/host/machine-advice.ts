import type { Machine } from './machine';

/** What a platform of one control plane and two workers takes; more where tools have to be built first. */
export interface MachineNeeds {
  /** Clusters whose nodes are containers of this machine. @default 1 */
  readonly clusters?: number;
  /** @default 4 GiB for the first cluster, 2 GiB for each further one and 1 GiB without any */
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

const cgroup: Rule = (machine, { clusters }) =>
  machine.cgroupVersion !== undefined || clusters === 0
    ? undefined
    : {
        severity: 'blocking',
        problem: 'no control group file system is mounted at /sys/fs/cgroup',
        repair: 'mount -t cgroup2 none /sys/fs/cgroup',
      };

const inotifyRepair = 'sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288';

/**
 * Each node runs its own systemd, kubelet and containerd, and every one of them watches files. Six nodes take more than
 * the 128 that many systems allow.
 *
 * @see https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files
 */
const inotifyInstances: Rule = ({ inotifyInstances: allowed }, { clusters }) => {
  if (allowed === undefined || allowed >= 256 || clusters === 0) return undefined;
  const limit = `fs.inotify.max_user_instances is ${allowed}`;
  return clusters > 1
    ? {
        severity: 'blocking',
        problem: `${limit}, and ${clusters} clusters need 256: kube-proxy of the second ends with "too many open files"`,
        repair: inotifyRepair,
      }
    : { severity: 'warning', problem: `${limit}; pods may fail with "too many open files"`, repair: inotifyRepair };
};

const inotifyWatches: Rule = ({ inotifyWatches: allowed }, { clusters }) =>
  allowed === undefined || allowed >= 65_536 || clusters === 0
    ? undefined
    : {
        severity: 'warning',
        problem: `fs.inotify.max_user_watches is ${allowed}; nodes may fail with "no space left on device"`,
        repair: inotifyRepair,
      };

const openFiles: Rule = ({ openFiles: allowed }) =>
  allowed === undefined || allowed >= 1024
    ? undefined
    : {
        severity: 'warning',
        problem: `a process may open ${allowed} files; compilers and the Pulumi engine open more`,
        repair: 'ulimit -n 65536',
      };

const architecture: Rule = (machine) =>
  ['x64', 'arm64'].includes(machine.architecture)
    ? undefined
    : {
        severity: 'blocking',
        problem: `architecture ${machine.architecture} is not supported; x64 and arm64 are`,
        repair: 'use a machine of one of these architectures',
      };

const rules: readonly Rule[] = [architecture, cgroup, disk, memory, inotifyInstances, inotifyWatches, openFiles];

/** Everything on this machine that stands in the way, each with its repair. */
export function adviseMachine(machine: Machine, needs: MachineNeeds = {}): readonly Advice[] {
  const { clusters = 1, diskBytes = 10 * GIB } = needs;
  const memoryBytes = needs.memoryBytes ?? (clusters === 0 ? 1 : 2 + 2 * clusters) * GIB;
  const full = { clusters, memoryBytes, diskBytes };
  return rules.map((rule) => rule(machine, full)).filter((advice) => advice !== undefined);
}
