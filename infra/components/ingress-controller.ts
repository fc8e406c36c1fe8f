import type * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import type { ImageMirror } from './images';

/** Every controller's namespace carries it, so that NetworkPolicies in dist fit whichever is running. */
export const ingressNamespaceLabels = { 'slipway.dev/ingress': 'true' } as const;

export interface IngressControllerArgs {
  /** Images that it runs, and where nodes get them. @default nodes pull for themselves */
  readonly mirror?: ImageMirror | undefined;
  /** A load balancer of the cluster leads to it. @default false: it listens at ports 80 and 443 of its node */
  readonly balanced?: boolean;
}

/** Where a load balancer listens, as the cluster says once it is there. */
export function balancerAddress(service: k8s.core.v1.Service): pulumi.Output<string> {
  return service.status.apply((status) => {
    const [first] = status?.loadBalancer?.ingress ?? [];
    return first?.ip ?? first?.hostname ?? '';
  });
}

/**
 * Serves Ingresses of the class `nginx`, at ports 80 and 443 of its node or behind a load balancer.
 * What makes Ingresses waits for the controller: one of them checks every Ingress before it is accepted.
 */
export interface IngressController extends pulumi.ComponentResource {
  readonly controller: 'ingress-nginx' | 'traefik';
  /** Of the load balancer; undefined where it listens at its node. */
  readonly balancer: pulumi.Output<string> | undefined;
}
