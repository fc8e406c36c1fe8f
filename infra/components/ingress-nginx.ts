import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { ingressNamespace } from '../namespaces';
import {
  balancerAddress,
  ingressNamespaceLabels,
  type IngressController,
  type IngressControllerArgs,
} from './ingress-controller';
import { parseManifest, type KubernetesObject, type Transform } from './kubernetes-object';
import { edited, inOrder, lookingOften, namespaceLabels, only, onTier, withResources } from './transforms';
import { UpstreamManifest } from './upstream-manifest';

export interface IngressNginxArgs extends IngressControllerArgs {
  /** The upstream manifest for kind, unmodified. */
  readonly manifest: string;
}

/* eslint-disable @typescript-eslint/no-explicit-any -- objects of upstream manifests have no type here */

/** What we change in the upstream manifest. */
export const ingressNginxTransform: Transform = inOrder(
  only('Namespace', undefined, (object) =>
    edited(object, (copy) => {
      // privileged: it listens at ports of its node, which the stricter levels forbid
      copy.metadata.labels = { ...copy.metadata.labels, ...namespaceLabels('privileged', ingressNamespaceLabels) };
    }),
  ),
  onTier('backstage'),
  lookingOften(2),
  only('Deployment', undefined, withResources({ cpuRequest: '50m', memoryRequest: '90Mi', memoryLimit: '512Mi' })),
  only('Job', undefined, withResources({ cpuRequest: '10m', memoryRequest: '32Mi', memoryLimit: '64Mi' })),
  // kind has nobody who gives out addresses, so a LoadBalancer would be waited for in vain
  only('Service', 'ingress-nginx-controller', (object) =>
    edited(object, (copy) => {
      copy.spec.type = 'ClusterIP';
      delete copy.spec.externalTrafficPolicy;
    }),
  ),
  // a Job that removes itself is missing at the next look, and would be made again and again
  only('Job', undefined, (object) => edited(object, (copy: any) => delete copy.spec.ttlSecondsAfterFinished)),
);

/** Behind a load balancer no port of a node is needed. */
const withoutNodePorts: Transform = only('Deployment', undefined, (object) =>
  edited(object, (copy) => {
    for (const container of copy.spec.template.spec.containers) {
      for (const port of container.ports ?? []) delete port.hostPort;
    }
  }),
);

const service = 'ingress-nginx-controller';
const isBalancer = ({ kind, metadata }: KubernetesObject): boolean => kind === 'Service' && metadata.name === service;

/** ingress-nginx as published for kind. @see https://kubernetes.github.io/ingress-nginx/deploy/#quick-start */
export class IngressNginx extends pulumi.ComponentResource implements IngressController {
  readonly controller = 'ingress-nginx';
  readonly balancer: pulumi.Output<string> | undefined;

  constructor(name: string, args: IngressNginxArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:IngressNginx', name, {}, opts);
    const objects = parseManifest(args.manifest).map(ingressNginxTransform);
    const { mirror, balanced = false } = args;
    const here = balanced ? objects.filter((object) => !isBalancer(object)).map(withoutNodePorts) : objects;
    const manifest = new UpstreamManifest(name, { objects: here, mirror }, { parent: this });
    this.balancer = balanced ? this.addBalancer(name, objects.find(isBalancer)!, manifest) : undefined;
    this.registerOutputs();
  }

  private addBalancer(
    name: string,
    { metadata, spec }: KubernetesObject,
    manifest: UpstreamManifest,
  ): pulumi.Output<string> {
    const balancer = new k8s.core.v1.Service(
      `${name}-balancer`,
      {
        metadata: { ...metadata, namespace: ingressNamespace },
        spec: { ...(spec as object), type: 'LoadBalancer' },
      },
      { parent: this, dependsOn: [...manifest.definitions] },
    );
    return balancerAddress(balancer);
  }
}
