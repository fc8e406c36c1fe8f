import * as github from '@pulumi/github';
import * as pulumi from '@pulumi/pulumi';
import type { Environment, GithubForge as GithubFacts } from '../../apps/model';
import type { GithubCredentials } from '../github/credentials';
import type { RepositoryFacts } from '../github/repositories';
import { GithubActions } from './github-actions';
import type { Adoptions } from './github-options';
import { GithubRepository } from './github-repository';
import { GithubRuleset } from './github-ruleset';

export interface GithubForgeArgs {
  readonly forge: GithubFacts;
  /** The platform's own first. */
  readonly repositories: readonly RepositoryFacts[];
  readonly environments: readonly Environment[];
  readonly credentials: GithubCredentials;
  /** Values of the secrets of Actions, by name. */
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
  readonly adopt: Adoptions;
}

function connect(
  name: string,
  { forge, credentials }: GithubForgeArgs,
  opts: pulumi.CustomResourceOptions,
): github.Provider {
  const owner = forge.organization;
  if (credentials.type === 'token') {
    return new github.Provider(name, { owner, token: pulumi.secret(credentials.token) }, opts);
  }
  // the library takes it for the token where none is given, and the provider refuses to have both
  delete process.env['GITHUB_TOKEN'];
  const { appId, installationId, privateKey } = credentials;
  const appAuth = pulumi.secret({ id: String(appId), installationId: String(installationId), pemFile: privateKey });
  return new github.Provider(name, { owner, appAuth }, opts);
}

/**
 * The repositories of the platform and of its services on GitHub. What the platform's branch demands is left to those who
 * deliver to it first. The provider asks one thing at a time, and waits as long as GitHub's limits say.
 */
export class GithubForge extends pulumi.ComponentResource {
  readonly provider: github.Provider;
  readonly platform: GithubRepository;

  constructor(name: string, args: GithubForgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:GithubForge', name, {}, opts);
    this.provider = connect(name, args, { parent: this });
    const { forge, adopt, environments, secrets } = args;
    const under = { parent: this, providers: [this.provider] };
    const [platform, ...services] = args.repositories as readonly [RepositoryFacts, ...RepositoryFacts[]];
    const add = (repository: RepositoryFacts): GithubRepository =>
      new GithubRepository(`${name}-${repository.name}`, { repository, forge, adopt }, under);

    const equip = (facts: RepositoryFacts, made: GithubRepository, used: readonly Environment[]): GithubActions =>
      new GithubActions(
        `${name}-${facts.name}`,
        { facts, repository: made.repository, forge, environments: used, secrets, adopt },
        under,
      );

    this.platform = add(platform);
    equip(platform, this.platform, environments);
    // a service's own workflow publishes; where it goes from there is the platform's
    const fedByMerges = environments.filter(({ promotesFrom }) => promotesFrom === undefined);
    for (const service of services) {
      const made = add(service);
      equip(service, made, fedByMerges);
      const { repository } = made;
      new GithubRuleset(
        `${name}-${service.name}-branch`,
        { repositoryName: service.name, repository, forge, adopt },
        under,
      );
    }
    this.registerOutputs();
  }
}
