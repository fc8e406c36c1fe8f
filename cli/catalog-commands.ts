/* eslint-disable @typescript-eslint/no-require-imports -- what a command needs is loaded when it runs */
import { Option, type Command } from 'commander';
import { environmentValues, json, namedValues } from './arguments';
import type { Handle } from './handle';

const commands = {
  new: () => require('./commands/new') as typeof import('./commands/new'),
  remove: () => require('./commands/remove') as typeof import('./commands/remove'),
};

function addNew(program: Command, handle: Handle): void {
  const create = program
    .command('new')
    .summary('add a service to the catalog')
    .description('Adds to the catalog, ready to commit.');
  create
    .command('service')
    .description(
      'Writes declaration, release locks, code, Dockerfile and tests of a service, and renders dist/. It runs once that is ' +
        'committed and delivered. Refuses with every violation at once, and then writes nothing.',
    )
    .argument('<name>', 'a DNS label; also the name of its folder in apps/')
    .option('--port <port>', 'where it listens (default: 8080)')
    .option('--tier <tier>', 'the nodes that it runs on: backend or backstage (default: backend)')
    .addOption(
      new Option(
        '--replicas <[environment=]number>',
        'how many pods, everywhere or in one environment; may be given again (default: 1, and 2 where releases end)',
      ).argParser(environmentValues),
    )
    .addOption(
      new Option(
        '--host-prefix <environment=prefix>',
        'first label of its host in one environment; may be given again',
      ).argParser(namedValues),
    )
    .option('--calls <services...>', 'services that it may call')
    .option('--internal', 'not reachable from outside the cluster')
    .option('--cpu <quantity>', 'the CPU that it asks for (default: 25m)')
    .option('--memory <quantity>', 'the memory that it asks for (default: 64Mi)')
    .option('--memory-limit <quantity>', 'the memory that it may take (default: 128Mi)')
    .option('--repository <owner/name>', 'its code lives in a repository of its own; none is written here')
    .option('--dry-run', 'name the files and write nothing')
    .addOption(json())
    .action(handle(() => commands.new().service));
}

function addRemove(program: Command, handle: Handle): void {
  const remove = program
    .command('remove')
    .summary('remove a service from the catalog, then from where it is kept')
    .description('Removes from the catalog; from a kept environment only in a second step.');
  remove
    .command('service')
    .description(
      'Removes declaration, release locks and rendering of a service; its code too with --code. Once that is committed and ' +
        'delivered, it goes from every environment but those where releases end: there it runs on until a second step, the ' +
        'same command with --from, which asks, records the removal in Git and deletes it from the cluster.',
    )
    .argument('<name>', 'name of a service')
    .option('--code', 'also remove its code')
    .option('--force', 'also where some of its files are in no commit, and so lost')
    .option('--from <environment>', 'the second step: delete it from the cluster, in an environment that kept it')
    .option('--reason <text>', 'why; recorded in the commit of the second step')
    .option('--yes', 'do not ask before the second step')
    .option('--dry-run', 'say what would be removed and stop')
    .addOption(json())
    .action(handle(() => commands.remove().service));
}

/** The commands that change the catalog's own files. */
export function addCatalog(program: Command, handle: Handle): void {
  addNew(program, handle);
  addRemove(program, handle);
}
