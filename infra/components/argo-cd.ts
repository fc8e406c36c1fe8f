import * as pulumi from '@pulumi/pulumi';
import { argoCdNamespace, argoCdTransform } from './argo-cd-transforms';
import type { ImageMirror } from './images';
import { parseManifest, type KubernetesObject } from './kubernetes-object';
import { namespaceLabels } from './transforms';
import { UpstreamManifest } from './upstream-manifest';

export interface ArgoCdArgs {
  /** The upstream manifest, unmodified. */
  readonly manifest: string;
  /** The address of its web page. */
  readonly url: string;
  /** The address of the forge that generators may ask. */
  readonly forgeUrl: string;
  /** @default nodes pull for themselves */
  readonly mirror?: ImageMirror | undefined;
}

const namespace: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: argoCdNamespace, labels: namespaceLabels('restricted') },
};

/** Argo CD as published, on the nodes of the platform, sized for a small machine. */
export class ArgoCd extends pulumi.ComponentResource {
  readonly namespace: string = argoCdNamespace;
  /** The namespace and the definitions: what has to be there before an object of Argo CD's own kinds. */
  readonly definitions: readonly pulumi.Resource[];

  constructor(name: string, args: ArgoCdArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:ArgoCd', name, {}, opts);
    const objects = [namespace, ...parseManifest(args.manifest).map(argoCdTransform(args))];
    const manifest = new UpstreamManifest(name, { objects, mirror: args.mirror }, { parent: this });
    this.definitions = manifest.definitions;
    this.registerOutputs();
  }
}
