import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors';

/**
 * What stands in for third-party actions where GitHub is not to be reached: `<owner>/<repository>[/<path>]/action.yml`.
 * Each says what it stands in for and does no more than that.
 */
export const standInsFolder = path.join(__dirname, 'actions');

/** The one action that the runner serves itself, from the commit that it runs. */
export const CHECKOUT = 'actions/checkout';

/** `owner/repository[/path]@reference` in its parts. */
export function actionParts(uses: string): {
  readonly repository: string;
  readonly path: string;
  readonly reference: string;
} {
  const [, repository = '', inside = '', reference = ''] = /^([^/@]+\/[^/@]+)((?:\/[^@]+)?)@(.+)$/.exec(uses) ?? [];
  return { repository, path: inside.slice(1), reference };
}

/** The actions that something stands in for. */
export async function standIns(folder: string = standInsFolder): Promise<readonly string[]> {
  const files = await readdir(folder, { recursive: true });
  return files
    .filter((file) => path.basename(file) === 'action.yml')
    .map((file) => path.dirname(file))
    .sort();
}

/**
 * Where the runner finds the actions of a workflow, as arguments.
 *
 * @throws UserError naming every action that nothing stands in for
 */
export async function standInArguments(
  actions: readonly string[],
  folder: string = standInsFolder,
): Promise<readonly string[]> {
  const known = new Set(await standIns(folder));
  const needed = actions
    .map((uses) => ({ uses, ...actionParts(uses) }))
    .filter(({ repository }) => repository !== CHECKOUT);
  const unknown = needed.filter(({ repository, path: inside }) => !known.has(path.posix.join(repository, inside)));
  if (unknown.length > 0) {
    throw new UserError('the workflow uses actions that cannot run here', {
      details: unknown.map(({ uses }) => uses),
      repair: 'do the same by a command, or add a stand-in below ci/actions and say in it what it leaves out',
    });
  }
  const repositories = new Set(needed.map(({ repository, reference }) => `${repository}@${reference}`));
  return [...repositories].flatMap((each) => [
    '--local-repository',
    `${each}=${path.join(folder, each.split('@')[0]!)}`,
  ]);
}
