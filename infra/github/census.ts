import type { Catalog, GithubForge } from '../../apps/model';
import type { Adoptions } from '../components/github-options';
import type { GithubApi } from './api';
import { names, repositoriesOf, rulesetName } from './repositories';

interface Named {
  readonly id: number;
  readonly name: string;
}

interface Hook {
  readonly id: number;
  readonly config: { readonly url?: string };
}

/**
 * What is on GitHub of what Slipway would make, by the names of its resources and as IDs that Pulumi imports. Labels,
 * environments and secrets are not among it: the provider takes over what it finds of those by itself.
 */
export async function takeCensus(api: GithubApi, catalog: Catalog, forge: GithubForge): Promise<Adoptions> {
  const found: Record<string, string> = {};
  for (const { name, platform } of repositoriesOf(catalog, forge)) {
    const path = `/repos/${forge.organization}/${name}`;
    if ((await api.ask('GET', path, [200, 404])).status === 404) continue;
    found[names.repository(name)] = name;
    const rulesets = await api.list<Named>(`${path}/rulesets?includes_parents=false`);
    const ruleset = rulesets.find((one) => one.name === rulesetName);
    if (ruleset !== undefined) found[names.ruleset(name)] = `${name}:${ruleset.id}`;
    if (platform) Object.assign(found, await censusOfPlatform(api, path, forge));
  }
  return found;
}

async function censusOfPlatform(api: GithubApi, path: string, forge: GithubForge): Promise<Adoptions> {
  const { repository } = forge;
  const wanted = Object.keys(forge.variables);
  const variables = wanted.length === 0 ? [] : await api.list<Named>(`${path}/actions/variables`, 'variables');
  const entries = variables
    .filter(({ name }) => wanted.includes(name))
    .map(({ name }) => [names.variable(repository, name), `${repository}:${name}`]);
  if (forge.webhookUrl !== undefined) {
    const hooks = await api.list<Hook>(`${path}/hooks`);
    const hook = hooks.find(({ config }) => config.url === forge.webhookUrl);
    if (hook !== undefined) entries.push([names.webhook(repository), `${repository}/${hook.id}`]);
  }
  return Object.fromEntries(entries) as Adoptions;
}
