import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../core/alive';
import { UserError } from '../../core/errors';
import { exec } from '../../core/exec';
import type { Progress } from '../../core/progress';
import type { Machine } from '../host/machine';
import { daemonLog, daemonLogTail, ownDaemon, startDaemon } from './daemon';
import { probeEngine, type Probe } from './probe';

const READY_WITHIN_SECONDS = 60;

export interface StartOptions {
  readonly progress: Progress;
  /** A daemon beside the machine's own one. @default the machine's own one */
  readonly daemon?: { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> };
}

/** The engine on another machine or socket that the user chose; it is used as it is and never started. */
function remoteChosen(env: Readonly<Record<string, string>>): string | undefined {
  return env['DOCKER_HOST'] === undefined ? process.env['DOCKER_HOST'] : undefined;
}

/**
 * Starts the Docker daemon, by systemd where that runs, else as a process of its own, and waits until it answers.
 *
 * @param folder where a process of its own keeps log and pid
 * @throws UserError where it may not be started or does not come up, with the end of its log
 */
export async function startEngine(
  stopped: Probe & { state: 'stopped' },
  machine: Machine,
  folder: string,
  options: StartOptions,
): Promise<Probe> {
  const env = options.daemon?.env ?? {};
  const remote = remoteChosen(env);
  if (remote !== undefined) {
    throw new UserError(`the Docker daemon at DOCKER_HOST=${remote} does not answer`, {
      details: [stopped.reason],
      repair: 'start it, or unset DOCKER_HOST',
    });
  }
  if (!machine.root) {
    throw new UserError('the Docker daemon does not run', {
      details: [stopped.reason],
      repair: machine.init === 'systemd' ? 'sudo systemctl start docker' : 'start dockerd as root',
    });
  }
  return options.progress.step('start the Docker daemon', async (step) => {
    if (machine.init === 'systemd' && options.daemon === undefined) {
      step.detail('systemctl start docker');
      await exec('systemctl', ['start', 'docker'], { timeoutMs: 120_000 });
      const probe = await waitForAnswer(env);
      if (probe !== undefined) return probe;
      throw new UserError('the Docker daemon does not come up', { repair: 'journalctl -u docker' });
    }
    step.detail(`log ${daemonLog(folder)}`);
    const run = async (): Promise<Probe | undefined> => {
      const pid = (await ownDaemon(folder)) ?? (await startDaemon({ folder, ...options.daemon }));
      return waitForAnswer(env, pid);
    };
    // after a crash its containerd lingers for a moment, and a daemon that meets it there gives up
    const probe = (await run()) ?? (await run());
    if (probe !== undefined) return probe;
    throw new UserError('the Docker daemon does not come up', {
      details: await daemonLogTail(folder),
      repair: `read ${daemonLog(folder)}`,
    });
  });
}

/** @param pid waiting ends early where this process does. @returns undefined where there is no answer in time */
async function waitForAnswer(env: Readonly<Record<string, string>>, pid?: number): Promise<Probe | undefined> {
  for (const until = Date.now() + READY_WITHIN_SECONDS * 1000; Date.now() < until; await sleep(200)) {
    const probe = await probeEngine('docker', env);
    if (probe.state !== 'stopped') return probe;
    if (pid !== undefined && !isAlive(pid)) break;
  }
  return undefined;
}
