import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../core/errors';
import { inspectLock } from '../../core/lock';
import type { CommandContext } from '../context';
import type { Project } from './project';

export interface ServeFlags {
  /** Address of this machine by which pods reach it. @default the one beside the cluster's nodes */
  readonly address?: string;
  /** @default the platform's setting */
  readonly port?: number;
}

export const folderOf = (state: string): string => path.join(state, 'ci');
export const lockOf = (state: string): string => path.join(folderOf(state), 'serve.lock');

/**
 * Starts the receiver as a process of its own, which outlives this one; one that runs is left alone.
 *
 * @returns the process that ran already, if any
 */
export async function startCi(
  { state, root, settings }: Project,
  { progress }: Pick<CommandContext, 'progress'>,
  flags: ServeFlags = {},
): Promise<number | undefined> {
  const running = await inspectLock(lockOf(state));
  if (running?.alive) return running.owner.pid;
  const { port = settings.ciPort } = flags;
  const file = path.join(folderOf(state), 'serve.log');
  await mkdir(folderOf(state), { recursive: true, mode: 0o700 });
  const log = openSync(file, 'a', 0o600);
  const address = flags.address === undefined ? [] : ['--address', flags.address];
  const args = [path.join(root, 'cli/bin.js'), 'ci', 'serve', '--port', String(port), ...address];
  const child = spawn(process.execPath, args, { cwd: root, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  await progress.step('start the receiver of the forge', async () => {
    for (let waited = 0; waited < 60_000; waited += 200) {
      const answers = await fetch(`http://127.0.0.1:${port}/healthz`).then(
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
  return undefined;
}

/**
 * Starts the receiver where the forge is on this machine, as the last step of `up`: what runs without it is complete, so
 * what keeps it from starting is told and fails nothing.
 *
 * @returns why pushes start no workflows; undefined where they do
 */
export async function keepCi(project: Project, context: CommandContext): Promise<string | undefined> {
  if (project.catalog.platform.forge.type !== 'local') return undefined;
  try {
    await startCi(project, context);
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const said = error.details.filter((line) => line.trim() !== '').join('; ');
    return said === '' ? error.message : `${error.message}: ${said}`;
  }
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
