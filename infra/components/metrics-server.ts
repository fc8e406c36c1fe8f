import * as pulumi from '@pulumi/pulumi';
import type { ImageMirror } from './images';
import { parseManifest, type Transform } from './kubernetes-object';
import { edited, inOrder, lookingOften, only, onTier, withResources } from './transforms';
import { UpstreamManifest } from './upstream-manifest';

export interface MetricsServerArgs {
  /** The upstream manifest, unmodified. */
  readonly manifest: string;
  /** @default nodes pull for themselves */
  readonly mirror?: ImageMirror | undefined;
  /** Takes the kubelets' certificates as they are, as where they sign them themselves. @default true */
  readonly trusting?: boolean;
}

/** What we change in the upstream manifest. */
export const metricsServerTransform: Transform = inOrder(
  onTier('backstage'),
  lookingOften(2),
  withResources({ cpuRequest: '20m', memoryRequest: '48Mi', memoryLimit: '200Mi' }),
);

const trustingKubelets: Transform = only('Deployment', 'metrics-server', (object) =>
  edited(object, (copy) => copy.spec.template.spec.containers[0].args.push('--kubelet-insecure-tls')),
);

/** Answers `kubectl top`. */
export class MetricsServer extends pulumi.ComponentResource {
  constructor(name: string, args: MetricsServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:MetricsServer', name, {}, opts);
    const { trusting = true } = args;
    const change = trusting ? inOrder(metricsServerTransform, trustingKubelets) : metricsServerTransform;
    const objects = parseManifest(args.manifest).map(change);
    new UpstreamManifest(name, { objects, mirror: args.mirror }, { parent: this });
    this.registerOutputs();
  }
}
