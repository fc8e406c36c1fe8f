import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { argoNamespace } from '../names';

/** The parts of Argo CD's objects that Slipway writes. @see https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/ */
export interface ArgoMetadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

/** An exact kind, or of a cluster's kinds an exact object. */
export interface KindReference {
  readonly group: string;
  readonly kind: string;
  readonly name?: string;
}

/** A namespace of a cluster that Argo CD knows. */
export type Destination = {
  readonly namespace: string;
} & (
  | {
      /** URL of the cluster's API server as Argo CD knows it. */
      readonly server: string;
    }
  | {
      /** How the cluster is called in the Secret that describes it. */
      readonly name: string;
    }
);

export interface AppProjectSpec {
  readonly description: string;
  readonly sourceRepos: readonly string[];
  /** Namespaces besides Argo CD's own whose Applications may use the project. */
  readonly sourceNamespaces: readonly string[];
  readonly destinations: readonly Destination[];
  readonly clusterResourceWhitelist: readonly KindReference[];
  readonly namespaceResourceBlacklist?: readonly KindReference[];
  readonly namespaceResourceWhitelist?: readonly KindReference[];
}

export interface SyncPolicy {
  /** What is not wanted is left out: Argo CD drops a `false` when it writes the object, which would look like a change. */
  readonly automated: { readonly prune?: true; readonly selfHeal: true };
  /** Of a namespace that the Application makes itself. */
  readonly managedNamespaceMetadata?: { readonly labels: Readonly<Record<string, string>> };
  readonly syncOptions: readonly string[];
  readonly retry: {
    /** Attempts after the first; -1 never gives up. */
    readonly limit: number;
    /** Retry with the newest commit, so that a mended manifest does not wait behind a broken one. */
    readonly refresh: true;
    readonly backoff: { readonly duration: string; readonly factor: number; readonly maxDuration: string };
  };
}

export interface ApplicationSpec {
  readonly project: string;
  readonly source: {
    readonly repoURL: string;
    readonly targetRevision: string;
    readonly path: string;
    /** Of the folder's files those whose names match. @default all */
    readonly directory?: { readonly include: string };
  };
  readonly destination: Destination;
  readonly syncPolicy: SyncPolicy;
  readonly revisionHistoryLimit: number;
}

/** One Application for each file, whose fields are parameters of the template. */
export interface GitFiles {
  readonly repoURL: string;
  readonly revision: string;
  readonly files: readonly { readonly path: string }[];
  /** How often the repository is looked at where nobody tells of a push. */
  readonly requeueAfterSeconds: number;
}

interface TokenReference {
  readonly secretName: string;
  readonly key: string;
}

/** One Application for each repository of a forge that passes every part of a filter. */
export type ScmProvider = {
  readonly cloneProtocol: 'https';
  readonly filters: readonly { readonly repositoryMatch: string; readonly pathsExist?: readonly string[] }[];
  readonly requeueAfterSeconds: number;
} & (
  | { readonly github: { readonly organization: string; readonly tokenRef: TokenReference } }
  | { readonly gitea: { readonly owner: string; readonly api: string; readonly tokenRef: TokenReference } }
);

type Generator =
  | { readonly git: GitFiles }
  | { readonly scmProvider: ScmProvider }
  | { readonly list: { readonly elements: readonly Readonly<Record<string, string>>[] } };

export interface ApplicationSetSpec {
  readonly goTemplate: true;
  readonly goTemplateOptions: readonly string[];
  readonly generators: readonly (Generator | { readonly matrix: { readonly generators: readonly Generator[] } })[];
  readonly syncPolicy: {
    readonly applicationsSync: 'sync' | 'create-update';
    readonly preserveResourcesOnDeletion?: true;
  };
  readonly template: { readonly metadata: ArgoMetadata; readonly spec: ApplicationSpec };
}

interface ArgoProps<Spec> {
  readonly metadata: ArgoMetadata;
  readonly spec: Spec;
}

abstract class ArgoObject<Spec> extends ApiObject {
  protected constructor(scope: Construct, id: string, kind: string, props: ArgoProps<Spec>) {
    const { labels, annotations, finalizers, name } = props.metadata;
    super(scope, id, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind,
      metadata: {
        name,
        namespace: argoNamespace,
        ...(labels && { labels: { ...labels } }),
        ...(annotations && { annotations: { ...annotations } }),
        ...(finalizers && { finalizers: [...finalizers] }),
      },
      spec: props.spec,
    });
  }
}

/** What a set of Applications may deploy, from where and to where. */
export class AppProject extends ArgoObject<AppProjectSpec> {
  constructor(scope: Construct, id: string, props: ArgoProps<AppProjectSpec>) {
    super(scope, id, 'AppProject', props);
  }
}

/** One folder of the repository that Argo CD keeps in the cluster. */
export class Application extends ArgoObject<ApplicationSpec> {
  constructor(scope: Construct, id: string, props: ArgoProps<ApplicationSpec>) {
    super(scope, id, 'Application', props);
  }
}

/** Applications made from the files of a repository. */
export class ApplicationSet extends ArgoObject<ApplicationSetSpec> {
  constructor(scope: Construct, id: string, props: ArgoProps<ApplicationSetSpec>) {
    super(scope, id, 'ApplicationSet', props);
  }
}
