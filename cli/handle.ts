import type { Command } from 'commander';
import type { CommandContext } from './context';

type Handler<Options> = (
  context: CommandContext,
  options: Options,
  ...args: readonly string[]
) => Promise<number | void>;

/** Runs a command of the line that was parsed. */
export type Runner = (command: (context: CommandContext) => Promise<number | void>) => Promise<void>;

/** The actions of a program whose commands are run by `run`. */
export function actions(run: Runner) {
  return <Options extends object>(load: () => Handler<Options>) =>
    async function (this: Command): Promise<void> {
      const options = this.opts<Options>();
      await run((context) => load()(context, options, ...this.args));
    };
}

/** Makes the action of a command out of what loads it. */
export type Handle = ReturnType<typeof actions>;
