import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../core/errors';
import { inspectLock, withLock } from '../../core/lock';
import { missedPushes } from '../../ci/catch-up';
import { registerHook } from '../../ci/hook';
import { RunQueue } from '../../ci/queue';
import { createReceiver, hookPath, type Page } from '../../ci/receiver';
import { WorkflowRunner } from '../../ci/runner';
import type { CommandContext } from '../context';
import { forgeApi, hookSecret, reachableAddress, workflowToken } from './ci-access';
import { forgeRemote } from './forge';
import { createKubectl } from './kubectl';
import type { Project } from './project';
import { openSupply } from './supply';

export interface ServeFlags {
  /** Address of this machine by which pods reach it. @default the one beside the cluster's nodes */
  readonly address?: string;
  readonly port: number;
}

const folderOf = (state: string): string => path.join(state, 'ci');
const lockOf = (state: string): string => path.join(folderOf(state), 'serve.lock');

/** The logs of runs, by their address. */
function logPages(logs: string): Page {
  return {
    below: '/runs/',
    async read(rest) {
      if (!/^[0-9a-f]{1,40}\/[\w-][\w.-]*\.log$/.test(rest)) return undefined;
      const body = await readFile(path.join(logs, rest)).catch(() => undefined);
      return body && { type: 'text/plain; charset=utf-8', body };
    },
  };
}

async function listenOn(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${host}:${port} cannot be listened on: ${error.code ?? error.message}`, {
      repair: 'choose another port with --port',
    });
  });
}

/** Receives the events of the local forge and runs workflows, until it is interrupted. */
export async function serveCi(project: Project, context: CommandContext, flags: ServeFlags): Promise<void> {
  const { state } = project;
  await mkdir(folderOf(state), { recursive: true, mode: 0o700 });
  await withLock(lockOf(state), { purpose: '`slipway ci serve`' }, () => serve(project, context, flags));
}

async function serve(
  project: Project,
  { progress, signal, ...rest }: CommandContext,
  flags: ServeFlags,
): Promise<void> {
  const { state, settings, catalog } = project;
  const { forge } = catalog.platform;
  if (forge.type !== 'local') {
    throw new UserError(`the forge is ${forge.type}, which runs workflows itself`);
  }
  const folder = folderOf(state);
  const logs = path.join(folder, 'logs');
  const say = (line: string): void => progress.say(`${new Date().toISOString()} ${line}`);
  const kubectl = createKubectl(project, signal);
  // hooks are the administrator's to register
  const remote = await forgeRemote(project, kubectl, signal, 'git');
  const origin = new URL(remote.url).origin;
  const api = forgeApi(remote, signal);
  const address = flags.address ?? (await reachableAddress(kubectl));
  const [secret, token] = [await hookSecret(folder), await workflowToken(folder, api, remote.credentials!.username)];

  const runner = new WorkflowRunner({
    act: () => openSupply({ ...rest, progress, signal }).tool('act'),
    folder: path.join(folder, 'work'),
    logs,
    logUrl: `http://127.0.0.1:${flags.port}/runs/`,
    remote: (name) => ({ ...remote, url: `${origin}/${name}.git` }),
    settings: async () => ({
      secrets: { GITHUB_TOKEN: token, SLIPWAY_CI_SECRET: secret },
      variables: {},
      environment: {
        SLIPWAY_FORGE_URL: origin,
        SLIPWAY_CI_URL: `http://127.0.0.1:${flags.port}${hookPath}`,
        SLIPWAY_FORGE_USER: remote.credentials!.username,
        ...(remote.resolve !== undefined && { SLIPWAY_FORGE_RESOLVE: remote.resolve }),
        SLIPWAY_REGISTRY: `127.0.0.1:${settings.registryPort}`,
        SLIPWAY_KUBECONFIG: project.kubeconfig,
      },
    }),
    report: async (name, commit, { state: is, context, description, targetUrl }) => {
      const body = { state: is, context, description, target_url: targetUrl };
      await api.ask('POST', `/repos/${name}/statuses/${commit}`, [201], body);
    },
    say,
  });
  const queue = await RunQueue.open({
    folder,
    run: (run, stopping) => runner.run(run, stopping),
    superseded: (run, by) => runner.superseded(run, by),
    say,
  });
  const receiver = (): Server => createReceiver({ secret, duties: [queue], pages: [logPages(logs)], say });
  const servers = [...new Set(['127.0.0.1', address])].map((host) => ({ host, server: receiver() }));
  try {
    for (const { host, server } of servers) await listenOn(server, host, flags.port);
    await registerHook(api, forge.organization, { url: `http://${address}:${flags.port}${hookPath}`, secret });
    for (const event of await missedPushes(api, forge.organization)) await queue.accept(event);
    say(`the forge sends its events to http://${address}:${flags.port}${hookPath}`);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    for (const { server } of servers) server.close().closeAllConnections();
    await queue.close();
  }
}

/** Starts the receiver as a process of its own, which outlives this one; one that runs is left alone. */
export async function startCi(
  { state, root }: Project,
  { progress }: CommandContext,
  flags: ServeFlags,
): Promise<void> {
  const running = await inspectLock(lockOf(state));
  if (running?.alive) {
    progress.say(`the receiver runs already, as process ${running.owner.pid}`);
    return;
  }
  const file = path.join(folderOf(state), 'serve.log');
  await mkdir(folderOf(state), { recursive: true, mode: 0o700 });
  const log = openSync(file, 'a', 0o600);
  const address = flags.address === undefined ? [] : ['--address', flags.address];
  const args = [path.join(root, 'cli/bin.js'), 'ci', 'serve', '--port', String(flags.port), ...address];
  const child = spawn(process.execPath, args, { cwd: root, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  await progress.step('start the receiver of the forge', async () => {
    for (let waited = 0; waited < 60_000; waited += 200) {
      const answers = await fetch(`http://127.0.0.1:${flags.port}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (answers && (await inspectLock(lockOf(state)))?.owner.pid === child.pid) return;
      if (child.exitCode !== null) break;
      await sleep(200);
    }
    const said = (await readFile(file, 'utf8').catch(() => '')).trim().split('\n').slice(-5);
    throw new UserError('the receiver did not start', { details: said, repair: `look at ${file}` });
  });
}

/** Ends the receiver of a project. @returns whether one ran @throws UserError after half a minute */
export async function stopCi(state: string): Promise<boolean> {
  const running = await inspectLock(lockOf(state));
  if (running === undefined || !running.alive) return false;
  const { pid } = running.owner;
  process.kill(pid, 'SIGTERM');
  for (let waited = 0; waited < 30_000; waited += 100) {
    if ((await inspectLock(lockOf(state)))?.alive !== true) return true;
    await sleep(100);
  }
  throw new UserError(`the receiver (process ${pid}) does not end`, { repair: `kill -9 ${pid}` });
}
