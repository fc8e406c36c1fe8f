import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { RepositoryCredential } from '../forge/forge';
import { argoCdNamespace } from '../namespaces';

export interface RootApplicationArgs {
  /** The repository's one URL. */
  readonly url: string;
  readonly branch: string;
  /** Who may read it. */
  readonly credential: RepositoryCredential;
}

const project = 'bootstrap';
const server = 'https://kubernetes.default.svc';

/**
 * Hands over to Git: one Application that syncs `dist/argocd`, in a project that may make nothing but Argo CD's own
 * objects and the policies of the environments. From then on what is deployed is decided by commits.
 */
export class RootApplication extends pulumi.ComponentResource {
  constructor(name: string, args: RootApplicationArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:RootApplication', name, {}, opts);
    const credential = this.addCredential(name, args);
    const owner = this.addProject(name, args.url);
    this.addApplication(name, args, [credential, owner]);
    this.registerOutputs();
  }

  private addCredential(name: string, { url, credential }: RootApplicationArgs): pulumi.Resource {
    return new k8s.core.v1.Secret(
      `${name}-repository`,
      {
        metadata: {
          name: 'repository-platform',
          namespace: argoCdNamespace,
          labels: { 'argocd.argoproj.io/secret-type': 'repository' },
        },
        stringData: { type: 'git', url, ...credential },
      },
      { parent: this },
    );
  }

  private addProject(name: string, url: string): pulumi.Resource {
    return new k8s.apiextensions.CustomResource(
      `${name}-project`,
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'AppProject',
        metadata: { name: project, namespace: argoCdNamespace },
        spec: {
          description:
            'What Git says about Argo CD itself: projects, Applications and ApplicationSets, and the policies of environments',
          sourceRepos: [url],
          sourceNamespaces: [],
          destinations: [{ server, namespace: argoCdNamespace }],
          // by name, so that no other policy of the cluster can be changed or replaced
          clusterResourceWhitelist: ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'].map((kind) => ({
            group: 'admissionregistration.k8s.io',
            kind,
            name: '*.slipway.dev',
          })),
          namespaceResourceWhitelist: ['AppProject', 'Application', 'ApplicationSet'].map((kind) => ({
            group: 'argoproj.io',
            kind,
          })),
        },
      },
      { parent: this },
    );
  }

  private addApplication(name: string, { url, branch }: RootApplicationArgs, dependsOn: pulumi.Resource[]): void {
    new k8s.apiextensions.CustomResource(
      `${name}-application`,
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { name: project, namespace: argoCdNamespace },
        spec: {
          project,
          source: { repoURL: url, targetRevision: `refs/heads/${branch}`, path: 'dist/argocd' },
          destination: { server, namespace: argoCdNamespace },
          revisionHistoryLimit: 3,
          syncPolicy: {
            automated: { prune: true, selfHeal: true },
            syncOptions: ['FailOnSharedResource=true', 'PruneLast=true', 'ServerSideApply=true'],
            retry: { limit: -1, refresh: true, backoff: { duration: '5s', factor: 2, maxDuration: '1m' } },
          },
        },
      },
      { parent: this, dependsOn },
    );
  }
}
