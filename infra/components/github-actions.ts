import * as github from '@pulumi/github';
import * as pulumi from '@pulumi/pulumi';
import type { Environment, GithubForge } from '../../apps/model';
import { names, type RepositoryFacts } from '../github/repositories';
import { kept, type Adoptions } from './github-options';

export interface GithubActionsArgs {
  readonly facts: RepositoryFacts;
  readonly repository: pulumi.Input<string>;
  readonly forge: Pick<GithubForge, 'branch' | 'secrets'>;
  /** Secrets of others are left out. */
  readonly environments: readonly Environment[];
  /** Values of the secrets by their name. */
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
  readonly adopt: Adoptions;
}

/** The numbers by which GitHub knows users, and teams of the provider's organization. */
function reviewersOf(
  reviewers: readonly string[],
  parent: pulumi.Resource,
): github.RepositoryEnvironmentArgs['reviewers'] {
  const teams = reviewers.filter((name) => name.startsWith('team:')).map((name) => name.slice('team:'.length));
  const users = reviewers.filter((name) => !name.startsWith('team:'));
  return [
    {
      users: users.map((username) => github.getUserOutput({ username }, { parent }).id.apply(Number)),
      teams: teams.map((slug) => github.getTeamOutput({ slug }, { parent }).id.apply(Number)),
    },
  ];
}

/** What workflows of a repository find: environments with those who approve, variables and secrets. */
export class GithubActions extends pulumi.ComponentResource {
  constructor(name: string, args: GithubActionsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:GithubActions', name, {}, opts);
    const environments = new Map(
      args.environments.map((environment) => [environment.name, this.addEnvironment(name, args, environment)]),
    );
    this.addVariables(name, args);
    this.addSecrets(name, args, environments);
    this.registerOutputs();
  }

  /** Only commits of the branch get at what an environment holds. */
  private addEnvironment(
    name: string,
    { repository, forge }: GithubActionsArgs,
    { name: environment, reviewers = [], waitMinutes = 0 }: Environment,
  ): github.RepositoryEnvironment {
    const child = `${name}-environment-${environment}`;
    const made = new github.RepositoryEnvironment(
      child,
      {
        repository,
        environment,
        ...(waitMinutes > 0 && { waitTimer: waitMinutes }),
        ...(reviewers.length > 0 && {
          reviewers: reviewersOf(reviewers, this),
          preventSelfReview: true,
          canAdminsBypass: false,
        }),
        deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true },
      },
      kept(this),
    );
    new github.RepositoryEnvironmentDeploymentPolicy(
      child,
      { repository, environment, branchPattern: forge.branch },
      { ...kept(this), dependsOn: [made] },
    );
    return made;
  }

  private addVariables(name: string, { repository, facts, adopt }: GithubActionsArgs): void {
    for (const [variableName, value] of Object.entries(facts.variables)) {
      new github.ActionsVariable(
        `${name}-variable-${variableName}`,
        { repository, variableName, value },
        kept(this, adopt, names.variable(facts.name, variableName)),
      );
    }
  }

  private addSecrets(
    name: string,
    { repository, forge, secrets }: GithubActionsArgs,
    made: ReadonlyMap<string, github.RepositoryEnvironment>,
  ): void {
    for (const [secretName, { environments }] of Object.entries(forge.secrets)) {
      const value = pulumi.secret(secrets[secretName]!);
      if (environments === undefined) {
        new github.ActionsSecret(`${name}-secret-${secretName}`, { repository, secretName, value }, kept(this));
      }
      for (const environment of (environments ?? []).filter((each) => made.has(each))) {
        new github.ActionsEnvironmentSecret(
          `${name}-secret-${environment}-${secretName}`,
          { repository, environment, secretName, value },
          { ...kept(this), dependsOn: [made.get(environment)!] },
        );
      }
    }
  }
}
