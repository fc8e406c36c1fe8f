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
}

/** What we change in the upstream manifest. */
export const metricsServerTransform: Transform = inOrder(
  onTier('backstage'),
  lookingOften(2),
  withResources({ cpuRequest: '20m', memoryRequest: '48Mi', memoryLimit: '200Mi' }),
  only('Deployment', 'metrics-server', (object) =>
    edited(object, (copy) => {
      // kubelets of kind sign their certificates themselves
      copy.spec.template.spec.containers[0].args.push('--kubelet-insecure-tls');
    }),
  ),
);

/** Answers `kubectl top`. */
export class MetricsServer extends pulumi.ComponentResource {
  constructor(name: string, args: MetricsServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:MetricsServer', name, {}, opts);
    const objects = parseManifest(args.manifest).map(metricsServerTransform);
    new UpstreamManifest(name, { objects, mirror: args.mirror }, { parent: this });
    this.registerOutputs();
  }
}
