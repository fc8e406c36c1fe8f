import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../core/errors';
import type { CommandContext } from '../context';
import type { Supply, SupplyPlan } from '../../infra/supply';
import { openStack } from './pulumi';
import { PulumiSteps } from './pulumi-steps';
import { recover } from './stack-recovery';
import type { Project } from './project';
import { ensureCommands, hostTools, linkCommand } from './tools';

/** What the engine needs before it can start; all else is waited for where it is used. */
const NEEDED_FIRST = ['pulumi', 'pulumi-language-nodejs'] as const;

/** A file for everything that the Pulumi engine says; it hides secrets itself before it says anything. */
function openLog(project: Project): {
  readonly file: string;
  readonly write: (text: string) => void;
  readonly text: () => string;
} {
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const file = path.join(project.state, 'logs', `pulumi-${stamp}.log`);
  writeFileSync(file, '', { mode: 0o600 });
  return { file, write: (text) => appendFileSync(file, text), text: () => readFileSync(file, 'utf8') };
}

/** The engine's errors without its own wrapping, each line once. */
export function readableErrors(lines: readonly string[]): readonly string[] {
  const noise =
    /^(error: )?(update failed|resource .* failed|preview failed|\d+ errors? occurred:?|at .*|Error: failed to register.*)$/i;
  const cleaned = lines
    .map((line) => line.replace(/^\s*(error:|\*)\s*/i, '').trimEnd())
    .filter((line) => line.trim() !== '' && !noise.test(line.trim()));
  return [...new Set(cleaned)].slice(0, 30);
}

/** How the engine says that it was interrupted. */
const HEARD = '^C received';

/**
 * Ctrl-C on a terminal reaches the engine by itself. Told once more it would not finish what it is at, and give up; so
 * it is told only where it has not heard of it after a moment.
 */
function engineSignal(signal: AbortSignal, heard: () => boolean): AbortSignal {
  const engine = new AbortController();
  signal.addEventListener('abort', () => {
    setTimeout(() => heard() || engine.abort(signal.reason), 1000);
  });
  return engine.signal;
}

async function runEngine(
  project: Project,
  context: CommandContext,
  signal: AbortSignal,
  refresh: boolean,
): Promise<number> {
  const { progress } = context;
  const stack = await openStack(project);
  await recover(stack, project, progress, signal);
  // an abort that came in the meantime would not reach what listens for it only now
  signal.throwIfAborted();
  const log = openLog(project);
  const steps = new PulumiSteps(progress);
  try {
    await stack.up({
      refresh,
      color: 'never',
      suppressProgress: true,
      onEvent: steps.onEvent,
      onOutput: log.write,
      onError: log.write,
      signal: engineSignal(signal, () => log.text().includes(HEARD)),
    });
    steps.close();
    return steps.changes;
  } catch (error) {
    steps.close(new Error('stopped'));
    if (signal.aborted) throw signal.reason;
    const details = readableErrors(steps.errors);
    throw new UserError('the platform is not complete', {
      details: details.length > 0 ? details : readableErrors(String((error as Error).message).split('\n')).slice(-15),
      repair: `run \`npx slipway up\` again: it continues where it was; everything the engine said is in ${log.file}`,
      cause: error,
    });
  }
}

/**
 * Brings the platform to what the program says, while the supply still makes what is needed later: the engine starts as
 * soon as it is there itself, and its resources wait for their tools.
 *
 * @param refresh look first at what is really there, so that what somebody removed is made again
 * @returns how many resources changed
 */
export async function apply(
  project: Project,
  supply: Supply,
  plan: SupplyPlan,
  context: CommandContext,
  refresh = false,
): Promise<number> {
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  await ensureCommands(project);
  const prepared = supply.prepare(plan.items, context.progress);
  // seen below; until then an early failure is not "unhandled"
  prepared.catch((error: unknown) => stop.abort(error));
  const engine = (async () => {
    for (const name of NEEDED_FIRST) await linkCommand(project, name, await supply.tool(name));
    signal.throwIfAborted();
    return runEngine(project, context, signal, refresh);
  })();
  const [supplied, ran] = await Promise.allSettled([prepared, engine]);
  // where the supply failed, the engine's complaint is only its echo
  if (supplied.status === 'rejected') throw supplied.reason;
  if (ran.status === 'rejected') throw ran.reason;
  for (const name of hostTools) await linkCommand(project, name, await supply.tool(name));
  return ran.value;
}
