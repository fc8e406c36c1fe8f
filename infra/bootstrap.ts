import type { Catalog } from '../apps/model';
import { ArgoCd } from './components/argo-cd';
import { Cluster } from './components/cluster';
import { ClusterNames } from './components/cluster-names';
import { IngressNginx } from './components/ingress-nginx';
import { MetricsServer } from './components/metrics-server';
import { NotificationSecret } from './components/notification-secret';
import { RootApplication } from './components/root-application';
import { Traefik } from './components/traefik';
import { WebRoute } from './components/web-route';
import { createForge } from './forge';
import { platformOutputs, urlOn, type PlatformOutputs } from './outputs';
import { ServiceImages } from './provider/resources';
import type { MachineSettings } from './settings';
import type { ManifestName } from './versions';

/** Content of a pinned upstream manifest. */
export type ReadManifest = (name: ManifestName) => Promise<string>;

/** From nothing to a platform that follows Git. What needs nothing from each other is made side by side. */
export async function bootstrap(
  catalog: Catalog,
  settings: MachineSettings,
  read: ReadManifest,
): Promise<PlatformOutputs> {
  const { platform, deployments } = catalog;
  const { argocd, registry } = platform;
  const { name, httpPort, httpsPort, registryPort } = settings;

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
  const forge = createForge({ catalog, settings, cluster });

  const names = new ClusterNames(
    'names',
    {
      names: { ...forge.names, [argocd.host]: { service: 'argocd-server', namespace: 'argocd' } },
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
      forgeUrl: forge.apiUrl,
      notifications: { ...forge.notifications, slack: settings.slack },
      mirror,
    },
    inside,
  );

  new WebRoute(
    'argo-cd',
    { namespace: argoCd.namespace, host: argocd.host, service: 'argocd-server' },
    {
      ...inside,
      dependsOn: [ingress, ...argoCd.definitions],
    },
  );
  const copy = forge.open({ ingress, services, argoCd });
  new NotificationSecret(
    'notifications',
    { ...copy.notificationSecrets, ...(settings.slack && { slackToken: settings.slack.token }) },
    { ...inside, dependsOn: [argoCd] },
  );
  new RootApplication(
    'root',
    { url: platform.forge.url, branch: platform.forge.branch, credential: copy.credential },
    { ...inside, dependsOn: [...copy.ready, names, ...argoCd.definitions] },
  );

  return platformOutputs({
    platform,
    deployments,
    settings,
    forge,
    kubeconfig: cluster.kubeconfigFile,
    commit: copy.commit,
  });
}
