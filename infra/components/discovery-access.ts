import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { argoCdNamespace } from '../namespaces';
import { generatorTokenSecret } from './forge-credentials';

export interface DiscoveryAccessArgs {
  /** How the addresses begin of all repositories that may be read: `http://git.offerfit.local/offerfit/`. */
  readonly prefix: string;
  readonly username: string;
  /** Reads repositories and their list, and nothing else. */
  readonly token: pulumi.Input<string>;
  /** Make the Secret by which generators list repositories. @default it is there */
  readonly listing?: boolean;
}

/** Lets Argo CD list and read repositories of an organization that nobody knows yet. dist/ names these Secrets alone. */
export class DiscoveryAccess extends pulumi.ComponentResource {
  constructor(name: string, args: DiscoveryAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:DiscoveryAccess', name, {}, opts);
    const { prefix, username, token, listing = false } = args;
    new k8s.core.v1.Secret(
      name,
      {
        metadata: {
          name: 'discovered-repositories',
          namespace: argoCdNamespace,
          labels: { 'argocd.argoproj.io/secret-type': 'repo-creds' },
        },
        stringData: { type: 'git', url: prefix, username, password: token },
      },
      { parent: this },
    );
    if (listing) new k8s.core.v1.Secret(`${name}-token`, generatorTokenSecret(token), { parent: this });
    this.registerOutputs();
  }
}
