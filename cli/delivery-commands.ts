/* eslint-disable @typescript-eslint/no-require-imports -- what a command needs is loaded when it runs */
import { Option, type Command } from 'commander';
import { file, json, pullRequest, url } from './arguments';
import type { Handle } from './handle';

const commands = {
  synth: () => require('./commands/synth') as typeof import('./commands/synth'),
  review: () => require('./commands/review') as typeof import('./commands/review'),
  rehearse: () => require('./commands/rehearse') as typeof import('./commands/rehearse'),
  drift: () => require('./commands/drift') as typeof import('./commands/drift'),
  deliver: () => require('./commands/deliver') as typeof import('./commands/deliver'),
  git: () => require('./commands/git') as typeof import('./commands/git'),
};

/** The way of a change: rendered, reviewed, rehearsed, delivered, compared. */
export function addDelivery(program: Command, handle: Handle): void {
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
    .addOption(new Option('--output <file>', 'write it to a file instead of standard output').argParser(file))
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
    .addOption(new Option('--json', 'the same as --format json').conflicts('format'))
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
