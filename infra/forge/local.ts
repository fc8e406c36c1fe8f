import * as pulumi from '@pulumi/pulumi';
import { discovers, repositoriesOfServices } from '../../apps/derived';
import type { LocalForge as LocalForgeFacts } from '../../apps/model';
import { DiscoveryAccess } from '../components/discovery-access';
import { ForgeCredentials } from '../components/forge-credentials';
import { ForgeHooks } from '../components/forge-hooks';
import { forgeService, LocalForge } from '../components/local-forge';
import { PlatformRepository } from '../components/platform-repository';
import { RefreshHook } from '../components/refresh-hook';
import { WebRoute } from '../components/web-route';
import { forgeNamespace } from '../namespaces';
import { urlOn } from '../outputs';
import { ForgeRepository } from '../provider/resources';
import type { Forge, ForgeSurroundings } from './forge';

/** Gitea in the cluster, behind the ingress. */
export function localForge(
  { host, url, branch, organization, repository }: LocalForgeFacts,
  { catalog, settings, cluster }: ForgeSurroundings,
): Forge {
  const { httpPort, ciPort } = settings;
  const { registryAddress, mirror, storageClass } = cluster;
  const inside = cluster.inside();
  const gitea = new LocalForge('forge', { host, httpPort, ciPort, mirror, storageClass }, inside);
  return {
    apiUrl: `http://${host}`,
    webUrl: urlOn(host, httpPort),
    credentials: 'npx slipway credentials git',
    notifications: { forgeUrl: urlOn(host, httpPort), forge: { by: 'token', apiUrl: `http://${host}/api/v1` } },
    names: { [host]: { service: forgeService, namespace: forgeNamespace } },
    aliases: [{ ip: gitea.clusterIP, hostnames: [host] }],
    open({ ingress, services, argoCd }) {
      const connection = pulumi.output({
        host,
        address: ingress.balancer ?? cluster.ingressAddress,
        port: httpPort,
        username: gitea.username,
        password: gitea.password,
      });
      const route = new WebRoute(
        'forge',
        {
          namespace: forgeNamespace,
          host,
          service: forgeService,
          // what is pushed may be of any size
          annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '0' },
        },
        { ...inside, dependsOn: [ingress, gitea.namespace] },
      );
      const copy = new PlatformRepository(
        'repository',
        {
          forge: connection,
          clusterId: cluster.clusterId,
          organization,
          repository,
          branch,
          url,
          registryHost: catalog.platform.registry.localHost,
          registryAddress,
          services,
        },
        { ...inside, dependsOn: [gitea, route] },
      );
      for (const full of repositoriesOfServices(catalog)) {
        const [owner, name] = full.split('/') as [string, string];
        new ForgeRepository(
          `service-${name}`,
          {
            forge: connection,
            cluster: cluster.clusterId,
            organization: owner,
            repository: name,
            branch: 'main',
            adopt: true,
          },
          // what was pushed to it outlives its entry in the catalog
          { parent: copy, dependsOn: [copy.organization], retainOnDelete: true },
        );
      }
      new ForgeCredentials(
        'credentials',
        { reader: copy.reader, delivery: copy.delivery },
        { ...inside, dependsOn: [...argoCd.definitions, gitea.namespace] },
      );
      if (discovers(catalog)) {
        new DiscoveryAccess(
          'discovery',
          { prefix: `http://${host}/${organization}/`, username: copy.reader.login, token: copy.reader.token },
          { ...inside, dependsOn: [...argoCd.definitions] },
        );
      }
      const refreshHook = new RefreshHook(
        'refresh-hook',
        { secret: argoCd.webhookSecret, mirror: cluster.mirror },
        { ...inside, dependsOn: [...argoCd.definitions] },
      );
      new ForgeHooks(
        'hooks',
        {
          forge: connection,
          clusterId: cluster.clusterId,
          organization,
          secret: argoCd.webhookSecret,
          pushesTo: argoCd.webhookUrl,
          changesTo: refreshHook.url,
        },
        { ...inside, dependsOn: [copy.organization] },
      );
      const { reader, reporter, commit } = copy;
      return {
        credential: { username: reader.login, password: reader.token },
        commit,
        notificationSecrets: { forgeToken: reporter.token },
        ready: [copy],
      };
    },
  };
}
