import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../core/errors';
import type { Progress } from '../../core/progress';
import { readMachine, type Machine } from '../host/machine';
import { machineFolder, readMachineRecord } from '../host/machine-record';
import { installPackages } from '../host/packages';
import { ownDaemon, reloadDaemon } from './daemon';
import { createEngine, type Engine } from './engine';
import { configureLeanRuntime } from './lean-runtime';
import { probeEngine, type Probe } from './probe';
import { startEngine } from './start';

export interface EnsureEngineOptions {
  /** False lists missing packages instead of installing them. */
  readonly allowInstall: boolean;
  readonly progress: Progress;
  /** Path of the `runc-lean` runtime; asked for only on a machine without CAP_SYS_RESOURCE. */
  readonly tool: (name: 'runc-lean') => Promise<string>;
  /** Folder of .deb files for a machine that reaches no package server. */
  readonly packageFolder?: string;
  /** @default this machine */
  readonly machine?: Machine;
  /** The machine's record, the daemon's log and pid. @default machineFolder */
  readonly folder?: string;
  /** For an engine beside the machine's own one. */
  readonly daemon?: {
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly configuration: string;
  };
}

/** An engine that is ready for cluster nodes, and what was done to get there. */
export interface ReadyEngine extends Engine {
  /** Its packages were installed by Slipway, now or earlier. */
  readonly installedByUs: boolean;
  /** Its daemon was started by Slipway, now or earlier, and not by the machine's init system. */
  readonly startedByUs: boolean;
  /** What a user should know of it, one line each. */
  readonly notes: readonly string[];
}

const PACKAGES = ['docker.io', 'iptables'];

/**
 * Finds a container engine, or gets one: a healthy daemon is used as it is; one that is stopped is started (by systemd,
 * else as a process that outlives this one); a missing one is installed where that is allowed. On machines without
 * CAP_SYS_RESOURCE, and only there, it is given a runtime that does not ask for it.
 *
 * @throws UserError saying what to do where the engine cannot be used or may not be changed
 */
export async function ensureEngine(options: EnsureEngineOptions): Promise<ReadyEngine> {
  const machine = options.machine ?? readMachine();
  const folder = options.folder ?? machineFolder;
  const env = options.daemon?.env ?? {};
  let probe = await probeEngine('docker', env);
  if (probe.state === 'missing') {
    const podman = await probeEngine('podman');
    if (podman.state === 'healthy') return ready(createEngine(podman.facts), folder, [podmanNote(podman)]);
    await installEngine(machine, folder, options);
    probe = await probeEngine('docker', env);
  }
  if (probe.state === 'forbidden') {
    throw new UserError('this user may not speak to the Docker daemon', {
      details: [probe.reason],
      repair: 'sudo usermod -aG docker $USER, then log in again',
    });
  }
  if (probe.state === 'stopped') probe = await startEngine(probe, machine, folder, options);
  const notes: string[] = [];
  if (probe.state === 'unprivileged') {
    probe = await configure(probe, machine, folder, options);
    notes.push('root lacks CAP_SYS_RESOURCE here: Docker uses the runtime "lean", which does not ask for it');
  }
  if (probe.state !== 'healthy') throw unusable(probe);
  return ready(createEngine(probe.facts, env), folder, notes);
}

function podmanNote(probe: Probe & { state: 'healthy' }): string {
  return `using podman ${probe.facts.version}, since there is no docker`;
}

async function ready(engine: Engine, folder: string, notes: readonly string[]): Promise<ReadyEngine> {
  const { packages } = await readMachineRecord(folder);
  return {
    ...engine,
    installedByUs: packages.includes('docker.io'),
    startedByUs: (await ownDaemon(folder)) !== undefined,
    notes,
  };
}

function unusable(probe: Probe): UserError {
  return new UserError('the Docker daemon cannot be used', {
    details: 'reason' in probe ? [probe.reason] : [],
    repair: 'see what `docker info` says',
  });
}

async function installEngine(machine: Machine, folder: string, options: EnsureEngineOptions): Promise<void> {
  const install = {
    machine,
    progress: options.progress,
    reason: 'a container engine is missing',
    allowInstall: options.allowInstall,
    recordFolder: folder,
    ...(options.packageFolder !== undefined && { folder: options.packageFolder }),
  };
  await installPackages(PACKAGES, install);
  // newer Debian releases keep the docker command in a package of its own
  if ((await probeEngine('docker')).state === 'missing') await installPackages(['docker-cli'], install);
}

async function configure(
  probe: Probe & { state: 'unprivileged' },
  machine: Machine,
  folder: string,
  options: EnsureEngineOptions,
): Promise<Probe> {
  const { progress } = options;
  const file = options.daemon?.configuration ?? '/etc/docker/daemon.json';
  if (!machine.root) {
    throw new UserError('Docker cannot start privileged containers here: this machine lacks CAP_SYS_RESOURCE', {
      repair: 'run once as root, so that Docker can be given a runtime that does not ask for it',
    });
  }
  progress.say(`this machine lacks CAP_SYS_RESOURCE: setting Docker's default runtime to "lean" in ${file}`);
  await configureLeanRuntime(await options.tool('runc-lean'), file, folder);
  // the daemon takes runtimes over while it runs, so that nobody's containers are interrupted
  await reloadDaemon(machine, folder);
  const env = options.daemon?.env ?? {};
  for (const until = Date.now() + 10_000; Date.now() < until; await sleep(200)) {
    const again = await probeEngine('docker', env);
    if (again.state !== 'unprivileged') return again;
  }
  throw new UserError('the Docker daemon did not take over its new default runtime', {
    details: [`${probe.runningContainers} containers are running; they stop while it restarts`],
    repair: machine.init === 'systemd' ? 'sudo systemctl restart docker' : 'stop dockerd and start again',
  });
}
