import * as pulumi from '@pulumi/pulumi';
import type { Catalog } from '../apps/model';
import { ArgoCd } from './components/argo-cd';
import { Cluster } from './components/cluster';
import { ClusterNames } from './components/cluster-names';
import { IngressNginx } from './components/ingress-nginx';
import { forgeNamespace, forgeService, LocalForge } from './components/local-forge';
import { MetricsServer } from './components/metrics-server';
import { PlatformRepository } from './components/platform-repository';
import { RootApplication } from './components/root-application';
import { Traefik } from './components/traefik';
import { WebRoute } from './components/web-route';
import { platformOutputs, urlOn, type PlatformOutputs } from './outputs';
import { ServiceImages } from './provider/resources';
import type { MachineSettings } from './settings';
import type { ManifestName } from './versions';

/** Content of a pinned upstream manifest. */
export type ReadManifest = (name: ManifestName) => Promise<string>;

/** From nothing to a platform that follows Git. What needs nothing from each other is made side by side. */
export async function bootstrap(
  { platform, deployments }: Catalog,
  settings: MachineSettings,
  read: ReadManifest,
): Promise<PlatformOutputs> {
  const { forge: repositoryFacts, argocd, registry } = platform;
  const { name, httpPort, httpsPort, registryPort } = settings;
  const { url, branch, organization, repository } = repositoryFacts;

  const cluster = new Cluster('cluster', {
    platform: name,
    kubernetesVersion: platform.cluster.kubernetesVersion,
    nodes: platform.cluster.nodes,
    httpPort,
    httpsPort,
    registryPort,
    registryHost: registry.localHost,
    mirrorEverything: settings.supply === 'build',
  });
  const services = new ServiceImages('services', { registryPort }, { dependsOn: [cluster.registry] });
  const inside = cluster.inside();
  const { mirror } = cluster;

  const names = new ClusterNames(
    'names',
    {
      names: {
        [repositoryFacts.host]: { service: forgeService, namespace: forgeNamespace },
        [argocd.host]: { service: 'argocd-server', namespace: 'argocd' },
      },
    },
    inside,
  );
  const ingress =
    settings.ingress === 'traefik'
      ? new Traefik('ingress', { mirror }, inside)
      : new IngressNginx('ingress', { manifest: await read('ingress-nginx'), mirror }, inside);
  new MetricsServer('metrics', { manifest: await read('metrics-server'), mirror }, inside);
  const argoCd = new ArgoCd(
    'argo-cd',
    {
      manifest: await read('argo-cd'),
      url: urlOn(argocd.host, httpPort),
      forgeUrl: `http://${repositoryFacts.host}`,
      mirror,
    },
    inside,
  );
  const forge = new LocalForge('forge', { host: repositoryFacts.host, httpPort, mirror }, inside);

  new WebRoute(
    'argo-cd',
    { namespace: argoCd.namespace, host: argocd.host, service: 'argocd-server' },
    {
      ...inside,
      dependsOn: [ingress, ...argoCd.definitions],
    },
  );
  const forgeRoute = new WebRoute(
    'forge',
    {
      namespace: forgeNamespace,
      host: repositoryFacts.host,
      service: forgeService,
      // what is pushed may be of any size
      annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '0' },
    },
    { ...inside, dependsOn: [ingress, forge.namespace] },
  );

  const connection = pulumi.output({
    host: repositoryFacts.host,
    port: httpPort,
    username: forge.username,
    password: forge.password,
  });
  const copy = new PlatformRepository(
    'repository',
    {
      forge: connection,
      clusterId: cluster.clusterId,
      organization,
      repository,
      branch,
      url,
      registryHost: registry.localHost,
      registryPort,
      services,
    },
    { ...inside, dependsOn: [forge, forgeRoute] },
  );
  new RootApplication(
    'root',
    { url, branch, username: copy.username, password: copy.password },
    { ...inside, dependsOn: [copy, names, ...argoCd.definitions] },
  );

  return platformOutputs({
    platform,
    deployments,
    settings,
    kubeconfig: cluster.kubeconfigFile,
    commit: copy.commit,
  });
}
