/**
 * The words of the catalog. What ends in `Props` is what people write; the type of the same name without it is what
 * the other rooms read: complete, checked, with every default filled in.
 */

import type { Cluster, ClusterProps } from './cluster';
import type { Discovery, DiscoveryProps } from './discovery';
import type { PolicyName } from './policies';

export type * from './cluster';
export type * from './discovery';

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

export interface RepositoryProps {
  /** Owner of the repository in the forge. */
  readonly organization: string;
  /** @default 'platform' */
  readonly repository?: string;
  /** The branch that Argo CD follows. @default 'main' */
  readonly branch?: string;
}

/** Gitea in the cluster, without an account. */
export interface LocalForgeProps extends RepositoryProps {
  /** @default 'local' */
  readonly type?: 'local';
}

/** Who Slipway is on GitHub. The key and the token come from the environment, never from the catalog. */
export type GithubAuthentication =
  | {
      /** A GitHub App; its key is in GITHUB_APP_PRIVATE_KEY, or in the file that GITHUB_APP_PRIVATE_KEY_FILE names. */
      readonly type: 'app';
      readonly appId: number;
      readonly installationId: number;
    }
  /** A personal access token, in GITHUB_TOKEN. */
  | { readonly type: 'token' };

/** How pull requests come onto the branch; a merge commit is none of them, since its history is linear. */
export type MergeMethod = 'squash' | 'rebase';

export interface LabelProps {
  /** Six hexadecimal digits, without `#`. */
  readonly color: string;
  /** @default none */
  readonly description?: string;
}

export interface ActionsSecretProps {
  /** Only jobs of these environments get it. @default every job of the repository */
  readonly environments?: readonly string[];
}

/** Repositories on github.com. @see docs/github.md */
export interface GithubForgeProps extends RepositoryProps {
  readonly type: 'github';
  /** @default { type: 'token' } */
  readonly authentication?: GithubAuthentication;
  /** @default 'private' */
  readonly visibility?: 'private' | 'internal' | 'public';
  /** @default what the platform is called */
  readonly description?: string;
  /** Added to `slipway` and `gitops`. @default none */
  readonly topics?: readonly string[];
  /** Added to `preview` and `hold`; the same name replaces. @default none */
  readonly labels?: Readonly<Record<string, LabelProps>>;
  /** @default ['squash'] */
  readonly mergeMethods?: readonly MergeMethod[];
  /** Checks that have to pass before a pull request is merged. @default ['check'] */
  readonly requiredChecks?: readonly string[];
  /** How many people have to approve a pull request, from 0 to 6. @default 1 */
  readonly approvals?: number;
  /** The GitHub App that workflows push releases with; it alone needs no pull request. @default none */
  readonly automationAppId?: number;
  /** Variables of Actions. @default none */
  readonly variables?: Readonly<Record<string, string>>;
  /** Names of secrets of Actions; their values are in the stack's configuration. @default none */
  readonly secrets?: Readonly<Record<string, ActionsSecretProps>>;
  /** Where GitHub reaches Argo CD, to tell it of pushes: `https://argocd.example.com/api/webhook`. @default none: it asks */
  readonly webhookUrl?: string;
  /** 443 where a firewall lets no other port out. @default 22 */
  readonly sshPort?: 22 | 443;
}

export type ForgeProps = LocalForgeProps | GithubForgeProps;

/** The platform's own registry, beside the cluster, without a password. */
export interface LocalRegistryProps {
  readonly type: 'local';
}

/** The GitHub container registry or Docker Hub. */
export interface HostedRegistryProps {
  readonly type: 'ghcr' | 'docker-hub';
  /** Organization or user that owns the images. */
  readonly namespace: string;
  /** Everyone may pull, so pods need no Secret. @default false */
  readonly publicImages?: boolean;
}

/** Elastic Container Registry of Amazon. Nodes pull with the role of their machine. */
export interface EcrRegistryProps {
  readonly type: 'ecr';
  /** Twelve digits, in quotes. */
  readonly accountId: string;
  /** `eu-central-1` */
  readonly region: string;
  /** Before the service's name. @default none */
  readonly namespace?: string;
  /** ARN of the role that the workflows take by OpenID Connect. @default the credentials of the environment */
  readonly pushRole?: string;
}

/** Any other registry that speaks HTTPS. */
export interface OwnRegistryProps {
  readonly type: 'own';
  /** With port where it is not 443: `registry.example.com:5000`. */
  readonly host: string;
  /** Before the service's name. @default none */
  readonly namespace?: string;
  /** Everyone may pull, so pods need no Secret. @default false */
  readonly publicImages?: boolean;
}

export type RegistryProps = LocalRegistryProps | HostedRegistryProps | EcrRegistryProps | OwnRegistryProps;

export interface PlatformProps {
  /** Prefix of everything that is created outside the cluster: a DNS label of up to 30 characters. */
  readonly name: string;
  /** Every host ends in it: `dev.service-a.<domain>`. */
  readonly domain: string;
  /** The cluster that Argo CD runs in, and every environment that names no other. */
  readonly cluster: ClusterProps;
  /** More clusters by name, for environments to name. @default none */
  readonly clusters?: Readonly<Record<string, ClusterProps>>;
  readonly forge: ForgeProps;
  /** @default 'ingress-nginx' */
  readonly ingress?: IngressController;
  /** Where images of services are pushed and pulled. @default the platform's own */
  readonly registry?: RegistryProps;
  /** `on-merge`: each merge to the main branch is tagged with the next version by itself. @default 'by-hand' */
  readonly releases?: ReleaseTagging;
  readonly argocd?: ArgoCdProps;
  /** Repositories that are deployed because of their name. @default none */
  readonly discovery?: DiscoveryProps;
}

/** Who tags versions. */
export type ReleaseTagging = 'by-hand' | 'on-merge';

export interface ArgoCdProps {
  /** Several of each part, on three nodes of tier backstage. @default false */
  readonly highAvailability?: boolean;
}

interface ForgeFacts {
  readonly organization: string;
  readonly repository: string;
  readonly branch: string;
  /** `git.<domain>`, or `github.com` */
  readonly host: string;
  /** The repository's URL in dist/, by which Argo CD reads it. */
  readonly url: string;
}

export interface LocalForge extends ForgeFacts {
  readonly type: 'local';
}

export interface GithubForge extends ForgeFacts, Required<Omit<GithubForgeProps, GithubOptional>> {
  readonly type: 'github';
  /** The repository by HTTPS, without credentials: what people open and Git pushes to. */
  readonly httpUrl: string;
  readonly automationAppId?: number;
  readonly webhookUrl?: string;
}

type GithubOptional = keyof RepositoryProps | 'type' | 'automationAppId' | 'webhookUrl';

export type Forge = LocalForge | GithubForge;

export interface Registry {
  readonly type: RegistryProps['type'];
  /** Where one signs in. */
  readonly host: string;
  /** Begins the reference of every service's image: `registry.<domain>`, `ghcr.io/offerfit`. */
  readonly repositories: string;
  /** `registry.<domain>`, or the existing cluster's own: the registry beside the cluster, whatever the type is. */
  readonly localHost: string;
  /** Where this machine pushes to that one. @default the local registry, on its port of loopback */
  readonly pushAddress?: string;
  /** The Secret with which pods pull, in the namespace of every environment. @default none is needed */
  readonly pullSecret?: string;
  /** Of Amazon. */
  readonly region?: string;
  /** ARN of the role that may push to Amazon. */
  readonly pushRole?: string;
}

export interface Platform {
  readonly name: string;
  readonly domain: string;
  readonly cluster: Cluster;
  /** By name; empty where there is but one cluster. */
  readonly clusters: Readonly<Record<string, Cluster>>;
  readonly forge: Forge;
  readonly ingress: IngressController;
  readonly argocd: {
    /** `argocd.<domain>` */
    readonly host: string;
    readonly highAvailability: boolean;
  };
  readonly registry: Registry;
  readonly releases: ReleaseTagging;
  readonly discovery: Discovery;
}

// --- environments -------------------------------------------------------------------------------------------------

/** Whether releases get into an environment at once or by a pull request that somebody merges. */
export type Approval = 'auto' | 'pull-request';

export interface EnvironmentProps {
  /** A DNS label of up to 20 characters; also the folder in dist. */
  readonly name: string;
  /** @default the name */
  readonly namespace?: string;
  /** First label of every host: `<hostPrefix>.<service>.<domain>`. @default the name */
  readonly hostPrefix?: string;
  /** The environment whose releases move here next. @default none: fed by merges */
  readonly promotesFrom?: string;
  /** How bumps and promotions get here. @default 'pull-request' where releases arrive and go no further, else 'auto' */
  readonly approval?: Approval;
  /**
   * On GitHub, who may let a job of this environment run: up to 6 users (`anna`) or teams (`team:release`), one of whom has
   * to. @default nobody is asked
   */
  readonly reviewers?: readonly string[];
  /** On GitHub, how long a job of this environment waits, from 0 to 43200 minutes. @default 0 */
  readonly waitMinutes?: number;
  /** One of the platform's `clusters`. @default the cluster that Argo CD runs in */
  readonly cluster?: string;
}

export interface Environment {
  readonly name: string;
  readonly namespace: string;
  readonly hostPrefix: string;
  readonly promotesFrom?: string;
  readonly approval: Approval;
  readonly reviewers?: readonly string[];
  readonly waitMinutes?: number;
  /** Undefined where it is the cluster that Argo CD runs in. */
  readonly cluster?: string;
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
  /** Where its source is, as `owner/name`, if not here. Its release locks are here all the same. @default this one */
  readonly repository?: string;
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
  /** `owner/name` of the repository that its source is in; not set where that is the platform's. */
  readonly repository?: string;
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
  /** The Secret with which its image is pulled. @default none is needed */
  readonly pullSecret?: string;
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
  /**
   * When that commit was made, UTC to the second; tells which of two releases is newer where their commits are of
   * different repositories. @default unknown
   */
  readonly sourceTime?: string;
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

// --- policies -----------------------------------------------------------------------------------------------------

/** One service may break one policy for a while. */
export interface PolicyExceptionProps<EnvironmentName extends string = string> {
  readonly policy: Exclude<PolicyName, 'restricted-namespace'>;
  readonly service: string;
  /** @default every environment */
  readonly environments?: readonly EnvironmentName[];
  readonly reason: string;
  /** Who answers for it. */
  readonly by: string;
  /** The last day, UTC, at most a year ahead: `2027-01-31`. */
  readonly until: string;
}

export type PolicyException = Required<PolicyExceptionProps>;

// --- catalog ------------------------------------------------------------------------------------------------------

export interface Catalog {
  readonly platform: Platform;
  /** In promotion order: an environment comes after the one it promotes from. */
  readonly environments: readonly Environment[];
  /** Sorted by name. */
  readonly services: readonly Service[];
  /** Every service in every environment, in the order of both. */
  readonly deployments: readonly Deployment[];
  /** In the order of the file. */
  readonly exceptions: readonly PolicyException[];
}
