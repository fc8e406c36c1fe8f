import * as pulumi from '@pulumi/pulumi';
import type { ForgeConnection } from '../provider/forge/connection';
import {
  FirstDelivery,
  ForgeAccess,
  ForgeOrganization,
  ForgeRepository,
  ForgeUser,
  RandomPassword,
} from '../provider/resources';

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
  /** Port on 127.0.0.1 to which this machine pushes images. */
  readonly registryPort: number;
  /** What the first delivery finds built. */
  readonly services: pulumi.Resource;
}

/** The platform's own copy of the project in the forge, delivered to once, and a user that can only read it. */
export class PlatformRepository extends pulumi.ComponentResource {
  /** The name of the user that can read it. */
  readonly username: string = 'argocd';
  readonly password: pulumi.Output<string>;
  /** The commit of the copy after the first delivery. */
  readonly commit: pulumi.Output<string>;
  private readonly common: { readonly forge: pulumi.Input<ForgeConnection>; readonly cluster: pulumi.Input<string> };

  constructor(name: string, args: PlatformRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:PlatformRepository', name, {}, opts);
    this.common = { forge: args.forge, cluster: args.clusterId };
    this.password = new RandomPassword(`${name}-reader-password`, {}, { parent: this }).value;
    const repository = this.addRepository(name, args);
    this.addReader(name, args, repository);
    const { url, branch, registryHost, registryPort } = args;
    this.commit = new FirstDelivery(
      name,
      { ...this.common, url, branch, registryHost, registryPort },
      { parent: this, dependsOn: [repository, args.services] },
    ).commit;
    this.registerOutputs({ commit: this.commit });
  }

  private addRepository(name: string, { organization, repository, branch }: PlatformRepositoryArgs): ForgeRepository {
    // another name in the catalog must not delete what was delivered under the old one
    const kept = { parent: this, retainOnDelete: true };
    const owner = new ForgeOrganization(name, { ...this.common, organization }, kept);
    return new ForgeRepository(
      name,
      { ...this.common, organization, repository, branch },
      { ...kept, dependsOn: [owner] },
    );
  }

  private addReader(name: string, args: PlatformRepositoryArgs, repository: ForgeRepository): void {
    const login = this.username;
    const reader = new ForgeUser(
      `${name}-reader`,
      { ...this.common, login, email: `${login}@slipway.invalid`, password: this.password },
      { parent: this },
    );
    new ForgeAccess(
      `${name}-reader`,
      { ...this.common, organization: args.organization, repository: args.repository, login, permission: 'read' },
      { parent: this, dependsOn: [repository, reader] },
    );
  }
}
