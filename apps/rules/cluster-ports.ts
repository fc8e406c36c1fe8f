import type { ClusterProps } from '../cluster';
import { defaults } from '../defaults';

/**
 * The ports of this machine's loopback that a cluster takes, each with its field.
 *
 * @param index 0 is the platform's own cluster, whose registry serves all others too
 */
export function clusterPorts(
  cluster: ClusterProps,
  field: string,
  index: number,
): readonly { readonly field: string; readonly port: number }[] {
  if (cluster.driver === 'existing') return [];
  const { registryPort, httpPort, httpsPort } = defaults.platform;
  const registry = index === 0 ? [{ field: `${field}.registryPort`, port: cluster.registryPort ?? registryPort }] : [];
  if (cluster.driver === 'minikube') return registry;
  return [
    { field: `${field}.httpPort`, port: cluster.httpPort ?? httpPort },
    { field: `${field}.httpsPort`, port: cluster.httpsPort ?? httpsPort },
    ...registry,
    ...cluster.nodes.flatMap(({ ports = [] }, node) =>
      ports.map(({ hostPort }, port) => ({ field: `${field}.nodes[${node}].ports[${port}].hostPort`, port: hostPort })),
    ),
  ];
}
