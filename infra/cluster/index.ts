export type {
  ClusterChange,
  ClusterContext,
  ClusterDriver,
  ClusterNode,
  ClusterRegistry,
  ClusterSpec,
  ClusterState,
  ClusterTool,
  DriverContext,
  NodeMount,
  PortMapping,
} from './driver';
export { withIngressPorts } from './driver';
export { existingDriver, existingFiles, inspectExisting } from './existing/driver';
export type { ExistingFindings } from './existing/driver';
export { USER_KUBECONFIG } from './existing/kubeconfig';
export { existingSpec } from './existing/spec';
export { clusterFolder } from './folders';
export { removeClusters } from './remove';
export { kindDriver } from './kind/driver';
export { minikubeDriver } from './minikube/driver';
export { broughtImages, ensureImage, removeBroughtImages } from './images';
export type { ImageSource } from './images';
export { takeInventory } from './inventory';
export type { InventoryContext, Item, ItemKind } from './inventory';
export { ForeignCluster, labelArguments, platformLabels } from './ownership';
export type { Platform } from './ownership';
export { verifyRemoval } from './receipt';
export type { Receipt, ReceiptEntry } from './receipt';
export { deleteRegistry, ensureRegistry, localRegistryHosting, registryEndpoint, registryName } from './registry';
export type { RegistryContext, RegistrySpec } from './registry';
