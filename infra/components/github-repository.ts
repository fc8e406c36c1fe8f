import * as github from '@pulumi/github';
import * as pulumi from '@pulumi/pulumi';
import type { GithubForge } from '../../apps/model';
import { names, type RepositoryFacts } from '../github/repositories';
import { kept, type Adoptions } from './github-options';

export interface GithubRepositoryArgs {
  readonly repository: RepositoryFacts;
  readonly forge: Pick<GithubForge, 'visibility' | 'topics' | 'labels' | 'mergeMethods'>;
  readonly adopt: Adoptions;
}

/** Settings that are the owner's: whatever they are, they stay. */
const leftAlone = [
  'allowForking',
  'hasDiscussions',
  'homepageUrl',
  'isTemplate',
  'pages',
  'template',
  'webCommitSignoffRequired',
];

const on = { status: 'enabled' };

/**
 * A repository and what makes it safe to work in: how pull requests are merged, labels, what Actions may do, and alerts.
 * It is never deleted: the stack forgets it, and were it deleted all the same, the provider would archive it.
 */
export class GithubRepository extends pulumi.ComponentResource {
  /** The repository's name, known once it exists. */
  readonly repository: pulumi.Output<string>;

  constructor(name: string, args: GithubRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:GithubRepository', name, {}, opts);
    this.repository = this.addRepository(name, args).name;
    this.addLabels(name, args);
    this.limitActions(name);
    this.watchDependencies(name);
    this.registerOutputs({ repository: this.repository });
  }

  private addRepository(name: string, { repository, forge, adopt }: GithubRepositoryArgs): github.Repository {
    const squash = forge.mergeMethods.includes('squash');
    return new github.Repository(
      name,
      {
        name: repository.name,
        description: repository.description,
        visibility: forge.visibility,
        topics: [...forge.topics],
        hasIssues: true,
        hasWiki: false,
        hasProjects: false,
        allowMergeCommit: false,
        allowSquashMerge: squash,
        allowRebaseMerge: forge.mergeMethods.includes('rebase'),
        allowAutoMerge: true,
        allowUpdateBranch: true,
        deleteBranchOnMerge: true,
        // the commit says what the pull request says, which is what its reviewers read
        ...(squash && { squashMergeCommitTitle: 'PR_TITLE', squashMergeCommitMessage: 'PR_BODY' }),
        // the platform's history comes with its first delivery; a ruleset would refuse the first push to another
        autoInit: !repository.platform,
        archiveOnDestroy: true,
        // on private repositories both take a licence
        ...(forge.visibility === 'public' && {
          securityAndAnalysis: { secretScanning: on, secretScanningPushProtection: on },
        }),
      },
      { ...kept(this, adopt, names.repository(repository.name)), ignoreChanges: leftAlone },
    );
  }

  private addLabels(name: string, { forge }: GithubRepositoryArgs): void {
    for (const [label, { color, description }] of Object.entries(forge.labels)) {
      new github.IssueLabel(
        `${name}-label-${label}`,
        { repository: this.repository, name: label, color, ...(description !== undefined && { description }) },
        kept(this),
      );
    }
  }

  /** Workflows read unless they say otherwise, cannot approve what they wrote, and name every action by its commit. */
  private limitActions(name: string): void {
    new github.ActionsRepositoryPermissions(
      name,
      { repository: this.repository, enabled: true, allowedActions: 'all', shaPinningRequired: true },
      kept(this),
    );
    new github.WorkflowRepositoryPermissions(
      name,
      { repository: this.repository, defaultWorkflowPermissions: 'read', canApprovePullRequestReviews: false },
      kept(this),
    );
  }

  private watchDependencies(name: string): void {
    const alerts = new github.RepositoryVulnerabilityAlerts(
      name,
      { repository: this.repository, enabled: true },
      kept(this),
    );
    new github.RepositoryDependabotSecurityUpdates(
      name,
      { repository: this.repository, enabled: true },
      { ...kept(this), dependsOn: [alerts] },
    );
  }
}
