import * as pulumi from '@pulumi/pulumi';
import type { ForgeConnection } from '../provider/forge/connection';
import { ForgeToken, ForgeUser, RandomPassword } from '../provider/resources';
import type { TokenScope } from '../provider/types/forge-token';

export interface ForgeAccountArgs {
  readonly forge: pulumi.Input<ForgeConnection>;
  readonly cluster: pulumi.Input<string>;
  readonly login: string;
  /** What its token may be used for, at most. */
  readonly scopes: readonly TokenScope[];
}

/** A user of the forge for a program, and its token. The password is kept by nobody who uses the account. */
export class ForgeAccount extends pulumi.ComponentResource {
  readonly login: string;
  readonly token: pulumi.Output<string>;
  readonly user: pulumi.Resource;

  constructor(name: string, args: ForgeAccountArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:ForgeAccount', name, {}, opts);
    const { login, scopes, ...common } = args;
    this.login = login;
    const password = new RandomPassword(`${name}-password`, {}, { parent: this }).value;
    this.user = new ForgeUser(
      name,
      { ...common, login, email: `${login}@slipway.invalid`, password },
      { parent: this },
    );
    this.token = new ForgeToken(name, { ...common, login, scopes }, { parent: this, dependsOn: [this.user] }).value;
    this.registerOutputs();
  }
}
