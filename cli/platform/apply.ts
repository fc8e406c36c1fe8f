import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { withLock } from '../../core/lock';
import type { CommandContext } from '../context';
import { ensureEngine } from '../../infra/engine';
import type { Surroundings } from '../../infra/provider/surroundings';
import type { Supply, SupplyPlan } from '../../infra/supply';
import { explainGithub } from './github';
import { prepareGithub } from './github-apply';
import { openStack, supplyLock, type Allowances } from './pulumi';
import { PulumiSteps } from './pulumi-steps';
import { recover, wakeClusters } from './stack-recovery';
import type { Project } from './project';
import { recordAddress } from './settings';
import { createSurroundings } from './surroundings';
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
function engineSignal(
  signal: AbortSignal,
  heard: () => boolean,
): { readonly signal: AbortSignal; readonly ended: () => void } {
  const engine = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => heard() || engine.abort(signal.reason), 1000);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const ended = (): void => {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  };
  return { signal: engine.signal, ended };
}

function surroundingsOf({ state }: Project, supply: Supply): Surroundings {
  const tool = (name: 'runc-lean'): Promise<string> => supply.tool(name);
  return createSurroundings({
    stateFolder: state,
    supply: async () => supply,
    // the machine was made ready before
    engine: (progress) => ensureEngine({ allowInstall: false, progress, tool }),
  });
}

async function runEngine(
  project: Project,
  context: CommandContext,
  signal: AbortSignal,
  supply: Supply,
  { refresh = false, ...allowed }: Omit<ApplyOptions, 'stop'>,
): Promise<number> {
  const { progress } = context;
  const stack = await openStack(project, allowed);
  await prepareGithub({ stack, project, supply, progress, signal });
  await recover(stack, project, progress, signal);
  if (refresh) await wakeClusters(stack, surroundingsOf(project, supply), { progress, signal });
  // an abort that came in the meantime would not reach what listens for it only now
  signal.throwIfAborted();
  const log = openLog(project);
  const steps = new PulumiSteps(progress);
  const told = engineSignal(signal, () => log.text().includes(HEARD));
  try {
    const { outputs } = await stack.up({
      refresh,
      color: 'never',
      suppressProgress: true,
      onEvent: steps.onEvent,
      onOutput: log.write,
      onError: log.write,
      signal: told.signal,
    });
    steps.close();
    await recordAddress(project.root, outputs['address']?.value);
    return steps.changes;
  } catch (error) {
    steps.close(new Error('stopped'));
    if (signal.aborted) throw signal.reason;
    const explained = explainGithub(steps.errors);
    if (explained !== undefined) throw explained;
    const details = readableErrors(steps.errors);
    throw new UserError('the platform is not complete', {
      details: details.length > 0 ? details : readableErrors(String((error as Error).message).split('\n')).slice(-15),
      repair: `run \`npx slipway up\` again: it continues where it was; everything the engine said is in ${log.file}`,
      cause: error,
    });
  } finally {
    told.ended();
  }
}

export interface ApplyOptions extends Allowances {
  /** Look first at what is really there, so that what somebody removed is made again. @default false */
  readonly refresh?: boolean;
  /** Ends the supply and, by the context's signal, the engine. */
  readonly stop: AbortController;
}

/**
 * Brings the platform to what the program says, while the supply still makes what is needed later: the engine starts as
 * soon as it is there itself, and its resources wait for their tools.
 *
 * @returns how many resources changed
 * @throws the first failure of either side, as soon as the other one has stopped
 */
export async function apply(
  project: Project,
  supply: Supply,
  plan: SupplyPlan,
  context: CommandContext,
  options: ApplyOptions,
): Promise<number> {
  let first: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    // what the other side says afterwards is only the echo of this
    first ??= { error };
    options.stop.abort(error);
  };
  const { signal } = context;
  await ensureCommands(project);
  const making = { purpose: 'making the supply', wait: true, signal };
  const prepared = withLock(supplyLock(project), making, () => supply.prepare(plan.items, context.progress)).catch(
    fail,
  );
  const engine = (async () => {
    for (const name of NEEDED_FIRST) await linkCommand(project, name, await supply.tool(name));
    signal.throwIfAborted();
    return runEngine(project, context, signal, supply, options);
  })().catch(fail);
  const [, changes] = await Promise.all([prepared, engine]);
  if (first !== undefined) throw first.error;
  for (const name of hostTools) await linkCommand(project, name, await supply.tool(name));
  return changes ?? 0;
}
