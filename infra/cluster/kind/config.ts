import { stringify } from 'yaml';
import { UserError } from '../../../core/errors';
import type { ClusterNode, ClusterSpec } from '../driver';

/** What the machine needs the nodes to be told. */
export interface NodeEnvironment {
  readonly cgroupVersion: 1 | 2;
  /** Nodes run without CAP_SYS_RESOURCE. */
  readonly lean: boolean;
  /** Folder with `containerd.conf`, a systemd drop-in that nodes need where they are lean. */
  readonly leanFolder: string;
}

/** Systemd settings of the published node image that need CAP_SYS_RESOURCE, reset; see `NodeEnvironment.leanFolder`. */
export const LEAN_DROP_IN = ['[Service]', 'LimitNPROC=', 'LimitCORE=', 'LimitNOFILE=', 'OOMScoreAdjust=', ''].join(
  '\n',
);

/** containerd's two generations of configuration; kind applies the one that fits the node image. */
function containerdPatches(lean: boolean): readonly string[] {
  const oldGeneration = [
    'version = 2',
    '[plugins."io.containerd.grpc.v1.cri".registry]',
    '  config_path = "/etc/containerd/certs.d"',
    ...(lean ? ['[plugins."io.containerd.grpc.v1.cri"]', '  restrict_oom_score_adj = true'] : []),
  ];
  const newGeneration = [
    'version = 3',
    "[plugins.'io.containerd.cri.v1.images'.registry]",
    '  config_path = "/etc/containerd/certs.d"',
    ...(lean ? ["[plugins.'io.containerd.cri.v1.runtime']", '  restrict_oom_score_adj = true'] : []),
  ];
  return [oldGeneration, newGeneration].map((lines) => `${lines.join('\n')}\n`);
}

function node(spec: ClusterNode, image: string, environment: NodeEnvironment): object {
  const mounts = (spec.mounts ?? []).map((mount) => ({
    hostPath: mount.hostPath,
    containerPath: mount.nodePath,
    ...(mount.readOnly && { readOnly: true }),
  }));
  const drop = {
    hostPath: `${environment.leanFolder}/containerd.conf`,
    containerPath: '/etc/systemd/system/containerd.service.d/90-lean.conf',
    readOnly: true,
  };
  const all = environment.lean ? [...mounts, drop] : mounts;
  return {
    role: spec.role,
    image,
    ...(spec.labels && { labels: spec.labels }),
    ...(spec.ports && {
      extraPortMappings: spec.ports.map(({ hostPort, nodePort }) => ({
        containerPort: nodePort,
        hostPort,
        listenAddress: '127.0.0.1',
        protocol: 'TCP',
      })),
    }),
    ...(all.length > 0 && { extraMounts: all }),
  };
}

/**
 * kind's configuration file for a cluster.
 *
 * @see https://kind.sigs.k8s.io/docs/user/configuration/
 * @throws UserError unless there is exactly one control plane
 */
export function kindConfig(spec: ClusterSpec, environment: NodeEnvironment): string {
  const controlPlanes = spec.nodes.filter(({ role }) => role === 'control-plane').length;
  if (controlPlanes !== 1) {
    throw new UserError(`cluster.nodes: ${controlPlanes} control planes are asked for; exactly 1 is possible`, {
      repair: 'give one node the role control-plane and the others worker',
    });
  }
  return stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name: spec.name,
    networking: { ipFamily: 'ipv4', apiServerAddress: '127.0.0.1' },
    nodes: spec.nodes.map((each) => node(each, spec.image.reference, environment)),
    containerdConfigPatches: containerdPatches(environment.lean),
    ...(environment.cgroupVersion === 1 && {
      // the kubelet refuses version 1 since Kubernetes 1.35 unless told otherwise
      kubeadmConfigPatches: [stringify({ kind: 'KubeletConfiguration', failCgroupV1: false })],
    }),
  });
}
