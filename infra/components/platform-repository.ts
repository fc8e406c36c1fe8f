import * as pulumi from '@pulumi/pulumi';
import type { ForgeConnection } from '../provider/forge/connection';
import {
  FirstDelivery,
  ForgeAccess,
  ForgeBranchProtection,
  ForgeLabel,
  ForgeOrganization,
  ForgeRepository,
  ForgeTeam,
} from '../provider/resources';
import { ForgeAccount } from './forge-account';

export interface PlatformRepositoryArgs {
  readonly forge: pulumi.Input<ForgeConnection>;
  readonly clusterId: pulumi.Input<string>;
  readonly organization: string;
  readonly repository: string;
  readonly branch: string;
  /** The repository's one URL, without a port. */
  readonly url: string;
  /** `registry.<domain>` */
  readonly registryHost: string;
  /** Host and port to which this machine pushes images. */
  readonly registryAddress: pulumi.Input<string>;
  /** What the first delivery finds built. */
  readonly services: pulumi.Resource;
}

/** What a pull request can be marked with. */
export const pullRequestLabels = {
  preview: { color: '1d76db', description: 'Runs what it changes in a namespace of its own' },
  bump: { color: 'bfd4f2', description: 'Moves the release lock of an environment that follows merges' },
  promotion: { color: '0e8a16', description: 'Brings a release from one environment to the next' },
  rollback: { color: 'd93f0b', description: 'Brings a former release back, and holds it' },
} as const;

/** Any status of the workflows; one has to be there, and none may fail. */
const requiredStatuses = ['ci/*'];

/**
 * The platform's own copy of the project in the forge, delivered to once and protected from then on, and the accounts of
 * the programs that work with it. None of them may do more than its program needs.
 */
export class PlatformRepository extends pulumi.ComponentResource {
  /** Argo CD, and whoever checks out for workflows: reads every repository of the organisation. */
  readonly reader: ForgeAccount;
  /** Bumps, promotions and deliveries, by people and by workflows: alone writes to this repository past its protection. */
  readonly delivery: ForgeAccount;
  /** Argo CD Notifications and the runner of workflows: sets statuses in every repository, and cannot push to what is protected. */
  readonly reporter: ForgeAccount;
  readonly organization: pulumi.Resource;
  /** The commit of the copy after the first delivery. */
  readonly commit: pulumi.Output<string>;
  private readonly common: { readonly forge: pulumi.Input<ForgeConnection>; readonly cluster: pulumi.Input<string> };

  constructor(name: string, args: PlatformRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:PlatformRepository', name, {}, opts);
    this.common = { forge: args.forge, cluster: args.clusterId };
    const { organization, url, branch, registryHost, registryAddress } = args;
    // another name in the catalog must not delete what was delivered under the old one
    const kept = { parent: this, retainOnDelete: true };
    this.organization = new ForgeOrganization(name, { ...this.common, organization }, kept);
    const repository = new ForgeRepository(
      name,
      { ...this.common, organization, repository: args.repository, branch },
      { ...kept, dependsOn: [this.organization] },
    );
    this.reader = this.addReader(name, args);
    this.reporter = this.addReporter(name, args);
    this.delivery = this.addDelivery(name, args, repository);
    const delivered = new FirstDelivery(
      name,
      { ...this.common, url, branch, registryHost, registryAddress },
      { parent: this, dependsOn: [repository, args.services] },
    );
    this.commit = delivered.commit;
    this.addProtection(name, args, delivered);
    this.addLabels(name, organization);
    this.registerOutputs({ commit: this.commit });
  }

  private account(
    name: string,
    login: string,
    scopes: ConstructorParameters<typeof ForgeAccount>[1]['scopes'],
  ): ForgeAccount {
    return new ForgeAccount(name, { ...this.common, login, scopes }, { parent: this });
  }

  private addReader(name: string, { organization }: PlatformRepositoryArgs): ForgeAccount {
    // what lists repositories lists their labels too, which the forge counts among issues
    const reader = this.account(`${name}-reader`, 'argocd', ['read:issue', 'read:organization', 'read:repository']);
    const units = { 'repo.code': 'read', 'repo.pulls': 'read' } as const;
    new ForgeTeam(
      `${name}-readers`,
      { ...this.common, organization, team: 'readers', units, members: [reader.login] },
      { parent: this, dependsOn: [this.organization, reader.user] },
    );
    return reader;
  }

  private addReporter(name: string, { organization }: PlatformRepositoryArgs): ForgeAccount {
    const reporter = this.account(`${name}-reporter`, 'statuses', ['write:repository']);
    new ForgeTeam(
      `${name}-reporters`,
      { ...this.common, organization, team: 'reporters', units: { 'repo.code': 'write' }, members: [reporter.login] },
      { parent: this, dependsOn: [this.organization, reporter.user] },
    );
    return reporter;
  }

  private addDelivery(name: string, args: PlatformRepositoryArgs, repository: ForgeRepository): ForgeAccount {
    const delivery = this.account(`${name}-delivery`, 'delivery', ['read:user', 'write:issue', 'write:repository']);
    const { organization } = args;
    new ForgeAccess(
      `${name}-delivery`,
      { ...this.common, organization, repository: args.repository, login: delivery.login, permission: 'write' },
      { parent: this, dependsOn: [repository, delivery.user] },
    );
    return delivery;
  }

  private addProtection(name: string, args: PlatformRepositoryArgs, delivered: pulumi.Resource): void {
    const { organization, repository, branch } = args;
    const pushers = [this.delivery.login];
    new ForgeBranchProtection(
      name,
      { ...this.common, organization, repository, branch, pushers, requiredStatuses },
      { parent: this, dependsOn: [delivered, this.delivery.user] },
    );
  }

  private addLabels(name: string, organization: string): void {
    for (const [label, look] of Object.entries(pullRequestLabels)) {
      new ForgeLabel(
        `${name}-${label}`,
        { ...this.common, organization, label, ...look },
        { parent: this, dependsOn: [this.organization] },
      );
    }
  }
}
