import * as pulumi from '@pulumi/pulumi';
import type { Catalog } from '../apps/model';
import { ArgoCd } from './components/argo-cd';
import { addOns } from './components/add-ons';
import { Cluster } from './components/cluster';
import { ClusterNames } from './components/cluster-names';
import { NotificationSecret } from './components/notification-secret';
import { addDestinations, withSettings } from './destinations';
import { RootApplication } from './components/root-application';
import { WebRoute } from './components/web-route';
import { createForge } from './forge';
import { namespacesIn } from './namespaces';
import { platformOutputs, urlOn, type PlatformOutputs } from './outputs';
import { DeliveredApplications, ServiceImages } from './provider/resources';
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
  const { platform, environments, deployments } = catalog;
  const { argocd, registry } = platform;
  const { name, httpPort } = settings;

  const cluster = new Cluster('cluster', {
    platform: name,
    cluster: withSettings(platform.cluster, settings),
    registryHost: registry.localHost,
    mirrorEverything: settings.supply === 'build',
    namespaces: namespacesIn(environments, undefined),
  });
  const { registryAddress, mirror } = cluster;
  const services = new ServiceImages('services', { registryAddress }, { dependsOn: cluster.pushable });
  const inside = cluster.inside();
  const forge = createForge({ catalog, settings, cluster });

  const names =
    cluster.ownsNames &&
    new ClusterNames(
      'names',
      {
        names: { ...forge.names, [argocd.host]: { service: 'argocd-server', namespace: 'argocd' } },
      },
      inside,
    );
  const ingress = await addOns(cluster, settings, read);
  const argoCd = new ArgoCd(
    'argo-cd',
    {
      manifest: await read(argocd.highAvailability ? 'argo-cd-ha' : 'argo-cd'),
      url: urlOn(argocd.host, httpPort),
      forgeUrl: forge.apiUrl,
      notifications: { ...forge.notifications, slack: settings.slack },
      load: {
        applications: 1 + environments.length + deployments.length,
        clusters: 1 + Object.keys(platform.clusters).length,
      },
      ...(!cluster.ownsNames && { hostAliases: forge.aliases }),
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
  const destinations = await addDestinations({ catalog, settings, read, cluster, argoCd });
  new RootApplication(
    'root',
    { url: platform.forge.url, branch: platform.forge.branch, credential: copy.credential },
    { ...inside, dependsOn: [...copy.ready, ...(names ? [names] : []), ...argoCd.definitions, ...destinations] },
  );
  if (cluster.kept) {
    new DeliveredApplications(
      'delivered',
      { kubeconfigFile: cluster.kubeconfigFile },
      { dependsOn: [argoCd, ...destinations] },
    );
  }

  return platformOutputs({
    platform,
    deployments,
    settings,
    forge,
    kubeconfig: cluster.kubeconfigFile,
    address: pulumi.output(ingress.balancer ?? cluster.ingressAddress),
    registry: registryAddress,
    commit: copy.commit,
  });
}
