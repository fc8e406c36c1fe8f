import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { withLock } from '../../core/lock';
import { missedPushes } from '../../ci/catch-up';
import type { WorkflowSettings } from '../../ci/act';
import { registerHook } from '../../ci/hook';
import { RunQueue } from '../../ci/queue';
import { createReceiver, hookPath, type Page } from '../../ci/receiver';
import { WorkflowRunner } from '../../ci/runner';
import type { CommandContext } from '../context';
import { hookSecret, openCiAccess, reachableAddress, type CiAccess } from './ci-access';
import { folderOf, lockOf, type ServeFlags } from './ci-process';
import { createKubectl } from './kubectl';
import type { Project } from './project';
import { openSupply } from './supply';

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

/** What a step is told of the platform; a repository of a service learns nothing of the cluster. */
function stepSettings(project: Project, access: CiAccess, secret: string, port: number) {
  const { organization, repository } = project.catalog.platform.forge;
  return async (name: string): Promise<WorkflowSettings> => {
    const { username, password } = access.steps(name);
    return {
      secrets: { GITHUB_TOKEN: password, SLIPWAY_CI_SECRET: secret },
      variables: {},
      environment: {
        SLIPWAY_FORGE_URL: access.origin,
        SLIPWAY_CI_URL: `http://127.0.0.1:${port}${hookPath}`,
        SLIPWAY_FORGE_USER: username,
        ...(access.resolve !== undefined && { SLIPWAY_FORGE_RESOLVE: access.resolve }),
        SLIPWAY_REGISTRY: `127.0.0.1:${project.settings.registryPort}`,
        ...(name === `${organization}/${repository}` && { SLIPWAY_KUBECONFIG: project.kubeconfig }),
      },
    };
  };
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
  const { port = settings.ciPort } = flags;
  const folder = folderOf(state);
  const logs = path.join(folder, 'logs');
  const say = (line: string): void => progress.say(`${new Date().toISOString()} ${line}`);
  const kubectl = createKubectl(project, signal);
  const access = await openCiAccess(project, kubectl, signal);
  const address = flags.address ?? (await reachableAddress(kubectl));
  const secret = await hookSecret(folder);

  const runner = new WorkflowRunner({
    act: () => openSupply({ ...rest, progress, signal }).tool('act'),
    folder: path.join(folder, 'work'),
    logs,
    logUrl: `http://127.0.0.1:${port}/runs/`,
    remote: (name) => access.remote(name),
    settings: stepSettings(project, access, secret, port),
    report: async (name, commit, { state: is, context, description, targetUrl }) => {
      const body = { state: is, context, description, target_url: targetUrl };
      await access.reports.ask('POST', `/repos/${name}/statuses/${commit}`, [201], body);
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
  const url = `http://${address}:${port}${hookPath}`;
  try {
    for (const { host, server } of servers) await listenOn(server, host, port);
    await registerHook(access.hooks, forge.organization, { url, secret });
    await queue.catchUp(await missedPushes(access.lists, forge.organization));
    say(`the forge sends its events to ${url}`);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    for (const { server } of servers) server.close().closeAllConnections();
    await queue.close();
  }
}
