import type { Catalog, Deployment } from '../apps/model';
import { UserError } from '../core/errors';
import { Repository } from './git';

/** What an image of a service is made of, as apps/.dockerignore says it: neither tests nor words nor the catalog. */
function sourcesOf(service: string): readonly string[] {
  const folders = [`apps/${service}`, 'apps/shared', 'apps/.dockerignore'];
  const left = ['apps/**/test/**', 'apps/*/releases/**', 'apps/**/*.md', 'apps/*/service.ts'];
  return [...folders, ...left.map((pattern) => `:(exclude,glob)${pattern}`)];
}

async function isChanged(git: Repository, { name, release }: Deployment): Promise<boolean> {
  if (release.unreleased || release.source === undefined) return true;
  // a rewritten history knows no such commit any more
  if ((await git.commit(release.source)) === undefined) return true;
  const difference = await git.try(['diff', '--quiet', release.source, 'HEAD', '--', ...sourcesOf(name)]);
  if (difference.exitCode > 1)
    throw new UserError(`Git cannot compare ${name}`, { details: [difference.stderr.trim()] });
  return difference.exitCode === 1;
}

/**
 * Services of this repository whose sources differ at the current commit from those that an environment's release was
 * built from, or that have no release. What an earlier run missed is among them, so nothing is lost with a failed run.
 *
 * @throws UserError where there is no such environment, or only a part of the history is there
 */
export async function changedServices(root: string, catalog: Catalog, environment: string): Promise<readonly string[]> {
  const names = catalog.environments.map(({ name }) => name);
  if (!names.includes(environment)) {
    throw new UserError(`there is no environment "${environment}"`, { details: [`there are ${names.join(', ')}`] });
  }
  const git = new Repository(root);
  if ((await git.run(['rev-parse', '--is-shallow-repository'])) === 'true') {
    throw new UserError('a part of the history is missing, so what changed cannot be said', {
      repair: 'git fetch --unshallow, or `fetch-depth: 0` for actions/checkout',
    });
  }
  const elsewhere = new Set(
    catalog.services.filter(({ repository }) => repository !== undefined).map(({ name }) => name),
  );
  const mine = catalog.deployments.filter((each) => each.environment === environment && !elsewhere.has(each.name));
  const changed = await Promise.all(mine.map((each) => isChanged(git, each)));
  return mine.filter((_each, index) => changed[index]).map(({ name }) => name);
}
