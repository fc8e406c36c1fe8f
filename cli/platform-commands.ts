/* eslint-disable @typescript-eslint/no-require-imports -- what a command needs is loaded when it runs */
import { Argument, Option, type Command } from 'commander';
import { json, name, noBuild, port, seconds } from './arguments';
import type { Handle } from './handle';

const commands = {
  up: () => require('./commands/up') as typeof import('./commands/up'),
  down: () => require('./commands/down') as typeof import('./commands/down'),
  status: () => require('./commands/status') as typeof import('./commands/status'),
  wait: () => require('./commands/wait') as typeof import('./commands/wait'),
  doctor: () => require('./commands/doctor') as typeof import('./commands/doctor'),
  credentials: () => require('./commands/credentials') as typeof import('./commands/credentials'),
  env: () => require('./commands/env') as typeof import('./commands/env'),
};

const noInstall = (): Option => new Option('--no-install', 'list missing packages and stop instead of installing them');

/** What makes, shows and removes the platform of this machine. */
export function addPlatform(program: Command, handle: Handle): void {
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

/** What lets other programs in. */
export function addAccess(program: Command, handle: Handle): void {
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
