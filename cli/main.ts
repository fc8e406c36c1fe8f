/* eslint-disable @typescript-eslint/no-require-imports -- what a command needs is loaded when it runs */
import { Command, CommanderError, Help, type Option } from 'commander';
import { addCatalog } from './catalog-commands';
import { addCi } from './ci-commands';
import { addDelivery } from './delivery-commands';
import { actions, type Runner } from './handle';
import { addLocks } from './lock-commands';
import { addAccess, addPlatform } from './platform-commands';
import { INTERRUPTED, runCommand } from './run';
import { addSupply } from './supply-commands';
import { addUpgrade } from './upgrade-commands';

/** Help as usual, which tells of an option that has to be given. */
const optionDescription = (option: Option): string => {
  const usual = new Help().optionDescription(option);
  return option.mandatory ? `${usual} (required)` : usual;
};

/** The command line, ready to parse; `run` is given the command that was asked for. */
export function createProgram(run: Runner): Command {
  const program = new Command('slipway')
    .description('A running GitOps platform from one typed catalog.')
    .version((require('../package.json') as { version: string }).version)
    .configureHelp({ optionDescription })
    .showHelpAfterError('(add --help for what is possible)')
    .showSuggestionAfterError()
    .enablePositionalOptions();
  const handle = actions(run);
  addPlatform(program, handle);
  addDelivery(program, handle);
  addLocks(program, handle);
  addCatalog(program, handle);
  addSupply(program, handle);
  addUpgrade(program, handle);
  addAccess(program, handle);
  addCi(program, handle);
  return program;
}

/** A command with all those below it. */
export function commandsOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

/** A line that cannot be understood; not 1, so that scripts can tell it from a platform that is not healthy. */
const USAGE_ERROR = 2;

/**
 * Runs one command line.
 *
 * @param args without the names of Node and of the program
 * @param run runs the command. @default for a person at a terminal
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[], run: typeof runCommand = runCommand): Promise<number> {
  let code = 0;
  const program = createProgram(async (command) => void (code = await run(command)));
  for (const command of commandsOf(program)) command.exitOverride();
  if (args.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : USAGE_ERROR;
  }
}

if (require.main?.filename.endsWith('bin.js')) {
  void runCommandLine(process.argv.slice(2)).then((code) => {
    // what an interrupted command only looked at need not be waited for
    if (code === INTERRUPTED) process.exit(code);
    process.exitCode = code;
  });
}
