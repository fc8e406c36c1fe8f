import { CommandFailed, exec } from '../../core/exec';
import type { Probe } from '../../infra/engine';
import { adviseMachine } from '../../infra/host/machine-advice';
import type { Machine } from '../../infra/host/machine';
import type { SupplyPlan } from '../../infra/supply';
import { GIB, type Check } from './check';

/** What the machine itself has, and what is too little. @param clusters whose nodes are containers of this machine */
export function machineChecks(machine: Machine, plan: SupplyPlan | undefined, clusters: number): readonly Check[] {
  const memory = (machine.memoryBytes / GIB).toFixed(0);
  const disk = (machine.freeDiskBytes / GIB).toFixed(0);
  const cgroup = machine.cgroupVersion === undefined ? 'no control groups' : `cgroup v${machine.cgroupVersion}`;
  const facts = `${machine.system}, ${machine.architecture}, ${machine.cores} cores, ${memory} GiB memory, ${disk} GiB disk free, ${cgroup}`;
  const limits = [
    machine.openFiles !== undefined &&
      `${machine.openFiles === Infinity ? 'any number of' : machine.openFiles} open files`,
    machine.inotifyInstances !== undefined && `${machine.inotifyInstances} inotify instances`,
    machine.inotifyWatches !== undefined && `${machine.inotifyWatches} watches`,
  ].filter((limit) => limit !== false);
  const needs = { clusters, ...(plan && { diskBytes: plan.diskBytes + (clusters === 0 ? 1 : 8 * clusters) * GIB }) };
  return [
    { name: 'machine', state: 'ok', finding: facts },
    ...(limits.length > 0 ? [{ name: 'limits', state: 'ok' as const, finding: limits.join(', ') }] : []),
    ...adviseMachine(machine, needs).map(({ severity, problem, repair }): Check => ({
      name: 'machine',
      state: severity === 'blocking' ? 'broken' : 'warning',
      finding: problem,
      repair,
    })),
    ...(machine.cgroupVersion === 1 && clusters > 0
      ? [
          {
            name: 'machine',
            state: 'handled' as const,
            finding: 'the kubelet refuses cgroup v1 unless told otherwise; nodes are told so',
          },
        ]
      : []),
    ...(machine.canRaiseLimits
      ? []
      : [
          {
            name: 'machine',
            state: 'handled' as const,
            finding: 'root lacks CAP_SYS_RESOURCE; Docker gets a runtime that does not ask for it',
          },
        ]),
  ];
}

/** Whether there is a container engine, or will be. */
export function engineCheck(docker: Probe, podman: Probe, machine: Machine, install: boolean): Check {
  const name = 'container engine';
  const sudo = machine.root ? '' : 'sudo ';
  switch (docker.state) {
    case 'healthy':
      return { name, state: 'ok', finding: `docker ${docker.facts.version}` };
    case 'forbidden':
      return {
        name,
        state: 'broken',
        finding: 'this user may not speak to the Docker daemon',
        repair: 'sudo usermod -aG docker $USER, then log in again',
      };
    case 'stopped':
      return machine.root
        ? { name, state: 'handled', finding: 'the Docker daemon does not run; `up` starts it' }
        : {
            name,
            state: 'broken',
            finding: `the Docker daemon does not run: ${docker.reason}`,
            repair: 'sudo systemctl start docker',
          };
    case 'unprivileged':
      return machine.root
        ? {
            name,
            state: 'handled',
            finding: `docker ${docker.facts.version}, to be given a runtime without CAP_SYS_RESOURCE`,
          }
        : {
            name,
            state: 'broken',
            finding: 'Docker cannot start privileged containers here',
            repair: 'run `npx slipway up` once as root',
          };
  }
  if (podman.state === 'healthy')
    return { name, state: 'ok', finding: `podman ${podman.facts.version}, since there is no docker` };
  const repair = `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends docker.io iptables`;
  if (install && machine.root && machine.packageManager === 'apt') {
    return { name, state: 'handled', finding: 'none; `up` installs docker.io and iptables' };
  }
  return machine.packageManager === 'apt'
    ? { name, state: 'broken', finding: 'none', repair }
    : {
        name,
        state: 'broken',
        finding: 'none',
        repair: "install Docker with your system's package manager and start it",
      };
}

/** The newest option that is used is `http.curloptResolve`. */
const GIT_AT_LEAST = [2, 37] as const;

/** Whether there is a Git that is new enough. */
export async function gitCheck(machine: Machine, install: boolean): Promise<Check> {
  const name = 'git';
  try {
    const { stdout } = await exec('git', ['--version'], { timeoutMs: 10_000 });
    const [, major, minor] = /(\d+)\.(\d+)/.exec(stdout) ?? [];
    const fits =
      Number(major) > GIT_AT_LEAST[0] || (Number(major) === GIT_AT_LEAST[0] && Number(minor) >= GIT_AT_LEAST[1]);
    return fits
      ? { name, state: 'ok', finding: stdout.trim() }
      : {
          name,
          state: 'broken',
          finding: `${stdout.trim()}; ${GIT_AT_LEAST.join('.')} or newer is needed`,
          repair: 'update git',
        };
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const handled = install && machine.root && machine.packageManager === 'apt';
    return handled
      ? { name, state: 'handled', finding: 'none; `up` installs it' }
      : {
          name,
          state: 'broken',
          finding: 'none',
          repair:
            machine.packageManager === 'apt'
              ? `${machine.root ? '' : 'sudo '}apt-get install -y git`
              : "install Git with your system's package manager",
        };
  }
}
