import * as pulumi from '@pulumi/pulumi';
import { argoCdNamespace } from '../namespaces';
import { RandomPassword } from '../provider/resources';
import { argoCdTransform, type ArgoCdSettings } from './argo-cd-transforms';
import { withHostAliases, type HostAlias } from './host-aliases';
import type { ImageMirror } from './images';
import { parseManifest, type KubernetesObject } from './kubernetes-object';
import { namespaceLabels } from './transforms';
import { UpstreamManifest } from './upstream-manifest';

export interface ArgoCdArgs extends Omit<ArgoCdSettings, 'webhookSecret'> {
  /** The upstream manifest, highly available or not, unmodified. */
  readonly manifest: string;
  /** Names that its pods know besides those of the cluster's DNS. @default none */
  readonly hostAliases?: readonly HostAlias[];
  /** @default nodes pull for themselves */
  readonly mirror?: ImageMirror | undefined;
}

const namespace: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: argoCdNamespace, labels: namespaceLabels('restricted') },
};

/** Each component of upstream says who may come in; what has no policy of its own takes nobody in. */
const nobody: KubernetesObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'default-deny-ingress', namespace: argoCdNamespace },
  spec: { podSelector: {}, policyTypes: ['Ingress'] },
};

/** Argo CD as published, on the nodes of the platform, sized by what it has to do. */
export class ArgoCd extends pulumi.ComponentResource {
  readonly namespace: string = argoCdNamespace;
  /** The namespace and the definitions: what has to be there before an object of Argo CD's own kinds. */
  readonly definitions: readonly pulumi.Resource[];
  /** What the forge signs its events with. */
  readonly webhookSecret: pulumi.Output<string>;
  /** Where the forge sends its events. */
  readonly webhookUrl = `http://argocd-server.${argoCdNamespace}.svc.cluster.local/api/webhook`;

  constructor(name: string, args: ArgoCdArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:ArgoCd', name, {}, opts);
    this.webhookSecret = new RandomPassword(`${name}-webhook`, {}, { parent: this }).value;
    const transform = argoCdTransform({ ...args, webhookSecret: this.webhookSecret });
    const upstream = parseManifest(args.manifest).map(transform);
    const objects = [namespace, nobody, ...upstream.map(withHostAliases(args.hostAliases ?? []))];
    const manifest = new UpstreamManifest(name, { objects, mirror: args.mirror }, { parent: this });
    this.definitions = manifest.definitions;
    this.registerOutputs();
  }
}
