import { repositoriesOfServices } from '../../apps/derived';
import type { Catalog, GithubForge } from '../../apps/model';

/** A repository that Slipway looks after on GitHub. */
export interface RepositoryFacts {
  readonly name: string;
  readonly description: string;
  /** The platform's own; the others hold services. */
  readonly platform: boolean;
  /** Of Actions: the catalog's, and those by which the workflows know the App that they push as, and the platform. */
  readonly variables: Readonly<Record<string, string>>;
}

function variablesOf({ automationAppId, variables, repository }: GithubForge, service: boolean) {
  return {
    ...(automationAppId !== undefined && { AUTOMATION_APP_ID: String(automationAppId) }),
    ...(service && { PLATFORM_REPOSITORY: repository }),
    ...variables,
  };
}

/** The platform's repository first, then those of services, each once, sorted. */
export function repositoriesOf(catalog: Catalog, forge: GithubForge): readonly RepositoryFacts[] {
  const services = catalog.services.filter(({ repository }) => repository !== undefined);
  const others = repositoriesOfServices(catalog);
  return [
    {
      name: forge.repository,
      description: forge.description,
      platform: true,
      variables: variablesOf(forge, false),
    },
    ...others.map((full) => {
      const held = services.filter(({ repository }) => repository === full).map(({ name }) => name);
      return {
        name: full.slice(forge.organization.length + 1),
        description: `Source of ${held.join(', ')}`,
        platform: false,
        variables: variablesOf(forge, true),
      };
    }),
  ];
}

/** Names of resources in Pulumi, which are their identities: the census of what exists speaks of the same ones. */
export const names = {
  repository: (repository: string) => `github-${repository}`,
  variable: (repository: string, variable: string) => `github-${repository}-variable-${variable}`,
  ruleset: (repository: string) => `github-${repository}-branch`,
  webhook: (repository: string) => `github-${repository}-argo-cd`,
} as const;

/** How the ruleset of a repository's branch is called on GitHub. */
export const rulesetName = 'slipway: branch';
