/** A kind of the whole cluster, such as `{ group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' }`. */
export interface ClusterKindProps {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
}

/** Repositories of the forge's organization that are deployed because of their name. @see docs/add-ons.md */
export interface DiscoveryProps {
  /** `<tool>-addon`: its folder `manifests`, to every cluster, into the namespace `addon-<tool>`. @default false */
  readonly addOns?: boolean;
  /** Kinds of the whole cluster that add-ons may hold beside their own namespace. @default none */
  readonly addOnClusterKinds?: readonly ClusterKindProps[];
  /** `<app>-deployment`: the folder of every environment that it has, into that environment. @default false */
  readonly deployments?: boolean;
}

export interface Discovery {
  readonly addOns: boolean;
  readonly addOnClusterKinds: readonly ClusterKindProps[];
  readonly deployments: boolean;
}

/** Nothing is deployed because of its name unless the team says so. */
export function resolveDiscovery(props: DiscoveryProps = {}): Discovery {
  const { addOns = false, addOnClusterKinds = [], deployments = false } = props;
  return { addOns, addOnClusterKinds, deployments };
}
