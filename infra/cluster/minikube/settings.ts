import type { ClusterNode, NodesSpec } from '../driver';

export interface MinikubeSpec extends NodesSpec {
  /** A release of Kubernetes: `v1.36.1`. */
  readonly kubernetesVersion: string;
}

/** The network of the nodes; minikube gives them fixed addresses in it. */
export function networkName(cluster: string): string {
  return `${cluster}-minikube`;
}

/** minikube's own order and names: the control plane is called as the profile, the workers count from 02. */
export function namedNodes(spec: NodesSpec): readonly (ClusterNode & { readonly name: string })[] {
  const ordered = spec.nodes.toSorted((a, b) => a.role.localeCompare(b.role));
  return ordered.map((node, index) => ({
    ...node,
    name: index === 0 ? spec.name : `${spec.name}-m${String(index + 1).padStart(2, '0')}`,
  }));
}

/** The node that carries the ingress. */
export function ingressNode(spec: NodesSpec, tier = 'backstage'): string {
  const nodes = namedNodes(spec);
  return (nodes.find(({ labels }) => labels?.['tier'] === tier) ?? nodes[0]!).name;
}

/** The settings that only a new cluster can take over; labels can be put on running nodes. */
export function fixedSettings(spec: MinikubeSpec): Readonly<Record<string, unknown>> {
  return {
    kubernetesVersion: spec.kubernetesVersion,
    nodes: namedNodes(spec).map(({ name, role }) => `${name} ${role}`),
  };
}

/** The arguments that make, start or mend the cluster: minikube has one command for all of it. */
export function startArguments(
  spec: MinikubeSpec,
  { engine, root }: { readonly engine: 'docker' | 'podman'; readonly root: boolean },
): readonly string[] {
  return [
    'start',
    '--output=json',
    '--interactive=false',
    `--driver=${engine}`,
    // the registry's place is told to containerd
    '--container-runtime=containerd',
    `--kubernetes-version=${spec.kubernetesVersion}`,
    `--nodes=${spec.nodes.length}`,
    `--network=${networkName(spec.name)}`,
    // as with kind, nodes share what the machine has
    '--cpus=no-limit',
    '--memory=no-limit',
    '--embed-certs',
    '--install-addons=false',
    '--wait=all',
    // minikube refuses containers to root, who is the only user of many a CI machine, unless told so
    ...(root ? ['--force'] : []),
  ];
}
