import { adviseMachine } from '../../../infra/host/machine-advice';
import { findCommand, readMachine, type Machine, type MachineReaders } from '../../../infra/host/machine';

const GIB = 1024 ** 3;

function machine(files: Record<string, string>, overrides: Partial<MachineReaders> = {}): Machine {
  return readMachine('/', {
    read: (file) => files[file],
    has: () => true,
    uid: () => 0,
    cores: () => 2,
    freeBytes: () => 50 * GIB,
    ...overrides,
  });
}

const bookworm = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nID=debian\n';

test('a Debian machine without systemd and without CAP_SYS_RESOURCE is told as such', () => {
  expect(
    machine({
      '/etc/os-release': bookworm,
      '/proc/1/comm': 'process_api\n',
      '/proc/self/status': 'CapPrm:\t000001fffeffffff\nCapBnd:\t000001fffeffffff\n',
      '/proc/self/mounts':
        'tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n',
      '/proc/meminfo': 'MemTotal:       24684092 kB\nMemFree: 1 kB\nMemAvailable:   20000000 kB\n',
      '/proc/self/limits':
        'Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096   files\n',
      '/proc/sys/fs/inotify/max_user_instances': '128\n',
    }),
  ).toMatchObject({
    system: 'Debian GNU/Linux 12 (bookworm)',
    root: true,
    debianFamily: true,
    packageManager: 'apt',
    init: 'other',
    canRaiseLimits: false,
    cgroupVersion: 1,
    memoryBytes: 24684092 * 1024,
    availableMemoryBytes: 20000000 * 1024,
    openFiles: 1024,
    inotifyInstances: 128,
    inotifyWatches: undefined,
  });
});

test('an ordinary user of an Ubuntu machine with systemd and cgroup v2', () => {
  expect(
    machine(
      {
        '/etc/os-release': "ID=ubuntu\nID_LIKE=debian\nPRETTY_NAME='Ubuntu 24.04'\n",
        '/proc/1/comm': 'systemd\n',
        '/proc/self/status': 'CapPrm:\t0000000000000000\nCapBnd:\t000001ffffffffff\n',
        '/proc/self/mounts': 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n',
        '/proc/self/limits': 'Max open files            unlimited            unlimited            files\n',
      },
      { uid: () => 1000 },
    ),
  ).toMatchObject({
    system: 'Ubuntu 24.04',
    root: false,
    packageManager: 'apt',
    init: 'systemd',
    canRaiseLimits: true,
    cgroupVersion: 2,
    openFiles: Infinity,
  });
});

test.each([
  ['ID=fedora\n', undefined],
  ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', 'apt'],
  ['', undefined],
])('%j has the package manager %s', (release, expected) => {
  expect(machine({ '/etc/os-release': release }).packageManager).toBe(expected);
});

test('a Debian without apt-get has no package manager', () => {
  expect(machine({ '/etc/os-release': bookworm }, { has: () => false }).packageManager).toBeUndefined();
});

test('this machine can be read', () => {
  const here = readMachine();
  expect(here.cores).toBeGreaterThan(0);
  expect(here.memoryBytes).toBeGreaterThan(GIB);
  expect(here.freeDiskBytes).toBeGreaterThan(0);
});

test('commands are found also outside of PATH, in the folders of administration', () => {
  expect(findCommand('sh')).toMatch(/\/sh$/);
  expect(findCommand('no-such-command')).toBeUndefined();
  expect(findCommand('ldconfig', '/nowhere')).toMatch(/sbin\/ldconfig$/);
});

const good: Machine = {
  ...machine({ '/proc/self/mounts': 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n' }),
  architecture: 'x64',
  memoryBytes: 16 * GIB,
  availableMemoryBytes: 12 * GIB,
  inotifyInstances: 512,
};

test('a good machine gets no advice', () => {
  expect(adviseMachine(good)).toEqual([]);
});

test.each<[string, Partial<Machine>, string, string]>([
  ['little disk', { freeDiskBytes: 3 * GIB }, 'blocking', '3.0 GiB of disk are free, 10.0 GiB are needed'],
  ['a small machine', { memoryBytes: 2 * GIB, availableMemoryBytes: GIB }, 'blocking', '1.0 GiB of 2.0 GiB memory'],
  ['a busy machine', { availableMemoryBytes: GIB }, 'warning', '1.0 GiB of 16.0 GiB memory'],
  ['no cgroups', { cgroupVersion: undefined }, 'blocking', 'no control group file system'],
  ['few inotify instances', { inotifyInstances: 128 }, 'warning', 'max_user_instances is 128'],
  ['few inotify watches', { inotifyWatches: 8192 }, 'warning', 'max_user_watches is 8192'],
  ['few open files', { openFiles: 256 }, 'warning', 'a process may open 256 files'],
  ['another architecture', { architecture: 'ppc64' }, 'blocking', 'architecture ppc64 is not supported'],
])('%s is told with a repair', (_title, change, severity, problem) => {
  const [advice, ...others] = adviseMachine({ ...good, ...change });
  expect(others).toEqual([]);
  expect(advice).toMatchObject({ severity, problem: expect.stringContaining(problem) });
  expect(advice!.repair).not.toBe('');
});

const few = { inotifyInstances: 128, inotifyWatches: 8192 };

test('a second cluster cannot live with the few inotify instances that one can', () => {
  expect(adviseMachine({ ...good, ...few }, { clusters: 2 })).toEqual([
    {
      severity: 'blocking',
      problem: expect.stringMatching(/^fs\.inotify\.max_user_instances is 128, and 2 clusters need 256/) as string,
      repair: 'sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288',
    },
    expect.objectContaining({ severity: 'warning', problem: expect.stringContaining('max_user_watches is 8192') }),
  ]);
});

test('where every cluster is kept by others, this machine needs neither control groups nor much else', () => {
  const small = { ...good, ...few, cgroupVersion: undefined, availableMemoryBytes: 2 * GIB, memoryBytes: 2 * GIB };
  expect(adviseMachine(small, { clusters: 0 })).toEqual([]);
});

test('each further cluster takes memory', () => {
  const machine = { ...good, availableMemoryBytes: 5 * GIB };
  expect(adviseMachine(machine, { clusters: 1 })).toEqual([]);
  expect(adviseMachine(machine, { clusters: 2 })[0]).toMatchObject({
    severity: 'warning',
    problem: '5.0 GiB of 16.0 GiB memory are available, 6.0 GiB are needed',
  });
});

test('what is needed can be raised where tools have to be built', () => {
  expect(adviseMachine({ ...good, freeDiskBytes: 20 * GIB }, { diskBytes: 30 * GIB })).toHaveLength(1);
});
