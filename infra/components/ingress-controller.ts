import type * as pulumi from '@pulumi/pulumi';
import type { ImageMirror } from './images';

export const ingressNamespace = 'ingress-nginx';

/** Every controller's namespace carries it, so that NetworkPolicies in dist fit whichever is running. */
export const ingressNamespaceLabels = { 'slipway.dev/ingress': 'true' } as const;

export interface IngressControllerArgs {
  /** Images that it runs, and where nodes get them. @default nodes pull for themselves */
  readonly mirror?: ImageMirror | undefined;
}

/**
 * Serves Ingresses of the class `nginx` at ports 80 and 443 of the node that this machine's loopback is mapped to.
 * What makes Ingresses waits for the controller: one of them checks every Ingress before it is accepted.
 */
export interface IngressController extends pulumi.ComponentResource {
  readonly controller: 'ingress-nginx' | 'traefik';
}
