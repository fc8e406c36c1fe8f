/* eslint-disable @typescript-eslint/no-require-imports -- what a command needs is loaded when it runs, so that help and a
   misspelt verb are answered at once */
import { Argument, Command, CommanderError, Option } from 'commander';
import { json, name, port, pullRequest, seconds, url } from './arguments';
import { addCatalog } from './catalog-commands';
import { addCi } from './ci-commands';
import type { CommandContext } from './context';
import { addLocks } from './lock-commands';
import { INTERRUPTED, runCommand } from './run';
import { addUpgrade } from './upgrade-commands';

type Handler<Options> = (
  context: CommandContext,
  options: Options,
  ...args: readonly string[]
) => Promise<number | void>;

const commands = {
  up: () => require('./commands/up') as typeof import('./commands/up'),
  down: () => require('./commands/down') as typeof import('./commands/down'),
  status: () => require('./commands/status') as typeof import('./commands/status'),
  wait: () => require('./commands/wait') as typeof import('./commands/wait'),
  doctor: () => require('./commands/doctor') as typeof import('./commands/doctor'),
  synth: () => require('./commands/synth') as typeof import('./commands/synth'),
  review: () => require('./commands/review') as typeof import('./commands/review'),
  drift: () => require('./commands/drift') as typeof import('./commands/drift'),
  rehearse: () => require('./commands/rehearse') as typeof import('./commands/rehearse'),
  deliver: () => require('./commands/deliver') as typeof import('./commands/deliver'),
  git: () => require('./commands/git') as typeof import('./commands/git'),
  supply: () => require('./commands/supply') as typeof import('./commands/supply'),
  credentials: () => require('./commands/credentials') as typeof import('./commands/credentials'),
  env: () => require('./commands/env') as typeof import('./commands/env'),
};

/** Runs a command of the line that was parsed. */
type Runner = (command: (context: CommandContext) => Promise<number | void>) => Promise<void>;

/** The actions of a program whose commands are run by `run`. */
function actions(run: Runner) {
  return <Options extends object>(load: () => Handler<Options>) =>
    async function (this: Command): Promise<void> {
      const options = this.opts<Options>();
      await run((context) => load()(context, options, ...this.args));
    };
}

/** Makes the action of a command out of what loads it. */
export type Handle = ReturnType<typeof actions>;

const noInstall = (): Option => new Option('--no-install', 'list missing packages and stop instead of installing them');
const noBuild = (): Option => new Option('--no-build', 'stop where tools would have to be built from source');

function addPlatform(program: Command, handle: Handle): void {
  program
    .command('up')
    .summary('bootstrap, resume or update the whole platform')
    .description(
      'Bootstraps everything on this machine: container engine, tools, cluster, Git forge, Argo CD and the first delivery ' +
        'of your services. Run again it continues where it was interrupted, repairs what is broken, or changes nothing.',
    )
    .addOption(new Option('--name <name>', 'name of this platform on this machine').argParser(name))
    .addOption(new Option('--http-port <port>', 'port of 127.0.0.1 for HTTP').argParser(port))
    .addOption(new Option('--https-port <port>', 'port of 127.0.0.1 for HTTPS').argParser(port))
    .addOption(new Option('--registry-port <port>', 'port of 127.0.0.1 to which images are pushed').argParser(port))
    .addOption(new Option('--ci-port <port>', 'port where the events of the local forge are received').argParser(port))
    .option('--no-ci', 'do not run the workflows of what is pushed to the local forge')
    .option('--hosts', 'add the names of the platform to /etc/hosts; `down` removes them')
    .option('--deliver', 'deliver local commits that the platform does not have yet')
    .addOption(noInstall())
    .addOption(noBuild())
    .addOption(json())
    .action(handle(() => commands.up().up));

  program
    .command('down')
    .summary('remove everything `up` made, and verify it')
    .description(
      'Removes cluster, registry, network, volumes, images, names in /etc/hosts and state, also of a half-made platform, ' +
        'and prints a receipt of what it verified to be gone. The tools stay in the cache for the next `up`.',
    )
    .option('--all', 'also remove the engine and packages that `up` installed, and the cache of tools')
    .option('--yes', 'do not ask before `--all`')
    .addOption(json())
    .action(handle(() => commands.down().down));

  program
    .command('status')
    .summary('show every service in every environment')
    .description(
      'Shows version, sync, health, source commit and URL of every service in every environment, why something is not ' +
        'healthy, and what differs between catalog, dist/ and the platform. Exits with 0 where all is healthy, 1 where ' +
        'it is not, 2 where there is no answer.',
    )
    .addOption(json())
    .action(handle(() => commands.status().status));

  program
    .command('wait')
    .summary('wait until a release of a service runs')
    .description(
      'Waits until a service is Healthy in an environment, with the release of one commit where that is named. Exits with 0 ' +
        'where it is, and with 1 where it is clear that it does not come: the image cannot be pulled, the container ends, a ' +
        'probe fails, no node takes it, it cannot be applied, another release has taken its place. Says why, with the last ' +
        'lines of its log.',
    )
    .argument('<service>', 'name of a service')
    .requiredOption('--env <environment>', 'name of an environment')
    .option('--commit <commit>', 'the commit that the release was built from')
    .addOption(new Option('--timeout <seconds>', 'give up after so long').argParser(seconds).default(300))
    .addOption(json())
    .action(handle(() => commands.wait().wait));

  program
    .command('doctor')
    .summary('check what this machine has and lacks')
    .description(
      'Checks engine, tools, ports, disk, memory, limits and reachability: what is fine, what `up` takes care of, and ' +
        'what you have to repair, with the command. Exits with 1 where something is broken.',
    )
    .addOption(json())
    .action(handle(() => commands.doctor().doctor));
}

function addDelivery(program: Command, handle: Handle): void {
  program
    .command('synth')
    .summary('render the catalog into dist/')
    .description('Renders the catalog into dist/, as `cdk8s synth` does. An error leaves dist/ as it was.')
    .option('--check', 'write nothing; fail where dist/ is not what the catalog renders')
    .addOption(json())
    .action(handle(() => commands.synth().synth));

  program
    .command('review')
    .summary('say what a change will do before it is merged')
    .description(
      'Compares dist/ of two commits, or of a commit and the working tree, object by object, and says what will happen ' +
        'in the cluster. Needs no cluster and no network. Exits with 0 for an ordinary change, 1 where there are findings ' +
        'of the severity of --fail-on or worse, 2 where the review could not be made.',
    )
    .option('--base <revision>', 'what to compare with (default: the merge base with the main branch)')
    .option('--head <revision>', 'what is reviewed (default: the working tree)')
    .addOption(
      new Option('--format <format>', 'how it is written')
        .choices(['text', 'markdown', 'html', 'sarif', 'json'])
        .default('text'),
    )
    .option('--output <file>', 'write it to a file instead of standard output')
    .addOption(
      new Option(
        '--post [number]',
        'write it to a pull request of the forge, as its comment and status (default: the one for which CI runs)',
      ).argParser(pullRequest),
    )
    .addOption(new Option('--report-url <url>', 'where the whole report can be seen, for the comment').argParser(url))
    .addOption(
      new Option('--fail-on <severity>', 'exit with 1 for findings of this severity or worse')
        .choices(['error', 'warning', 'info', 'never'])
        .default('error'),
    )
    .addOption(json())
    .action(handle(() => commands.review().review));

  program
    .command('rehearse')
    .summary('apply a change to a real API server that is thrown away')
    .description(
      'Starts an API server of its own on this machine, without nodes, applies dist/ of the base and then of the head to ' +
        'it as Argo CD would, and says what it answers: errors of schema, refusals of policies, fields that cannot change, ' +
        'kinds that are gone, and what Argo CD would never show as Synced. Leaves nothing behind. Exits with 0 where all is ' +
        'let in, 1 where something is not, 2 where it could not be rehearsed.',
    )
    .option('--base <revision>', 'what is there before (default: the merge base with the main branch)')
    .option('--head <revision>', 'what is rehearsed (default: the working tree)')
    .option('--kubernetes <version...>', "releases of Kubernetes, as in v1.36.1 (default: the supply's)")
    .addOption(json())
    .action(handle(() => commands.rehearse().rehearse));

  program
    .command('drift')
    .summary('say where catalog, dist/, Git and cluster differ')
    .description(
      'Compares the catalog with dist/, your commits with the branch that Argo CD follows, and that branch with the ' +
        'cluster, by asking the API server what applying it again would change. Changes nothing. Exits with 0 where there is ' +
        'no drift, 1 where there is, 2 where it cannot be said.',
    )
    .option(
      '--kubeconfig <file>',
      "its current context instead of this machine's platform, for CI: what is committed is compared with it",
    )
    .addOption(json())
    .action(handle(() => commands.drift().drift));

  program
    .command('deliver')
    .summary("send local commits to the platform's Git copy")
    .description(
      "Puts your commits onto the platform's own copy, renders dist/ anew, pushes, and waits until Argo CD has them " +
        'running. Your working tree is left alone; what is not committed is not delivered.',
    )
    .option('--no-wait', 'do not wait until the services are healthy')
    .option('--dry-run', 'say what would be delivered and stop')
    .addOption(json())
    .action(handle(() => commands.deliver().deliver));

  const git = program
    .command('git')
    .summary("work with the platform's Git copy")
    .description("Runs Git against the platform's own copy, with its address and credentials.");
  const verbs = {
    clone: ['<folder>', 'clone the copy into a new folder'],
    fetch: ['[folder]', "fetch the copy's branch into FETCH_HEAD"],
    pull: ['[folder]', "put the commits of a folder's branch onto the copy's (git pull --rebase)"],
    push: ['[folder]', "push a folder's current commit to the copy"],
  } as const;
  for (const [verb, [folder, description]] of Object.entries(verbs)) {
    git
      .command(verb)
      .description(description)
      .argument(folder, 'a folder')
      .option('--repository <owner/name>', "another repository of the forge (default: the platform's copy)")
      .action(handle(() => commands.git()[verb as keyof typeof verbs]));
  }
}

function addSupply(program: Command, handle: Handle): void {
  const supply = program
    .command('supply')
    .summary('get, save and load tools and images')
    .description(
      'Everything that is not an npm package: tools, container images, upstream manifests, pinned by version.',
    );
  supply
    .command('plan')
    .description('show where each thing would come from, how long it takes and how much disk it needs')
    .addOption(json())
    .action(handle(() => commands.supply().plan));
  supply
    .command('fetch')
    .description('make everything ready without starting a platform')
    .option('--tools <names>', 'only these tools, with commas between; also those that no platform needs, as act')
    .addOption(noBuild())
    .action(handle(() => commands.supply().fetch));
  supply
    .command('path')
    .description('print the path of a tool, made ready where it is not')
    .argument('<tool>', 'name of a tool, as in kubectl')
    .action(handle(() => commands.supply().path));
  for (const verb of ['save', 'load'] as const) {
    supply
      .command(verb)
      .description(
        verb === 'save'
          ? 'save the whole supply, packages and Git history included, as one archive for a machine without network'
          : 'take over an archive that `save` wrote',
      )
      .argument('<file>', 'the archive')
      .action(handle(() => commands.supply()[verb]));
  }
}

function addAccess(program: Command, handle: Handle): void {
  program
    .command('credentials')
    .summary('print user and password of a service of the platform')
    .description('Prints user and password of the administrator. Refuses to write them to a file.')
    .addArgument(new Argument('<service>', 'whose').choices(['argocd', 'git']))
    .addOption(json())
    .action(handle(() => commands.credentials().credentials));

  program
    .command('env')
    .summary('print settings for your own kubectl and pulumi')
    .description('Prints lines for a shell:  eval "$(npx slipway env)"')
    .addOption(json())
    .action(handle(() => commands.env().env));
}

/** The command line, ready to parse; `run` is given the command that was asked for. */
export function createProgram(run: Runner): Command {
  const program = new Command('slipway')
    .description('A running GitOps platform from one typed catalog.')
    .version((require('../package.json') as { version: string }).version)
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
