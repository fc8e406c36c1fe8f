import * as github from '@pulumi/github';
import * as pulumi from '@pulumi/pulumi';
import { names } from '../github/repositories';
import { DeployKey } from '../provider/resources';
import type { Adoptions } from './github-options';

export interface GithubAccessArgs {
  readonly repositoryName: string;
  readonly repository: pulumi.Input<string>;
  /** The platform's name, which tells the keys of several clusters apart. */
  readonly platform: string;
  /** @default none: Argo CD asks */
  readonly webhook?: {
    /** Where GitHub reaches Argo CD. */
    readonly url: string;
    readonly secret: pulumi.Input<string>;
    /** What tells Argo CD the secret: events that come before would be refused. */
    readonly listener: pulumi.Resource;
  };
  readonly adopt: Adoptions;
}

/** How this cluster reads a repository and hears of pushes. Both end with the platform: a key of nobody opens no door. */
export class GithubAccess extends pulumi.ComponentResource {
  readonly sshPrivateKey: pulumi.Output<string>;

  constructor(name: string, args: GithubAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:GithubAccess', name, {}, opts);
    const { repository, repositoryName, platform, webhook, adopt } = args;
    const title = `argo-cd@${platform}`;
    const pair = new DeployKey(name, { comment: title }, { parent: this });
    const known = new github.RepositoryDeployKey(
      name,
      { repository, title, key: pair.publicKey, readOnly: true },
      { parent: this },
    );
    // who uses the key waits until GitHub knows it
    this.sshPrivateKey = pulumi.all([pair.privateKey, known.id]).apply(([key]) => key);
    if (webhook !== undefined) {
      const { url, secret, listener } = webhook;
      const id = adopt[names.webhook(repositoryName)];
      new github.RepositoryWebhook(
        name,
        { repository, events: ['push'], active: true, configuration: { url, contentType: 'json', secret } },
        { parent: this, dependsOn: [listener], ...(id !== undefined && { import: id }) },
      );
    }
    this.registerOutputs();
  }
}
