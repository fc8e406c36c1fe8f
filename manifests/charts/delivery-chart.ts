import type { Construct } from 'constructs';
import type { Environment, Forge } from '../../apps/model';
import {
  AppProject,
  Application,
  ApplicationSet,
  type ApplicationSpec,
  type AppProjectSpec,
  type Destination,
  type KindReference,
} from '../constructs/argo-cd';
import { deliveryLabels, ownerLabels } from '../constructs/labels';
import { deliveryFolder, platformFolder, releaseFile } from '../layout';
import { argoNamespace } from '../names';
import { FolderChart } from './folder-chart';

export interface DeliveryChartProps {
  /** The platform's name. */
  readonly platform: string;
  readonly forge: Forge;
  readonly environments: readonly Environment[];
  /** Names of the environments from which nothing is ever deleted because a folder is gone. */
  readonly kept: ReadonlySet<string>;
}

/** The cluster that Argo CD itself runs in. */
const server = 'https://kubernetes.default.svc';

/** Another cluster by its name, so that dist/ holds no address of it. */
function destinationOf({ cluster, namespace }: Environment): Destination {
  return cluster === undefined ? { server, namespace } : { name: cluster, namespace };
}

/** The project that alone may sync the reserved folders of the environments. */
export const platformProject = 'platform';

/** Removes what an Application deployed before the Application itself goes, and a project after its last one. */
const finalizers = ['resources-finalizer.argocd.argoproj.io'];

/** What limits a service or changes its rights is the platform's, so a service's folder cannot hold it. */
const platformKinds: readonly KindReference[] = [
  { group: '', kind: 'LimitRange' },
  { group: '', kind: 'ResourceQuota' },
  { group: 'networking.k8s.io', kind: 'NetworkPolicy' },
  { group: 'rbac.authorization.k8s.io', kind: 'Role' },
  { group: 'rbac.authorization.k8s.io', kind: 'RoleBinding' },
];

/** Projects first: an Application whose project is not there yet is an error until Argo CD looks again. */
const projectWave = { 'argocd.argoproj.io/sync-wave': '-1' };
/** Services last: their namespace comes with the environment. */
const serviceWave = { 'argocd.argoproj.io/sync-wave': '1' };

/** Only commits that touch the Application's own folder make Argo CD look at it again. */
const ownFolderOnly = { 'argocd.argoproj.io/manifest-generate-paths': '.' };

/** What notifications say about a release, and to whom: the commit of the service, not that of this repository. */
const releaseAnnotations = {
  'slipway.dev/host': '{{ .host }}',
  'slipway.dev/source-commit': '{{ .commit }}',
  'slipway.dev/source-repository': '{{ .repository }}',
  'slipway.dev/version': '{{ .version }}',
};

/** Where a push is not told of, an ApplicationSet finds it by itself. */
const lookAgainSeconds = 60;

/** In full, so that no tag of that name is meant and Argo CD need not look for one. */
function refOf(branch: string): string {
  return `refs/heads/${branch}`;
}

/**
 * What Argo CD does with `dist/`: a project for the services of each environment and one for the platform, one
 * Application for each environment's reserved folder, and one ApplicationSet for the releases of its services.
 * It is synced by the Application that the bootstrap made, in a project of its own.
 */
export class DeliveryChart extends FolderChart {
  private readonly props: DeliveryChartProps;

  constructor(scope: Construct, id: string, props: DeliveryChartProps) {
    super(scope, id, { folder: deliveryFolder, namespace: argoNamespace });
    this.props = props;
    this.emptyDefaultProject();
    this.addPlatformProject();
    for (const environment of props.environments) {
      this.addServicesProject(environment);
      this.addEnvironmentApplication(environment);
      this.addServicesSet(environment);
    }
  }

  /** Argo CD makes this project by itself and lets it do everything; nothing of ours uses it. */
  private emptyDefaultProject(): void {
    new AppProject(this, 'project-default', {
      metadata: { name: 'default', labels: this.ownedBy(), annotations: projectWave },
      spec: {
        description: 'Unused; emptied so that nothing can be deployed without a project of its own',
        sourceRepos: [],
        sourceNamespaces: [],
        destinations: [],
        clusterResourceWhitelist: [],
        namespaceResourceBlacklist: [{ group: '*', kind: '*' }],
      },
    });
  }

  private addPlatformProject(): void {
    const { environments } = this.props;
    this.addProject(platformProject, undefined, {
      description: 'Namespaces and network policies of the environments',
      destinations: environments.map(destinationOf),
      clusterResourceWhitelist: environments.map(({ namespace }) => ({
        group: '',
        kind: 'Namespace',
        name: namespace,
      })),
      namespaceResourceWhitelist: [{ group: 'networking.k8s.io', kind: 'NetworkPolicy' }],
    });
  }

  private addServicesProject(environment: Environment): void {
    const { name } = environment;
    this.addProject(name, name, {
      description: `Services in ${name}`,
      destinations: [destinationOf(environment)],
      clusterResourceWhitelist: [],
      namespaceResourceBlacklist: platformKinds,
    });
  }

  private addProject(
    name: string,
    environment: string | undefined,
    spec: Omit<AppProjectSpec, 'sourceRepos' | 'sourceNamespaces'>,
  ): void {
    new AppProject(this, `project-${name}`, {
      metadata: { name, labels: this.ownedBy(environment), annotations: projectWave, finalizers },
      spec: { ...spec, sourceRepos: [this.props.forge.url], sourceNamespaces: [] },
    });
  }

  /** The reserved folder; a kept environment loses nothing when an object is no longer rendered, it shows OutOfSync. */
  private addEnvironmentApplication(environment: Environment): void {
    const { name } = environment;
    const kept = this.props.kept.has(name);
    new Application(this, `environment-${name}`, {
      metadata: { name, labels: this.ownedBy(name), annotations: ownFolderOnly, ...(!kept && { finalizers }) },
      spec: this.applicationSpec(platformProject, environment, `dist/${name}/${platformFolder}`, !kept),
    });
  }

  private addServicesSet(environment: Environment): void {
    const { name } = environment;
    const { url, branch } = this.props.forge;
    new ApplicationSet(this, `services-${name}`, {
      metadata: { name, labels: this.ownedBy(name), annotations: serviceWave },
      spec: {
        goTemplate: true,
        goTemplateOptions: ['missingkey=error'],
        generators: [
          {
            git: {
              repoURL: url,
              revision: refOf(branch),
              files: [{ path: `dist/${name}/*/${releaseFile}` }],
              requeueAfterSeconds: lookAgainSeconds,
            },
          },
        ],
        syncPolicy: this.props.kept.has(name)
          ? { applicationsSync: 'create-update', preserveResourcesOnDeletion: true }
          : { applicationsSync: 'sync' },
        template: {
          metadata: {
            name: `${name}-{{ .path.basename }}`,
            labels: { ...this.ownedBy(), ...deliveryLabels(name, '{{ .path.basename }}') },
            annotations: { ...ownFolderOnly, ...releaseAnnotations },
          },
          spec: this.applicationSpec(name, environment, '{{ .path.path }}', true),
        },
      },
    });
  }

  private applicationSpec(project: string, environment: Environment, path: string, prune: boolean): ApplicationSpec {
    const { url, branch } = this.props.forge;
    return {
      project,
      source: { repoURL: url, targetRevision: refOf(branch), path },
      destination: destinationOf(environment),
      // what a rollback in Argo CD could reach; Git holds the rest
      revisionHistoryLimit: 3,
      syncPolicy: {
        automated: { ...(prune && { prune }), selfHeal: true },
        syncOptions: ['FailOnSharedResource=true', 'PruneLast=true', 'ServerSideApply=true'],
        // a namespace that is not there yet is a matter of seconds, one that is deleted by hand of a minute or two
        retry: { limit: -1, refresh: true, backoff: { duration: '5s', factor: 2, maxDuration: '1m' } },
      },
    };
  }

  private ownedBy(environment?: string): Record<string, string> {
    return { ...ownerLabels(this.props.platform), ...(environment !== undefined && deliveryLabels(environment)) };
  }
}
