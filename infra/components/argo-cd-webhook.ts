import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { argoCdNamespace } from '../namespaces';

export interface ArgoCdWebhookArgs {
  /** The key of `argocd-secret` that Argo CD looks for: `webhook.github.secret`. */
  readonly key: `webhook.${string}.secret`;
  readonly secret: pulumi.Input<string>;
}

/** Tells Argo CD the secret that a forge signs its events with. The other keys of `argocd-secret` are Argo CD's own. */
export class ArgoCdWebhook extends pulumi.ComponentResource {
  constructor(name: string, { key, secret }: ArgoCdWebhookArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:ArgoCdWebhook', name, {}, opts);
    const value = pulumi.secret(secret).apply((text) => Buffer.from(text).toString('base64'));
    new k8s.core.v1.SecretPatch(
      name,
      { metadata: { name: 'argocd-secret', namespace: argoCdNamespace }, data: { [key]: value } },
      { parent: this },
    );
    this.registerOutputs();
  }
}
