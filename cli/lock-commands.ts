/* eslint-disable @typescript-eslint/no-require-imports -- what a command needs is loaded when it runs */
import { Option, type Command } from 'commander';
import { count, json, reason as reasonText } from './arguments';
import type { Handle } from './handle';

const commands = {
  image: () => require('./commands/image') as typeof import('./commands/image'),
  bump: () => require('./commands/bump') as typeof import('./commands/bump'),
  promote: () => require('./commands/promote') as typeof import('./commands/promote'),
  rollback: () => require('./commands/rollback') as typeof import('./commands/rollback'),
  hold: () => require('./commands/hold') as typeof import('./commands/hold'),
  release: () => require('./commands/release') as typeof import('./commands/release'),
  history: () => require('./commands/history') as typeof import('./commands/history'),
};

const remote = (): Option =>
  new Option(
    '--remote <url>',
    "the platform's repository as a plain Git repository, reached with Git's own credentials",
  );
const env = (): Option => new Option('--env <environment>', 'an environment of the catalog').makeOptionMandatory();
const reason = (description: string): Option => new Option('--reason <text>', description).argParser(reasonText);

/** What every command that changes locks can be told. */
function changing(command: Command): Command {
  return command
    .option('--pr', 'open a pull request instead of pushing')
    .option('--auto-merge', 'open a pull request that is merged as soon as the forge allows it')
    .addOption(remote())
    .addOption(json());
}

function addImages(program: Command, handle: Handle): void {
  const image = program
    .command('image')
    .summary("build and push services' images")
    .description('Builds services from the current commit: the same commit is the same digest.');
  for (const [verb, description] of [
    ['build', 'build images and keep them as archives in .slipway/images'],
    ['push', "build images and push them to the platform's registry; prints what `bump` takes"],
  ] as const) {
    image
      .command(verb)
      .description(description)
      .argument('<services...>', 'names of services')
      .option('--from <folder>', 'a clone of the repository that the service has of its own')
      .option('--allow-dirty', 'also build files that no commit holds; such an image cannot be released')
      .addOption(json())
      .action(handle(() => commands.image()[verb]));
  }
}

function addReleases(program: Command, handle: Handle): void {
  changing(
    program
      .command('bump')
      .summary('let an environment run new images')
      .description(
        'Records images in the release locks of an environment, renders dist/ and pushes, all in one commit, safely ' +
          'against others that do the same. An older image never takes the place of a newer one, and a lock on hold ' +
          'stays: exit code 3.',
      )
      .argument('[images...]', 'service=<image>@<digest>, as `image push` prints them; or one service with --image')
      .addOption(env())
      .option('--image <image>', 'the image of the one service, with its digest')
      .option('--source <commit>', 'the commit that the images were built from')
      .option('--source-time <instant>', 'when that commit was made (default: asked of Git)')
      .option('--file <file>', 'what `image push --json` printed; - reads standard input'),
  ).action(handle(() => commands.bump().bump));

  changing(
    program
      .command('promote')
      .summary('take releases from one environment to the next')
      .description(
        'Lets the next environment run the same digest, never another build. Refuses with exit code 4 what Argo CD does ' +
          'not find Synced and Healthy with that digest. By a pull request where the environment asks for one.',
      )
      .argument('<services...>', 'names of services')
      .addOption(new Option('--to <environment>', 'where to').makeOptionMandatory())
      .option('--from <environment>', 'where from (default: as the catalog says)')
      .option('--release <version>', 'call it so: as a tag of the digest, in the lock, and at /version')
      .option('--force', 'promote without asking Argo CD; wants --reason')
      .addOption(reason('why it is forced; recorded in the commit')),
  ).action(handle(() => commands.promote().promote));

  changing(
    program
      .command('rollback')
      .summary('run again what ran before, and hold it')
      .description('Restores a former release lock and holds it, in one commit, so that no bump undoes it.')
      .argument('<service>', 'name of a service')
      .addOption(env())
      .option('--to <release>', 'a version or a source commit that ran there (default: what ran before)')
      .addOption(reason('why; recorded in the hold and in the commit').makeOptionMandatory()),
  ).action(handle(() => commands.rollback().rollback));
}

function addHolds(program: Command, handle: Handle): void {
  changing(
    program
      .command('hold')
      .summary('keep releases where they are')
      .description('Keeps the release of services in an environment: no bump and no promotion moves it.')
      .argument('<services...>', 'names of services')
      .addOption(env())
      .addOption(reason('why; recorded in the hold').makeOptionMandatory()),
  ).action(handle(() => commands.hold().hold));

  changing(
    program
      .command('release-hold')
      .summary('let releases move again')
      .description('Removes the hold of services in an environment.')
      .argument('<services...>', 'names of services')
      .addOption(env())
      .addOption(reason('why; recorded in the commit')),
  ).action(handle(() => commands.hold().releaseHold));

  program
    .command('history')
    .summary('show what ran when, by whom, from which commit')
    .description("Shows every state of a service's release lock, newest first, from its Git history.")
    .argument('<service>', 'name of a service')
    .addOption(env())
    .addOption(new Option('--limit <number>', 'how many').argParser(count).default(20))
    .addOption(remote())
    .addOption(json())
    .action(handle(() => commands.history().history));
}

function addVersions(program: Command, handle: Handle): void {
  const release = program
    .command('release')
    .summary('tag versions, and take them to production')
    .description('Semantic versions of the whole repository, from its conventional commits, as tags `v<version>`.');
  release
    .command('plan')
    .description('say the next version, and the commits that ask for it')
    .addOption(remote())
    .addOption(json())
    .action(handle(() => commands.release().plan));
  release
    .command('tag')
    .description("tag the platform's branch with its next version, and publish it as a release of the forge")
    .option('--if-automatic', "only where the catalog says `releases: 'on-merge'`")
    .addOption(remote())
    .addOption(json())
    .action(handle(() => commands.release().tag));
  changing(
    release
      .command('publish')
      .description("promote what was recorded for a version's commit, as `promote --release` does")
      .argument('<version>', 'a version that is tagged')
      .option('--to <environment>', 'where to (default: where releases arrive and go no further)')
      .option('--force', 'promote without asking Argo CD; wants --reason')
      .addOption(reason('why it is forced; recorded in the commit')),
  ).action(handle(() => commands.release().publish));
}

/** The commands that build images and move release locks. */
export function addLocks(program: Command, handle: Handle): void {
  addImages(program, handle);
  addReleases(program, handle);
  addHolds(program, handle);
  addVersions(program, handle);
}
