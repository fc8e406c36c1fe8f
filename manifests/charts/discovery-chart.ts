import type { Construct } from 'constructs';
import { repositoryUrl } from '../../apps/derived';
import type { Catalog, Environment } from '../../apps/model';
import { AppProject, ApplicationSet, type AppProjectSpec, type ScmProvider } from '../constructs/argo-cd';
import { deliveryLabels, ownerLabels } from '../constructs/labels';
import { podSecurityLabels } from '../constructs/pod-security';
import { deliveryFolder } from '../layout';
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
  server,
  serviceWave,
} from './delivery-parts';
import { FolderChart } from './folder-chart';

export interface DiscoveryChartProps {
  readonly catalog: Catalog;
}

/** Where the bootstrap keeps the token with which repositories are listed. */
const tokenRef = { secretName: 'forge-token', key: 'token' };

/** What a name may be before its ending, so that all names made of it fit. */
const stem = '[a-z]([a-z0-9-]{0,38}[a-z0-9])?';

/** Nobody but a person takes away what was discovered: a forge that lists too little for a moment removes nothing. */
const neverDeleting = { applicationsSync: 'create-update', preserveResourcesOnDeletion: true } as const;

/** How Argo CD calls the cluster that it runs in. */
const ownCluster = 'in-cluster';

/**
 * Repositories that are deployed because of their name: add-ons to every cluster, deployment repositories to the environments
 * that they have a folder for. Each kind has a project of its own, which says what such a repository may touch.
 */
export class DiscoveryChart extends FolderChart {
  private readonly props: DiscoveryChartProps;

  constructor(scope: Construct, id: string, props: DiscoveryChartProps) {
    super(scope, id, { folder: deliveryFolder, namespace: argoNamespace });
    this.props = props;
    const { platform, environments } = props.catalog;
    if (platform.discovery.addOns) {
      this.addAddOnsProject();
      this.addAddOnsSet();
    }
    if (!platform.discovery.deployments) return;
    for (const environment of environments) {
      this.addDeploymentsProject(environment);
      this.addDeploymentsSet(environment);
    }
  }

  private get clusters(): readonly string[] {
    return Object.keys(this.props.catalog.platform.clusters);
  }

  /** Of the whole cluster an add-on makes its namespace, and what the catalog names. */
  private addAddOnsProject(): void {
    const namespace = 'addon-*';
    const { addOnClusterKinds } = this.props.catalog.platform.discovery;
    this.addProject('add-ons', 'addon', undefined, {
      description: 'Add-ons, each in a namespace of its own',
      destinations: [{ server, namespace }, ...this.clusters.map((name) => ({ name, namespace }))],
      clusterResourceWhitelist: [
        { group: '', kind: 'Namespace', name: namespace },
        ...addOnClusterKinds.map(({ group, kind }) => ({ group, kind })),
      ],
    });
  }

  private addAddOnsSet(): void {
    const { platform } = this.props.catalog;
    const tool = '{{ .repository | trimSuffix "-addon" }}';
    const named = `addon-${tool}`;
    const elements = [
      { cluster: ownCluster, suffix: '' },
      ...this.clusters.map((cluster) => ({ cluster, suffix: `-${cluster}` })),
    ];
    new ApplicationSet(this, 'set-add-ons', {
      metadata: { name: 'add-ons', labels: this.ownedBy(), annotations: serviceWave },
      spec: {
        goTemplate: true,
        goTemplateOptions: ['missingkey=error'],
        generators: [
          { matrix: { generators: [{ scmProvider: this.lister('addon', 'manifests') }, { list: { elements } }] } },
        ],
        syncPolicy: neverDeleting,
        template: {
          metadata: {
            name: `${named}{{ .suffix }}`,
            labels: { ...this.ownedBy(), 'slipway.dev/add-on': tool },
            annotations: ownFolderOnly,
          },
          spec: applicationSpec({
            project: 'add-ons',
            source: this.sourceAt('manifests'),
            destination: { name: '{{ .cluster }}', namespace: named },
            prune: true,
            namespaceLabels: { ...this.ownedBy(), ...podSecurityLabels(platform.cluster.kubernetesVersion) },
          }),
        },
      },
    });
  }

  private addDeploymentsProject(environment: Environment): void {
    this.addProject(`deployments-${environment.name}`, 'deployment', environment.name, {
      description: `Deployment repositories in ${environment.name}`,
      destinations: [destinationOf(environment)],
      clusterResourceWhitelist: [],
      namespaceResourceBlacklist: limitingKinds,
    });
  }

  private addDeploymentsSet(environment: Environment): void {
    const { name } = environment;
    const app = '{{ .repository | trimSuffix "-deployment" }}';
    new ApplicationSet(this, `set-deployments-${name}`, {
      metadata: { name: `deployments-${name}`, labels: this.ownedBy(name), annotations: serviceWave },
      spec: {
        goTemplate: true,
        goTemplateOptions: ['missingkey=error'],
        generators: [{ scmProvider: this.lister('deployment', name) }],
        syncPolicy: neverDeleting,
        template: {
          metadata: {
            name: `deployment-${name}-${app}`,
            labels: { ...this.ownedBy(name), 'slipway.dev/deployment': app },
            annotations: ownFolderOnly,
          },
          spec: applicationSpec({
            project: `deployments-${name}`,
            source: this.sourceAt(name),
            destination: destinationOf(environment),
            prune: true,
          }),
        },
      },
    });
  }

  /** Lists the repositories of one ending that have a folder on their main branch. */
  private lister(ending: string, folder: string): ScmProvider {
    const { type, organization, host } = this.props.catalog.platform.forge;
    const forge =
      type === 'github'
        ? { github: { organization, tokenRef } }
        : { gitea: { owner: organization, api: `http://${host}`, tokenRef } };
    const repositoryMatch = `^${stem}-${ending}$`;
    return {
      ...forge,
      cloneProtocol: 'https',
      // one with a path is asked of branches, and whoever has none, as an empty repository, stops them all: one by name alone
      // is asked before
      filters: [{ repositoryMatch }, { repositoryMatch, pathsExist: [folder] }],
      requeueAfterSeconds: lookAgainSeconds,
    };
  }

  /** By the name that the forge has in dist/, not by that of one machine, which has a port. */
  private sourceAt(path: string) {
    const { forge } = this.props.catalog.platform;
    const repoURL = repositoryUrl(forge, `${forge.organization}/{{ .repository }}`);
    return { repoURL, targetRevision: refOf('{{ .branch }}'), path };
  }

  private addProject(
    name: string,
    ending: string,
    environment: string | undefined,
    spec: Omit<AppProjectSpec, 'sourceRepos' | 'sourceNamespaces'>,
  ): void {
    const { forge } = this.props.catalog.platform;
    const sourceRepos = [repositoryUrl(forge, `${forge.organization}/*-${ending}`)];
    new AppProject(this, `project-${name}`, {
      metadata: { name, labels: this.ownedBy(environment), annotations: projectWave, finalizers },
      spec: { ...spec, sourceRepos, sourceNamespaces: [] },
    });
  }

  private ownedBy(environment?: string): Record<string, string> {
    const { name } = this.props.catalog.platform;
    return { ...ownerLabels(name), ...(environment !== undefined && deliveryLabels(environment)) };
  }
}
