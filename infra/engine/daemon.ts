import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../core/errors';
import { exec } from '../../core/exec';
import { findCommand, type Machine } from '../host/machine';

/** How a Docker daemon is run where no init system does it. */
export interface DaemonOptions {
  /** Log and pid are kept here. */
  readonly folder: string;
  /** For a daemon beside the machine's own one. @default none */
  readonly args?: readonly string[];
}

const pidFile = (folder: string): string => path.join(folder, 'dockerd.pid');
export const daemonLog = (folder: string): string => path.join(folder, 'dockerd.log');

async function isDaemon(pid: number): Promise<boolean> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim() === 'dockerd';
}

/** The daemon that `startDaemon` left running, by its pid; undefined where there is none. */
export async function ownDaemon(folder: string): Promise<number | undefined> {
  const pid = Number(await readFile(pidFile(folder), 'utf8').catch(() => '0'));
  return pid > 0 && (await isDaemon(pid)) ? pid : undefined;
}

/** Starts dockerd as a process of its own session, which outlives this one. It is not ready yet when this returns. */
export async function startDaemon(options: DaemonOptions): Promise<number> {
  const command = findCommand('dockerd');
  if (command === undefined) {
    throw new UserError('the docker command is there, but no dockerd to start', {
      repair: 'apt-get install -y docker.io, or set DOCKER_HOST to an engine that runs',
    });
  }
  await mkdir(options.folder, { recursive: true });
  // a pid that was left by a crash and now belongs to another program would keep dockerd from starting
  if ((await ownDaemon(options.folder)) === undefined) await rm(pidFile(options.folder), { force: true });
  const log = openSync(daemonLog(options.folder), 'a', 0o600);
  const child = spawn(command, ['--pidfile', pidFile(options.folder), ...(options.args ?? [])], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  child.unref();
  return child.pid!;
}

/** Whether a folder is mounted on itself, as a daemon does it, and not a disk or a volume of its own, from mountinfo. */
export function isMountedOnItself(mountinfo: string, folder: string): boolean {
  return mountinfo.split('\n').some((line) => {
    const [, , , root, point] = line.split(' ');
    return point === folder && root !== undefined && root !== '/' && folder.endsWith(root);
  });
}

/**
 * Ends the daemon that `startDaemon` left running, and waits until it is gone.
 *
 * @param dataFolder is mounted on itself by a daemon, which forgets to undo that after a crash. @default `/var/lib/docker`
 * @returns whether there was one
 * @throws UserError after a minute
 */
export async function stopDaemon(folder: string, dataFolder = '/var/lib/docker'): Promise<boolean> {
  const pid = await ownDaemon(folder);
  if (pid === undefined) return false;
  process.kill(pid, 'SIGTERM');
  for (let waited = 0; waited < 60_000; waited += 100) {
    if (!(await isDaemon(pid))) {
      await rm(pidFile(folder), { force: true });
      await rm(daemonLog(folder), { force: true });
      const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
      if (isMountedOnItself(mounts, dataFolder)) await exec('umount', [dataFolder], { allowFailure: true });
      return true;
    }
    await sleep(100);
  }
  throw new UserError(`dockerd (pid ${pid}) does not end`, { repair: `look at ${daemonLog(folder)}` });
}

/** Makes a running daemon read its configuration again; running containers are not touched. */
export async function reloadDaemon(machine: Machine, folder: string): Promise<void> {
  const own = await ownDaemon(folder);
  if (own === undefined && machine.init === 'systemd') {
    await exec('systemctl', ['reload', 'docker'], { timeoutMs: 60_000 });
    return;
  }
  const pid = own ?? Number(await readFile('/var/run/docker.pid', 'utf8').catch(() => '0'));
  if (pid > 0 && (await isDaemon(pid))) process.kill(pid, 'SIGHUP');
}

/** The last lines of the daemon's log, for an error's details. */
export async function daemonLogTail(folder: string, lines = 8): Promise<readonly string[]> {
  const text = await readFile(daemonLog(folder), 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-lines);
}
