import { readFileSync } from 'node:fs';
import { exec } from '../../core/exec';
import { findCommand, mayRaiseLimits } from '../host/machine';
import type { EngineFacts } from './engine';

/** How an engine answers. */
export type Probe =
  /** No command, or one without a daemon on this machine: the client alone can be installed, and often is. */
  | { readonly state: 'missing' }
  | { readonly state: 'healthy'; readonly facts: EngineFacts; readonly runningContainers: number }
  /** Answers, but cannot start the privileged containers that cluster nodes are. */
  | { readonly state: 'unprivileged'; readonly facts: EngineFacts; readonly runningContainers: number }
  | { readonly state: 'stopped'; readonly reason: string }
  | { readonly state: 'forbidden'; readonly reason: string };

/** The part of `docker info --format '{{json .}}'` that is used here. */
interface Info {
  readonly ServerVersion?: string;
  readonly CgroupVersion?: string;
  readonly DefaultRuntime?: string;
  readonly ContainersRunning?: number;
  readonly ServerErrors?: readonly string[] | null;
}

/** Default runtimes that ask for every capability when a container is privileged. */
const FULL_RUNTIMES = ['runc', 'crun', 'io.containerd.runc.v2', ''];

/**
 * What an answer to `docker info` means.
 *
 * @param canRaiseLimits whether the daemon holds CAP_SYS_RESOURCE
 */
export function judgeInfo(
  answer: { readonly stdout: string; readonly stderr: string },
  canRaiseLimits: boolean,
): Exclude<Probe, { state: 'missing' }> {
  let info: Info = {};
  try {
    info = JSON.parse(answer.stdout) as Info;
  } catch {
    // without a daemon some versions print no JSON at all
  }
  const errors = [...(info.ServerErrors ?? []), answer.stderr.trim()].filter((line) => line !== '').join('; ');
  if (!info.ServerVersion) {
    const reason = errors || 'it does not answer';
    return { state: /permission denied/i.test(errors) ? 'forbidden' : 'stopped', reason };
  }
  const full = FULL_RUNTIMES.includes(info.DefaultRuntime ?? '');
  const facts: EngineFacts = {
    command: 'docker',
    version: info.ServerVersion,
    cgroupVersion: info.CgroupVersion === '2' ? 2 : 1,
    lean: !canRaiseLimits,
  };
  const state = !canRaiseLimits && full ? 'unprivileged' : 'healthy';
  return { state, facts, runningContainers: info.ContainersRunning ?? 0 };
}

/** What an answer to `podman info --format json` means. */
export function judgePodmanInfo(answer: { readonly stdout: string; readonly stderr: string }): Probe {
  try {
    const info = JSON.parse(answer.stdout) as {
      readonly version: { readonly Version: string };
      readonly host: { readonly cgroupVersion: string };
      readonly store: { readonly containerStore: { readonly running: number } };
    };
    return {
      state: 'healthy',
      facts: {
        command: 'podman',
        version: info.version.Version,
        cgroupVersion: info.host.cgroupVersion === 'v2' ? 2 : 1,
        lean: false,
      },
      runningContainers: info.store.containerStore.running,
    };
  } catch {
    return { state: 'stopped', reason: answer.stderr.trim() || 'it does not answer' };
  }
}

function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Asks an engine how it is, within ten seconds.
 *
 * @param env for example DOCKER_HOST
 * @param find looks for a command on this machine. @default findCommand
 */
export async function probeEngine(
  command: 'docker' | 'podman',
  env: Readonly<Record<string, string>> = {},
  find: (command: string) => string | undefined = findCommand,
): Promise<Probe> {
  if (find(command) === undefined) return { state: 'missing' };
  const format = command === 'docker' ? '{{json .}}' : 'json';
  const answer = await exec(command, ['info', '--format', format], {
    env,
    allowFailure: true,
    timeoutMs: 10_000,
  }).catch((error: Error) => ({ stdout: '', stderr: error.message, exitCode: 1 }));
  if (command === 'podman') return judgePodmanInfo(answer);
  // a daemon of this machine has what this process may have at most; one elsewhere is taken at its word
  const probe = judgeInfo(answer, mayRaiseLimits(statusOf('self')));
  const clientAlone = probe.state === 'stopped' && find('dockerd') === undefined && (await asksThisMachine(env));
  return clientAlone ? { state: 'missing' } : probe;
}

/** Whether the docker command asks the daemon of this machine, and none that a context or DOCKER_HOST names. */
async function asksThisMachine(env: Readonly<Record<string, string>>): Promise<boolean> {
  const format = '{{.Endpoints.docker.Host}}';
  const { stdout } = await exec('docker', ['context', 'inspect', '--format', format], { env, allowFailure: true });
  return stdout.trim() === 'unix:///var/run/docker.sock';
}
