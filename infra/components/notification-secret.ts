import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { argoCdNamespace } from '../namespaces';
import { notificationSecrets } from './notifications';

/** What notifications sign in with; only what the settings name is used. */
export type NotificationSecretArgs = Readonly<Partial<Record<keyof typeof notificationSecrets, pulumi.Input<string>>>>;

/** Fills the secret of notifications, which upstream's manifest has made empty. */
export class NotificationSecret extends pulumi.ComponentResource {
  constructor(name: string, args: NotificationSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:NotificationSecret', name, {}, opts);
    const entries = Object.entries(args) as [keyof typeof notificationSecrets, pulumi.Input<string>][];
    if (entries.length === 0) return;
    new k8s.core.v1.SecretPatch(
      name,
      {
        metadata: { name: 'argocd-notifications-secret', namespace: argoCdNamespace },
        stringData: Object.fromEntries(entries.map(([key, value]) => [notificationSecrets[key], value])),
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
