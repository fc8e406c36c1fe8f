import type { Catalog, Environment, GithubForge } from '../../apps/model';
import { UserError } from '../../core/errors';
import type { GithubApi } from './api';
import { missingPermissions, missingScopes, neededPermissions } from './permissions';
import { repositoriesOf } from './repositories';
import type { GithubSession } from './session';

/** What stands in the way, with its repair. */
export interface Obstacle {
  readonly finding: string;
  readonly repair: string;
}

export interface Inspection {
  /** Repositories that exist and are taken over. */
  readonly adopted: readonly string[];
  readonly created: readonly string[];
  readonly obstacles: readonly Obstacle[];
}

interface Repository {
  readonly full_name: string;
  readonly visibility: string;
  readonly archived: boolean;
  readonly permissions?: { readonly admin: boolean };
}

const grant = 'grant it in the settings of the token or the App (docs/github.md), and accept it in the organization';

async function rights(
  { api, installation }: GithubSession,
  forge: GithubForge,
  environments: readonly Environment[],
): Promise<readonly Obstacle[]> {
  if (installation !== undefined) {
    const { login } = installation.account;
    const wrong = login.toLowerCase() !== forge.organization;
    return [
      ...missingPermissions(installation, neededPermissions(forge, environments)).map((what) => ({
        finding: `the GitHub App lacks the permission ${what}`,
        repair: grant,
      })),
      ...(wrong
        ? [
            {
              finding: `the App is installed in "${login}", not in "${forge.organization}"`,
              repair: 'install it there',
            },
          ]
        : []),
    ];
  }
  const { headers } = await api.ask('GET', '/user');
  const scopes = headers.get('x-oauth-scopes');
  // a fine-grained token has none, and GitHub tells what it lacks only where it is asked for
  if (scopes === null || scopes === '') return [];
  return missingScopes(scopes, environments).map((scope) => ({
    finding: `the token lacks the scope ${scope}`,
    repair: 'add it below Settings, Developer settings, Personal access tokens',
  }));
}

function faultOf(repository: Repository, full: string, visibility: string): Obstacle | undefined {
  if (repository.full_name.toLowerCase() !== full) {
    return { finding: `${full} was renamed to ${repository.full_name}`, repair: 'write its new name in the catalog' };
  }
  if (repository.archived) {
    return { finding: `${full} is archived`, repair: `unarchive it: gh repo unarchive ${full}` };
  }
  if (repository.permissions?.admin === false) {
    return {
      finding: `${full} exists, and is not these credentials' to administer`,
      repair: 'give them the role admin',
    };
  }
  if (repository.visibility !== visibility) {
    return {
      finding: `${full} is ${repository.visibility}, and the catalog says ${visibility}: forks and stars would be lost`,
      repair: `write visibility: '${repository.visibility}', or change it on GitHub yourself`,
    };
  }
  return undefined;
}

/** What an administrator may read; a token with less is told which permission it lacks. */
function probesOf({ variables, secrets, webhookUrl }: GithubForge): readonly string[] {
  return [
    'keys',
    'environments',
    ...(Object.keys(variables).length > 0 ? ['actions/variables'] : []),
    ...(Object.keys(secrets).length > 0 ? ['actions/secrets'] : []),
    ...(webhookUrl === undefined ? [] : ['hooks']),
  ];
}

async function lacking(api: GithubApi, path: string, forge: GithubForge): Promise<readonly Obstacle[]> {
  for (const probe of probesOf(forge)) {
    try {
      await api.ask('GET', `${path}/${probe}?per_page=1`);
    } catch (error) {
      if (!(error instanceof UserError) || !/ is missing$/.test(error.message)) throw error;
      return [{ finding: error.message, repair: grant }];
    }
  }
  return [];
}

async function missingReviewers(
  api: GithubApi,
  { organization }: GithubForge,
  environments: readonly Environment[],
): Promise<readonly Obstacle[]> {
  const obstacles: Obstacle[] = [];
  for (const name of new Set(environments.flatMap(({ reviewers = [] }) => reviewers))) {
    const team = name.startsWith('team:') ? name.slice('team:'.length) : undefined;
    const path = team === undefined ? `/users/${name}` : `/orgs/${organization}/teams/${team}`;
    if ((await api.ask('GET', path, [200, 404])).status === 200) continue;
    obstacles.push({
      finding: team === undefined ? `GitHub has no user "${name}"` : `"${organization}" has no team "${team}"`,
      repair: 'mend reviewers in apps/environments.ts',
    });
  }
  return obstacles;
}

/**
 * Looks whether everything can be made before anything is, and changes nothing.
 *
 * @throws UserError where GitHub refuses the credentials as a whole
 */
export async function inspect(session: GithubSession, catalog: Catalog, forge: GithubForge): Promise<Inspection> {
  const { api } = session;
  const { organization, visibility } = forge;
  const obstacles = [...(await rights(session, forge, catalog.environments))];
  const adopted: string[] = [];
  const created: string[] = [];
  if ((await api.ask('GET', `/users/${organization}`, [200, 404])).status === 404) {
    const repair = 'mend forge.organization in apps/platform.ts, or create the organization';
    return { adopted, created, obstacles: [...obstacles, { finding: `GitHub has no "${organization}"`, repair }] };
  }
  for (const { name } of repositoriesOf(catalog, forge)) {
    const full = `${organization}/${name}`;
    const { status, body } = await api.ask('GET', `/repos/${full}`, [200, 404]);
    (status === 404 ? created : adopted).push(full);
    if (status === 404) continue;
    const fault = faultOf(body as Repository, full, visibility);
    obstacles.push(...(fault === undefined ? await lacking(api, `/repos/${full}`, forge) : [fault]));
  }
  obstacles.push(...(await missingReviewers(api, forge, catalog.environments)));
  return { adopted, created, obstacles };
}
