import type { Construct } from 'constructs';
import { furtherClusters, policiesApplication } from '../../apps/derived';
import type { Environment, Forge } from '../../apps/model';
import {
  AppProject,
  Application,
  ApplicationSet,
  type ApplicationSpec,
  type AppProjectSpec,
  type KindReference,
} from '../constructs/argo-cd';
import { deliveryLabels, ownerLabels } from '../constructs/labels';
import { deliveryFolder, platformFolder, releaseFile } from '../layout';
import { argoNamespace } from '../names';
import {
  applicationSpec,
  destinationOf,
  finalizers,
  limitingKinds,
  lookAgainSeconds,
  ownFolderOnly,
  projectWave,
  refOf,
  serviceWave,
} from './delivery-parts';
import { FolderChart } from './folder-chart';

export interface DeliveryChartProps {
  /** The platform's name. */
  readonly platform: string;
  readonly forge: Forge;
  readonly environments: readonly Environment[];
  /** Names of the environments from which nothing is ever deleted because a folder is gone. */
  readonly kept: ReadonlySet<string>;
}

/** The project that alone may sync the reserved folders of the environments. */
export const platformProject = 'platform';

/** The project that alone may put policies into other clusters. */
const policiesProject = 'policies';
/** What belongs to a whole cluster lies in no namespace; Argo CD wants one named. */
const policiesNamespace = 'default';
const policyKinds = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'] as const;

/** Who may talk to whom is the platform's too, so a service's folder can hold none of these. */
const platformKinds: readonly KindReference[] = [
  ...limitingKinds.filter(({ group }) => group === ''),
  { group: 'networking.k8s.io', kind: 'NetworkPolicy' },
  ...limitingKinds.filter(({ group }) => group !== ''),
];

/** What notifications say about a release, and to whom: the commit of the service, not that of this repository. */
const releaseAnnotations = {
  'slipway.dev/host': '{{ .host }}',
  'slipway.dev/source-commit': '{{ .commit }}',
  'slipway.dev/source-repository': '{{ .repository }}',
  'slipway.dev/version': '{{ .version }}',
};

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
    const clusters = furtherClusters(props.environments);
    if (clusters.length > 0) this.addPoliciesProject(clusters);
    for (const cluster of clusters) this.addPolicies(cluster);
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

  private addPoliciesProject(clusters: readonly string[]): void {
    this.addProject(policiesProject, undefined, {
      description: 'Policies in the clusters that Argo CD does not run in',
      destinations: clusters.map((name) => ({ name, namespace: policiesNamespace })),
      clusterResourceWhitelist: policyKinds.map((kind) => ({ group: 'admissionregistration.k8s.io', kind })),
      namespaceResourceBlacklist: [{ group: '*', kind: '*' }],
    });
  }

  /** In Argo CD's own cluster policies are applied with all that lies beside them; in another one they are all of it. */
  private addPolicies(cluster: string): void {
    const { url, branch } = this.props.forge;
    const directory = { include: `${policyKinds[0]}*.yaml` };
    const name = policiesApplication(cluster);
    new Application(this, name, {
      metadata: {
        name,
        labels: this.ownedBy(),
        annotations: { ...ownFolderOnly, ...projectWave },
        finalizers,
      },
      spec: applicationSpec({
        project: policiesProject,
        source: { repoURL: url, targetRevision: refOf(branch), path: `dist/${deliveryFolder}`, directory },
        destination: { name: cluster, namespace: policiesNamespace },
        prune: true,
      }),
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
      spec: this.specOf(platformProject, environment, `dist/${name}/${platformFolder}`, !kept),
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
          spec: this.specOf(name, environment, '{{ .path.path }}', true),
        },
      },
    });
  }

  private specOf(project: string, environment: Environment, path: string, prune: boolean): ApplicationSpec {
    const { url, branch } = this.props.forge;
    const source = { repoURL: url, targetRevision: refOf(branch), path };
    return applicationSpec({ project, source, destination: destinationOf(environment), prune });
  }

  private ownedBy(environment?: string): Record<string, string> {
    return { ...ownerLabels(this.props.platform), ...(environment !== undefined && deliveryLabels(environment)) };
  }
}
