/* eslint-disable @typescript-eslint/no-require-imports -- what a command needs is loaded when it runs */
import type { Command } from 'commander';
import { json, noBuild } from './arguments';
import type { Handle } from './handle';

const commands = () => require('./commands/supply') as typeof import('./commands/supply');

/** What tools and images are made ready by. */
export function addSupply(program: Command, handle: Handle): void {
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
    .action(handle(() => commands().plan));
  supply
    .command('fetch')
    .description('make everything ready without starting a platform')
    .option('--tools <names>', 'only these tools, with commas between; also those that no platform needs, as act')
    .addOption(noBuild())
    .action(handle(() => commands().fetch));
  supply
    .command('path')
    .description('print the path of a tool, made ready where it is not')
    .argument('<tool>', 'name of a tool, as in kubectl')
    .action(handle(() => commands().path));
  for (const verb of ['save', 'load'] as const) {
    supply
      .command(verb)
      .description(
        verb === 'save'
          ? 'save the whole supply, packages and Git history included, as one archive for a machine without network'
          : 'take over an archive that `save` wrote',
      )
      .argument('<file>', 'the archive')
      .action(handle(() => commands()[verb]));
  }
}
