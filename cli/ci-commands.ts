/* eslint-disable @typescript-eslint/no-require-imports -- what a command needs is loaded when it runs */
import { Option, type Command } from 'commander';
import { port } from './arguments';
import type { Handle } from './handle';

const commands = {
  ci: () => require('./commands/ci') as typeof import('./commands/ci'),
  registry: () => require('./commands/registry') as typeof import('./commands/registry'),
};

/** Commands of workflows, and of what runs them beside the local forge. */
export function addCi(program: Command, handle: Handle): void {
  const ci = program
    .command('ci')
    .summary('run workflows beside the local forge, and answer what they ask')
    .description('Runs the workflows of what is pushed to the local forge, and answers what workflows ask.');
  for (const verb of ['start', 'serve'] as const) {
    ci.command(verb)
      .description(
        verb === 'start'
          ? 'receive the events of the local forge in the background and run workflows, as `up` does'
          : 'the same in the foreground, until Ctrl-C',
      )
      .option('--address <address>', 'address of this machine by which pods reach it (default: beside the nodes)')
      .addOption(new Option('--port <port>', 'where it listens (default: as `up` was told)').argParser(port))
      .action(handle(() => commands.ci()[verb]));
  }
  ci.command('stop')
    .description('end the receiver; what runs is done again after its next start')
    .action(handle(() => commands.ci().stop));
  ci.command('changed')
    .description('print the services whose sources differ from the release of an environment, one per line')
    .requiredOption('--env <environment>', 'the environment whose releases are compared')
    .option('--json', 'print a list as JSON')
    .action(handle(() => commands.ci().changed));
  ci.command('service')
    .description('print the image of a service and the repository that it has of its own, as `name=value`')
    .argument('<service>', 'its name')
    .action(handle(() => commands.ci().service));
  ci.command('dispatch')
    .description('tell the platform of an image that the repository of a service published')
    .argument('<service>', 'its name')
    .requiredOption('--platform <repository>', '`owner/name` of the platform')
    .requiredOption('--image <image>', 'with registry and tag')
    .requiredOption('--digest <digest>', '`sha256:` and 64 hexadecimal digits')
    .requiredOption('--commit <commit>', 'the commit that it was built from')
    .requiredOption('--time <time>', 'when that was made, as 2026-01-31T09:30:00Z')
    .action(handle(() => commands.ci().dispatch));

  const registry = program
    .command('registry')
    .summary("sign in to the registry of the services' images")
    .description(
      "Gives this user and the pods access to the registry of the services' images, which the catalog names.",
    );
  registry
    .command('login')
    .description(
      'Signs in with SLIPWAY_REGISTRY_USERNAME and SLIPWAY_REGISTRY_PASSWORD, or to Amazon with the role of the catalog. ' +
        'Does nothing for the platform’s own registry.',
    )
    .action(handle(() => commands.registry().login));
  registry
    .command('secret')
    .description('put the Secret with which pods pull into every environment, from the same two variables')
    .action(handle(() => commands.registry().secret));
}
