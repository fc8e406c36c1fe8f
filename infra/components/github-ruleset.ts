import * as github from '@pulumi/github';
import * as pulumi from '@pulumi/pulumi';
import type { GithubForge } from '../../apps/model';
import { names, rulesetName } from '../github/repositories';
import { kept, type Adoptions } from './github-options';

export interface GithubRulesetArgs {
  /** Plain, since it is part of the ruleset's identity. */
  readonly repositoryName: string;
  readonly repository: pulumi.Input<string>;
  /** @default the repository's default branch */
  readonly branch?: string;
  /** Checks of Actions that have to pass on the commit that is merged. @default none */
  readonly requiredChecks?: readonly string[];
  readonly forge: Pick<GithubForge, 'mergeMethods' | 'approvals' | 'automationAppId'>;
  readonly adopt: Adoptions;
  /** What pushes to the branch before the rules hold. @default nothing */
  readonly after?: pulumi.Resource;
}

/** GitHub Actions itself, so that no other App can report a check under the name of one of its jobs. */
const actionsAppId = 15368;

function rules({ forge, requiredChecks = [] }: GithubRulesetArgs): github.RepositoryRulesetArgs['rules'] {
  const { approvals, mergeMethods } = forge;
  return {
    deletion: true,
    nonFastForward: true,
    requiredLinearHistory: true,
    pullRequest: {
      allowedMergeMethods: [...mergeMethods],
      requiredApprovingReviewCount: approvals,
      // CODEOWNERS gives dist/production and .github to those who answer for them
      requireCodeOwnerReview: approvals > 0,
      requireLastPushApproval: approvals > 0,
      dismissStaleReviewsOnPush: true,
      requiredReviewThreadResolution: true,
    },
    ...(requiredChecks.length > 0 && {
      requiredStatusChecks: {
        requiredChecks: requiredChecks.map((context) => ({ context, integrationId: actionsAppId })),
        // what was checked is what will be on the branch: dist/ is rendered from all of it
        strictRequiredStatusChecksPolicy: true,
        doNotEnforceOnCreate: true,
      },
    }),
  };
}

/** What holds for the branch that is deployed from: reviewed, checked, linear, never rewritten. */
export class GithubRuleset extends pulumi.ComponentResource {
  constructor(name: string, args: GithubRulesetArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:GithubRuleset', name, {}, opts);
    const { repositoryName, repository, branch, forge, adopt, after } = args;
    new github.RepositoryRuleset(
      name,
      {
        repository,
        name: rulesetName,
        target: 'branch',
        enforcement: 'active',
        conditions: {
          refName: { includes: [branch === undefined ? '~DEFAULT_BRANCH' : `refs/heads/${branch}`], excludes: [] },
        },
        rules: rules(args),
        ...(forge.automationAppId !== undefined && {
          bypassActors: [{ actorId: forge.automationAppId, actorType: 'Integration', bypassMode: 'always' }],
        }),
      },
      { ...kept(this, adopt, names.ruleset(repositoryName)), dependsOn: after === undefined ? [] : [after] },
    );
    this.registerOutputs();
  }
}
