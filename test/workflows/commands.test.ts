import { commandsOf, createProgram } from '../../cli/main';
import { jobs } from './workflows';

describe('the commands of workflows', () => {
  const known = commandsOf(createProgram(async () => undefined)).map((command) => {
    const parents = command.parent === null || command.parent.parent === null ? [] : [command.parent.name()];
    return [...parents, command.name()].join(' ');
  });

  const calls = jobs.flatMap(({ name, job }) =>
    job.steps.flatMap(({ run = '' }) =>
      [...run.matchAll(/(?:npx slipway|cli\/bin\.js"?) ([a-z]+)(?: ([a-z-]+))?/g)].map(
        ([, verb, second]) => [name, verb!, second] as const,
      ),
    ),
  );

  test.each(calls)('%s calls a command that there is: %s %s', (_name, verb, second) => {
    expect(known).toContain(known.includes(`${verb} ${second}`) ? `${verb} ${second}` : verb);
  });
});
