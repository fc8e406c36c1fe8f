import type { KindNode } from '../../../apps/cluster';
import { defaults } from '../../../apps/defaults';
import type { KubernetesClusterInputs, KubernetesClusterOutputs } from './kubernetes-cluster';

/** What was recorded of a cluster when kind was the only way to have one: the resource type `KindCluster`. */
interface KindClusterState {
  /** Of the platform, and so of its cluster. */
  readonly platform: string;
  readonly kubernetesVersion: string;
  readonly nodes: readonly Pick<KindNode, 'role' | 'labels'>[];
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly registryHost: string;
  readonly mirrorEverything: boolean;
  readonly clusterId: string;
  readonly kubeconfig: string;
  readonly kubeconfigFile: string;
}

type State = KubernetesClusterInputs & KubernetesClusterOutputs;

const isKindCluster = (state: object): state is KindClusterState => !('cluster' in state);

/** The state of a `KindCluster` as that of a `KubernetesCluster`; any other as it is. */
export function modernizeCluster(state: Readonly<Record<string, unknown>>): State {
  if (!isKindCluster(state)) return state as unknown as State;
  const { kubernetesVersion, nodes, httpPort, httpsPort, ...rest } = state;
  const { registryPort } = defaults.platform;
  return {
    ...rest,
    name: state.platform,
    cluster: {
      driver: 'kind',
      kubernetesVersion,
      nodes: nodes.map(({ role, labels }) => ({ role, labels: labels ?? {}, ports: [], mounts: [] })),
      httpPort,
      httpsPort,
      registryPort,
    },
    namespaces: [],
    hostsArgoCd: true,
    ingressAddress: '127.0.0.1',
    serverForOthers: `https://${state.platform}-control-plane:6443`,
  };
}
