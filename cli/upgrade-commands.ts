/* eslint-disable @typescript-eslint/no-require-imports -- what a command needs is loaded when it runs */
import type { Command } from 'commander';
import { json } from './arguments';
import type { Handle } from './handle';

/** What looks after the pinned versions. */
export function addUpgrade(program: Command, handle: Handle): void {
  program
    .command('upgrade')
    .summary('say what is pinned and what is newer')
    .description(
      'Lists every tool, image and manifest of infra/versions.ts with its version and source, and what is newer there: a ' +
        'release of the same minor version comes second. Changes nothing; what does not answer is unknown and no error. ' +
        'docs/upgrading.md says how a newer one is tried.',
    )
    .option('--check', 'look; nothing else is done by this command')
    .option('--exit-code', 'exit with 1 where something is newer, for scheduled checks')
    .addOption(json())
    .action(handle(() => (require('./commands/upgrade') as typeof import('./commands/upgrade')).upgrade));
}
