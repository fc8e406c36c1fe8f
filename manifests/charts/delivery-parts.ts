import type { Environment } from '../../apps/model';
import type { ApplicationSpec, Destination, KindReference } from '../constructs/argo-cd';

/** The cluster that Argo CD itself runs in. */
export const server = 'https://kubernetes.default.svc';

/** Another cluster by its name, so that dist/ holds no address of it. */
export function destinationOf({ cluster, namespace }: Environment): Destination {
  return cluster === undefined ? { server, namespace } : { name: cluster, namespace };
}

/** Removes what an Application deployed before the Application itself goes, and a project after its last one. */
export const finalizers = ['resources-finalizer.argocd.argoproj.io'];

/** What limits others or changes their rights is the platform's. */
export const limitingKinds: readonly KindReference[] = [
  { group: '', kind: 'LimitRange' },
  { group: '', kind: 'ResourceQuota' },
  { group: 'rbac.authorization.k8s.io', kind: 'Role' },
  { group: 'rbac.authorization.k8s.io', kind: 'RoleBinding' },
];

/** Projects first: an Application whose project is not there yet is an error until Argo CD looks again. */
export const projectWave = { 'argocd.argoproj.io/sync-wave': '-1' };
/** Services last: their namespace comes with the environment. */
export const serviceWave = { 'argocd.argoproj.io/sync-wave': '1' };

/** Only commits that touch the Application's own folder make Argo CD look at it again. */
export const ownFolderOnly = { 'argocd.argoproj.io/manifest-generate-paths': '.' };

/** Where a push is not told of, an ApplicationSet finds it by itself. */
export const lookAgainSeconds = 60;

/** In full, so that no tag of that name is meant and Argo CD need not look for one. */
export function refOf(branch: string): string {
  return `refs/heads/${branch}`;
}

export interface ApplicationSketch {
  readonly project: string;
  readonly source: ApplicationSpec['source'];
  readonly destination: Destination;
  /** Delete what is no longer in the source. */
  readonly prune: boolean;
  /** Make the namespace, with these labels. @default it is there */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
}

/** An Application that Argo CD keeps as Git has it, and never gives up on. */
export function applicationSpec({
  project,
  source,
  destination,
  prune,
  namespaceLabels,
}: ApplicationSketch): ApplicationSpec {
  const creating = namespaceLabels === undefined ? [] : ['CreateNamespace=true'];
  return {
    project,
    source,
    destination,
    // what a rollback in Argo CD could reach; Git holds the rest
    revisionHistoryLimit: 3,
    syncPolicy: {
      automated: { ...(prune && { prune }), selfHeal: true },
      ...(namespaceLabels && { managedNamespaceMetadata: { labels: namespaceLabels } }),
      syncOptions: [...creating, 'FailOnSharedResource=true', 'PruneLast=true', 'ServerSideApply=true'],
      // a namespace that is not there yet is a matter of seconds, one that is deleted by hand of a minute or two
      retry: { limit: -1, refresh: true, backoff: { duration: '5s', factor: 2, maxDuration: '1m' } },
    },
  };
}
