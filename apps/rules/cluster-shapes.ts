import { listOf, object, oneOf, recordOf, variantOf } from '../shape';
import * as texts from './texts';

const role = oneOf('a role of nodes', ['control-plane', 'worker']);
const labels = recordOf('labels', texts.labelKey, texts.labelValue);
const allocatable = object('allocatable', { cpu: texts.cpuQuantity, memory: texts.memoryQuantity }, {});
const flag = oneOf('true or false', [true, false]);

const kindNode = object(
  'a node',
  { role },
  {
    labels,
    allocatable,
    ports: listOf('ports', object('a port of a node', { hostPort: texts.port, nodePort: texts.port }, {})),
    mounts: listOf(
      'mounts',
      object('a mount', { hostPath: texts.hostPath, nodePath: texts.filePath }, { readOnly: flag }),
    ),
  },
);

/** The ways to have a cluster, by their driver. */
export const clusterShape = variantOf('a cluster driver', 'driver', {
  kind: object(
    'a cluster',
    {
      driver: oneOf('a cluster driver', ['kind']),
      kubernetesVersion: texts.kubernetesVersion,
      nodes: listOf('nodes', kindNode, 1),
    },
    { httpPort: texts.port, httpsPort: texts.port, registryPort: texts.port },
  ),
  minikube: object(
    'a minikube cluster',
    {
      driver: oneOf('a cluster driver', ['minikube']),
      kubernetesVersion: texts.kubernetesVersion,
      nodes: listOf('nodes', object('a node of minikube', { role }, { labels, allocatable }), 1),
    },
    { registryPort: texts.port },
  ),
  existing: object(
    'an existing cluster',
    {
      driver: oneOf('a cluster driver', ['existing']),
      context: texts.contextName,
      kubernetesVersion: texts.kubernetesVersion,
      registry: object(
        'a registry',
        { host: texts.registryName },
        { pushAddress: texts.registryAddress, mirrorsEverything: flag },
      ),
    },
    {
      kubeconfig: texts.hostPath,
      confirmProduction: texts.contextName,
      ingressAddress: texts.address,
      httpPort: texts.port,
      httpsPort: texts.port,
      metricsServer: flag,
      kubeletInsecureTls: flag,
      storageClass: texts.label,
    },
  ),
});
