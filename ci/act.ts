import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { cacheFolder } from '../core/paths';
import type { Calls } from './called-workflows';
import type { ForgeEvent } from './event';
import type { RunLog } from './log';
import { endProcesses, runVariable } from './processes';
import { standInArguments } from './stand-ins';
import type { Workflow } from './workflows';

/** What workflows may know beside the event. */
export interface WorkflowSettings {
  /** As `secrets.<name>`; `GITHUB_TOKEN` is `github.token` too. Written to a file that only this user can read. */
  readonly secrets: Readonly<Record<string, string>>;
  /** As `vars.<name>`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Environment of every step: how Git reaches the forge, say. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ActOptions extends WorkflowSettings {
  /** The act program. */
  readonly act: string;
  /** Names this run among all. */
  readonly id: string;
  readonly event: ForgeEvent;
  readonly commit: string;
  /** Work tree of the commit. */
  readonly checkout: string;
  /** What it uses: actions, and workflows of other repositories by their work trees. */
  readonly called: Calls;
  /** Everything that the workflow writes goes below it. */
  readonly scratch: string;
  readonly log: RunLog;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export type Outcome = 'passed' | 'failed' | 'timed out' | 'interrupted';

/** Lines of NAME=value as act reads them; a value in double quotes may hold any character. */
export function settingsFile(values: Readonly<Record<string, string>>): string {
  const quoted = (value: string): string =>
    value
      .replaceAll('\\', '\\\\')
      .replaceAll('"', '\\"')
      .replaceAll('\n', '\\n')
      .replaceAll('$', '\\$')
      .replaceAll('!', '\\!');
  return Object.entries(values)
    .map(([name, value]) => `${name}="${quoted(value)}"\n`)
    .join('');
}

/** Environment of the steps: what any program needs of this machine, and a home of their own. */
function stepEnvironment({ id, event, commit, scratch, environment }: ActOptions): Readonly<Record<string, string>> {
  const npmSettings = path.join(os.homedir(), '.npmrc');
  const taken = [
    'LANG',
    'TMPDIR',
    'DOCKER_HOST',
    'NO_PROXY',
    'HTTPS_PROXY',
    'HTTP_PROXY',
    'no_proxy',
    'https_proxy',
    'http_proxy',
  ];
  return {
    ...Object.fromEntries(taken.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
    HOME: path.join(scratch, 'home'),
    CI: 'true',
    // downloads are shared by all runs; each is checked before it is used
    SLIPWAY_CACHE: cacheFolder(),
    NPM_CONFIG_CACHE: path.join(os.homedir(), '.npm'),
    // a lock file names exact versions and their digests: what the cache knows of them is not asked for again
    NPM_CONFIG_PREFER_OFFLINE: 'true',
    ...(existsSync(npmSettings) && { NPM_CONFIG_USERCONFIG: npmSettings }),
    GITHUB_REPOSITORY: event.repository,
    GITHUB_REF: event.ref,
    GITHUB_SHA: commit,
    SLIPWAY_CI_ARTIFACTS: path.join(scratch, 'artifacts'),
    [runVariable]: id,
    ...environment,
  };
}

/** Writes what act reads, each file for this user alone. */
async function writeInputs(
  options: ActOptions,
): Promise<Readonly<Record<'event' | 'secrets' | 'variables' | 'environment', string>>> {
  const { scratch, event, secrets, variables } = options;
  for (const folder of ['home', 'artifacts', 'actions'])
    await mkdir(path.join(scratch, folder), { recursive: true, mode: 0o700 });
  const contents = {
    event: JSON.stringify(event.payload),
    secrets: settingsFile(secrets),
    variables: settingsFile(variables),
    environment: settingsFile(stepEnvironment(options)),
  };
  const files = Object.entries(contents).map(([name, content]) => [name, path.join(scratch, name), content] as const);
  for (const [, file, content] of files) await writeFile(file, content, { mode: 0o600 });
  return Object.fromEntries(files.map(([name, file]) => [name, file])) as Record<keyof typeof contents, string>;
}

function run(program: string, args: readonly string[], options: ActOptions): Promise<Outcome> {
  const { log, id, checkout, timeoutMs, signal, scratch } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: checkout,
      // its own settings, say ~/.actrc, would make the run another one than this
      env: { PATH: process.env['PATH'], HOME: path.join(scratch, 'home'), XDG_CONFIG_HOME: scratch, [runVariable]: id },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let outcome: Outcome | undefined;
    const kill = (why: Outcome): void => {
      outcome ??= why;
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // it ended by itself
      }
      // steps run in sessions of their own, which a signal to the group does not reach
      void endProcesses(id);
    };
    const timer = setTimeout(() => kill('timed out'), timeoutMs);
    const onAbort = (): void => kill('interrupted');
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => log.line(line));
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    child.on('error', (error) => {
      finish();
      reject(error);
    });
    // what a step left behind may keep the streams open, so it is ended first
    child.on('exit', () => void endProcesses(id));
    child.on('close', (code) => {
      finish();
      resolve(outcome ?? (code === 0 ? 'passed' : 'failed'));
    });
  });
}

/**
 * Runs one workflow of a commit on this machine, without containers. Whatever its steps started is ended with it, and
 * what they wrote below `scratch` is removed.
 */
export async function runWorkflow(workflow: Workflow, options: ActOptions): Promise<Outcome> {
  const { event, checkout, scratch, act } = options;
  const actions = await standInArguments(options.called.actions);
  const called = Object.entries(options.called.repositories);
  const repository = event.payload['repository'] as { readonly default_branch?: unknown } | undefined;
  const defaultBranch = typeof repository?.default_branch === 'string' ? repository.default_branch : 'main';
  try {
    const files = await writeInputs(options);
    const args = [
      event.name,
      ...['--directory', checkout, '--workflows', path.join(checkout, workflow.file)],
      ...['--platform', 'ubuntu-latest=-self-hosted', '--eventpath', files.event, '--actor', event.actor],
      ...['--secret-file', files.secrets, '--var-file', files.variables, '--env-file', files.environment],
      ...['--defaultbranch', defaultBranch, '--action-cache-path', path.join(scratch, 'actions')],
      ...['--no-cache-server', '--pull=false', '--rm'],
      ...actions,
      ...called.flatMap(([repository, folder]) => ['--local-repository', `${repository}=${folder}`]),
    ];
    return await run(act, args, options);
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}
