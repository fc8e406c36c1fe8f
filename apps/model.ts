/**
 * The words of the catalog. What ends in `Props` is what people write; the type of the same name without it is what
 * the other rooms read: complete, checked, with every default filled in.
 */

/** Where pods run: services on `backend`; Argo CD, the ingress, metrics and the forge on `backstage`. */
export type Tier = 'backend' | 'backstage';

/** The ingress controller that serves the class `nginx`. */
export type IngressController = 'ingress-nginx' | 'traefik';

/** An absolute URL path or file path. */
export type AbsolutePath = `/${string}`;

/** Millicores (`100m`) or cores (`0.5`, `2`). */
export type CpuQuantity = `${number}m` | `${number}`;

/** Bytes in binary units: `64Mi`. */
export type MemoryQuantity = `${number}${'Ki' | 'Mi' | 'Gi'}`;

// --- platform: what both halves, manifests and infrastructure, agree on ------------------------------------------

export interface NodeProps {
  readonly role: 'control-plane' | 'worker';
  /** Labels of the node; a worker needs `tier`. @default none */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface ClusterProps {
  readonly driver: 'kind';
  /** A release of Kubernetes: `v1.36.1`. */
  readonly kubernetesVersion: string;
  /** Exactly one control plane, and at least one worker of each tier. */
  readonly nodes: readonly NodeProps[];
  /** Port of this machine's loopback that reaches the ingress by HTTP. @default 80 */
  readonly httpPort?: number;
  /** Port of this machine's loopback that reaches the ingress by HTTPS. @default 443 */
  readonly httpsPort?: number;
  /** Port of this machine's loopback to which images are pushed. @default 5001 */
  readonly registryPort?: number;
}

export interface ForgeProps {
  /** `local`: Gitea in the cluster, without an account. @default 'local' */
  readonly type?: 'local';
  readonly organization: string;
  /** @default 'platform' */
  readonly repository?: string;
  /** The branch that Argo CD follows. @default 'main' */
  readonly branch?: string;
}

export interface PlatformProps {
  /** Prefix of everything that is created outside the cluster: a DNS label of up to 30 characters. */
  readonly name: string;
  /** Every host ends in it: `dev.service-a.<domain>`. */
  readonly domain: string;
  readonly cluster: ClusterProps;
  readonly forge: ForgeProps;
  /** @default 'ingress-nginx' */
  readonly ingress?: IngressController;
}

export interface Node {
  readonly role: 'control-plane' | 'worker';
  readonly labels: Readonly<Record<string, string>>;
}

export interface Cluster {
  readonly driver: 'kind';
  readonly kubernetesVersion: string;
  readonly nodes: readonly Node[];
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly registryPort: number;
}

export interface Forge {
  readonly type: 'local';
  readonly organization: string;
  readonly repository: string;
  readonly branch: string;
  /** `git.<domain>` */
  readonly host: string;
  /** The one URL of the repository, on the host and in the cluster. */
  readonly url: string;
}

export interface Platform {
  readonly name: string;
  readonly domain: string;
  readonly cluster: Cluster;
  readonly forge: Forge;
  readonly ingress: IngressController;
  readonly argocd: {
    /** `argocd.<domain>` */
    readonly host: string;
  };
  readonly registry: {
    /** `registry.<domain>`: the registry's name in image references, whatever port it listens on. */
    readonly host: string;
  };
}

// --- environments -------------------------------------------------------------------------------------------------

export interface EnvironmentProps {
  /** A DNS label of up to 20 characters; also the folder in dist. */
  readonly name: string;
  /** @default the name */
  readonly namespace?: string;
  /** First label of every host: `<hostPrefix>.<service>.<domain>`. @default the name */
  readonly hostPrefix?: string;
  /** The environment whose releases move here next. @default none: fed by merges */
  readonly promotesFrom?: string;
}

export interface Environment {
  readonly name: string;
  readonly namespace: string;
  readonly hostPrefix: string;
  readonly promotesFrom?: string;
}

// --- services -----------------------------------------------------------------------------------------------------

/** There is no default: what a service needs is a decision of those who write it. */
export interface ResourcesProps {
  readonly cpuRequest: CpuQuantity;
  readonly memoryRequest: MemoryQuantity;
  readonly memoryLimit: MemoryQuantity;
  /** @default none: a service may use cores that nobody else wants */
  readonly cpuLimit?: CpuQuantity;
}

export interface ProbesProps {
  /** Answers 2xx while requests may come. @default '/health' */
  readonly readiness?: AbsolutePath;
  /** Answers 2xx unless a restart is needed. @default '/health' */
  readonly liveness?: AbsolutePath;
  /** Answers 2xx once it has started; the other probes wait for it. @default '/health' */
  readonly startup?: AbsolutePath;
}

export interface IngressProps {
  /** Reachable from outside the cluster. @default true */
  readonly exposed?: boolean;
  /** Only requests below this path come in. @default '/' */
  readonly path?: AbsolutePath;
}

/** What differs in one environment; all else is as the service says. */
export interface ServiceOverrides {
  readonly replicas?: number;
  readonly resources?: Partial<ResourcesProps>;
  /** Added to the service's variables; the same name replaces. */
  readonly env?: Readonly<Record<string, string>>;
  readonly ingress?: IngressProps;
  /** First label of the host. @default the environment's */
  readonly hostPrefix?: string;
}

export interface ServiceProps<EnvironmentName extends string = string> {
  /** The name of the folder below apps/: a DNS label of up to 40 characters. */
  readonly name: string;
  readonly resources: ResourcesProps;
  /** Repository in the platform's registry, without host and tag. @default the name */
  readonly image?: string;
  /** Where the container listens, told to it as PORT. @default 8080 */
  readonly port?: number;
  /** Pods at a time, from 1 to 100. @default 1 */
  readonly replicas?: number;
  /** @default 'backend' */
  readonly tier?: Tier;
  readonly probes?: ProbesProps;
  readonly ingress?: IngressProps;
  /** Plain values only, never secrets: dist is readable by everyone. PORT and APP_VERSION are set for you. */
  readonly env?: Readonly<Record<string, string>>;
  /** Services it may call, at `http://<name>`; the network refuses all others. @default none */
  readonly calls?: readonly string[];
  /** Folders it may write to, with their size; all else is read-only. @default none */
  readonly writablePaths?: Readonly<Record<AbsolutePath, MemoryQuantity>>;
  readonly environments?: { readonly [Name in EnvironmentName]?: ServiceOverrides };
}

/** What is the same in every environment. */
export interface Service {
  readonly name: string;
  /** Repository with registry, without tag: `registry.offerfit.local/service-a`. */
  readonly image: string;
  /** Relative to the project: `apps/service-a`. */
  readonly folder: string;
}

export interface WritablePath {
  readonly path: AbsolutePath;
  readonly sizeLimit: MemoryQuantity;
}

/** One service in one environment, with nothing left to decide. */
export interface Deployment {
  /** The service's name: of the Deployment, the Service, the Ingress, ... in the environment's namespace. */
  readonly name: string;
  /** The environment's name. */
  readonly environment: string;
  readonly namespace: string;
  readonly release: Release;
  /** What the pods run: with tag and digest once released, else `<repository>:unreleased`. */
  readonly image: string;
  /** APP_VERSION; `unreleased` before the first release. */
  readonly version: string;
  readonly replicas: number;
  readonly port: number;
  readonly tier: Tier;
  readonly resources: ResourcesProps;
  readonly probes: Required<ProbesProps>;
  readonly ingress: {
    readonly exposed: boolean;
    readonly path: AbsolutePath;
    readonly host: string;
  };
  /** Sorted by name; PORT and APP_VERSION among them. */
  readonly env: Readonly<Record<string, string>>;
  /** Services that it may call, sorted. */
  readonly calls: readonly string[];
  /** Services that may call it, sorted. */
  readonly calledBy: readonly string[];
  readonly writablePaths: readonly WritablePath[];
}

// --- releases: one lock per service and environment ---------------------------------------------------------------

/** Keeps a release where it is: neither a bump nor a promotion moves it. */
export interface Hold {
  readonly reason: string;
  readonly by: string;
  /** UTC, to the second: `2025-01-31T09:30:00Z`. */
  readonly since: string;
}

export interface Released {
  /** With registry and tag: `registry.offerfit.local/service-a:3f2c1ab`. */
  readonly image: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** What the service answers as its version. */
  readonly version: string;
  /** The commit that the image was built from, 40 hexadecimal digits. @default unknown: built elsewhere */
  readonly source?: string;
  /** @default none */
  readonly hold?: Hold;
  readonly unreleased?: never;
}

/** No image was ever published: a fresh clone, before its first delivery. */
export interface Unreleased {
  readonly unreleased: true;
  /** @default none */
  readonly hold?: Hold;
}

export type Release = Released | Unreleased;

// --- catalog ------------------------------------------------------------------------------------------------------

export interface Catalog {
  readonly platform: Platform;
  /** In promotion order: an environment comes after the one it promotes from. */
  readonly environments: readonly Environment[];
  /** Sorted by name. */
  readonly services: readonly Service[];
  /** Every service in every environment, in the order of both. */
  readonly deployments: readonly Deployment[];
}
