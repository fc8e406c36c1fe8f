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
  for (const { name, platform, variables } of repositoriesOf(catalog, forge)) {
    const path = `/repos/${forge.organization}/${name}`;
    if ((await api.ask('GET', path, [200, 404])).status === 404) continue;
    found[names.repository(name)] = name;
    const rulesets = await api.list<Named>(`${path}/rulesets?includes_parents=false`);
    const ruleset = rulesets.find((one) => one.name === rulesetName);
    if (ruleset !== undefined) found[names.ruleset(name)] = `${name}:${ruleset.id}`;
    if (Object.keys(variables).length > 0) {
      const there = await api.list<Named>(`${path}/actions/variables`, 'variables');
      for (const variable of there.filter((one) => Object.hasOwn(variables, one.name))) {
        found[names.variable(name, variable.name)] = `${name}:${variable.name}`;
      }
    }
    if (platform && forge.webhookUrl !== undefined) {
      const hooks = await api.list<Hook>(`${path}/hooks`);
      const hook = hooks.find(({ config }) => config.url === forge.webhookUrl);
      if (hook !== undefined) found[names.webhook(name)] = `${name}/${hook.id}`;
    }
  }
  return found;
}
