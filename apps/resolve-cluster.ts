import type { Cluster, ClusterProps, Node, NodeProps } from './cluster';
import { defaults } from './defaults';

const { httpPort, httpsPort, registryPort, storageClass } = defaults.platform;

const resolveNode = ({ role, labels = {}, allocatable }: NodeProps): Node => ({
  role,
  labels,
  ...(allocatable && { allocatable }),
});

/** Fills in every default of a checked cluster. */
export function resolveCluster(props: ClusterProps): Cluster {
  const { kubernetesVersion } = props;
  switch (props.driver) {
    case 'kind':
      return {
        driver: 'kind',
        kubernetesVersion,
        nodes: props.nodes.map((node) => ({
          ...resolveNode(node),
          ports: node.ports ?? [],
          mounts: (node.mounts ?? []).map((mount) => ({ readOnly: false, ...mount })),
        })),
        httpPort: props.httpPort ?? httpPort,
        httpsPort: props.httpsPort ?? httpsPort,
        registryPort: props.registryPort ?? registryPort,
      };
    case 'minikube':
      return {
        driver: 'minikube',
        kubernetesVersion,
        nodes: props.nodes.map(resolveNode),
        // the ingress listens at its node's own address, where these are free
        httpPort,
        httpsPort,
        registryPort: props.registryPort ?? registryPort,
      };
    case 'existing': {
      const { registry, ...rest } = props;
      const { host, pushAddress = host.split('/')[0]!, mirrorsEverything = false } = registry;
      return {
        httpPort,
        httpsPort,
        metricsServer: true,
        kubeletInsecureTls: false,
        storageClass,
        ...rest,
        registry: { host, pushAddress, mirrorsEverything },
      };
    }
  }
}
