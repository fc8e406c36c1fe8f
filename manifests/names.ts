/** What rendered objects are known by to those who read them and load no construct. */

/** Where Argo CD looks for its own objects. */
export const argoNamespace = 'argocd';

/** The account that Argo CD applies objects with. */
export const argoController = `system:serviceaccount:${argoNamespace}:argocd-application-controller`;

/** Annotations that say in the cluster and to a review what an object's fields do not. */
export const policyAnnotations = {
  reason: 'slipway.dev/reason',
  repair: 'slipway.dev/repair',
  /** Before the service's name: who answers for its exception, why and until when, as JSON. */
  exception: 'slipway.dev/exception.',
} as const;
