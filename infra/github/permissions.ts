import type { Environment, GithubForge } from '../../apps/model';
import type { Installation } from './session';

/** A right and the least of it, as GitHub writes both. */
export type Permission = readonly [name: string, access: 'read' | 'write'];

const asksTeams = (environments: readonly Environment[]): boolean =>
  environments.some(({ reviewers = [] }) => reviewers.some((name) => name.startsWith('team:')));

/** What an App, or a fine-grained token, needs for this catalog. */
export function neededPermissions(forge: GithubForge, environments: readonly Environment[]): readonly Permission[] {
  return [
    ['administration', 'write'],
    ['contents', 'write'],
    ['workflows', 'write'],
    ['issues', 'write'],
    ['environments', 'write'],
    ['vulnerability_alerts', 'write'],
    ...(Object.keys(forge.variables).length > 0 ? [['actions_variables', 'write'] as const] : []),
    ...(Object.keys(forge.secrets).length > 0 ? [['secrets', 'write'] as const] : []),
    ...(forge.webhookUrl === undefined ? [] : [['repository_hooks', 'write'] as const]),
    ...(asksTeams(environments) ? [['members', 'read'] as const] : []),
  ];
}

/** As they are called in the settings of an App: `administration: write`. */
export function missingPermissions(
  { permissions }: Pick<Installation, 'permissions'>,
  needed: readonly Permission[],
): readonly string[] {
  return needed
    .filter(
      ([name, access]) =>
        permissions[name] !== 'write' && permissions[name] !== 'admin' && permissions[name] !== access,
    )
    .map(([name, access]) => `${name.replaceAll('_', ' ')}: ${access}`);
}

/** Scopes that include others. */
const included: Readonly<Record<string, readonly string[]>> = {
  'read:org': ['read:org', 'write:org', 'admin:org'],
};

/** What a classic token needs and its scopes do not have. @param header `X-OAuth-Scopes`, which only such a token has */
export function missingScopes(header: string, environments: readonly Environment[]): readonly string[] {
  const scopes = new Set(header.split(',').map((scope) => scope.trim()));
  const needed = ['repo', 'workflow', ...(asksTeams(environments) ? ['read:org'] : [])];
  return needed.filter((scope) => !(included[scope] ?? [scope]).some((one) => scopes.has(one)));
}
