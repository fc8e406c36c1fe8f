import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { argoCdNamespace, forgeNamespace } from '../namespaces';
import type { ForgeAccount } from './forge-account';

export interface ForgeCredentialsArgs {
  readonly reader: ForgeAccount;
  readonly delivery: ForgeAccount;
}

/** Where the commands of this machine find the account that may push. */
export const deliverySecret = 'forge-delivery';
/** Where generators that list repositories or pull requests find a token, under `token`. */
export const generatorSecret = 'forge-token';

/** The Secret that generators may name. */
export function generatorTokenSecret(token: pulumi.Input<string>): k8s.core.v1.SecretArgs {
  return {
    metadata: {
      name: generatorSecret,
      namespace: argoCdNamespace,
      // the only secrets that a generator may name
      labels: { 'argocd.argoproj.io/secret-type': 'scm-creds' },
    },
    stringData: { token },
  };
}

/** Brings each account's token to the one program that uses it. */
export class ForgeCredentials extends pulumi.ComponentResource {
  constructor(name: string, args: ForgeCredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:ForgeCredentials', name, {}, opts);
    const { reader, delivery } = args;
    new k8s.core.v1.Secret(
      `${name}-delivery`,
      {
        metadata: { name: deliverySecret, namespace: forgeNamespace },
        stringData: { username: delivery.login, password: delivery.token },
      },
      { parent: this },
    );
    new k8s.core.v1.Secret(`${name}-generators`, generatorTokenSecret(reader.token), { parent: this });
    this.registerOutputs();
  }
}
