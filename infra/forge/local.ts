import * as pulumi from '@pulumi/pulumi';
import type { LocalForge as LocalForgeFacts } from '../../apps/model';
import { forgeNamespace, forgeService, LocalForge } from '../components/local-forge';
import { PlatformRepository } from '../components/platform-repository';
import { WebRoute } from '../components/web-route';
import { urlOn } from '../outputs';
import type { Forge, ForgeSurroundings } from './forge';

/** Gitea in the cluster, behind the ingress. */
export function localForge(
  { host, url, branch, organization, repository }: LocalForgeFacts,
  { catalog, settings, cluster }: ForgeSurroundings,
): Forge {
  const { httpPort, registryPort } = settings;
  const inside = cluster.inside();
  const gitea = new LocalForge('forge', { host, httpPort, mirror: cluster.mirror }, inside);
  const connection = pulumi.output({ host, port: httpPort, username: gitea.username, password: gitea.password });
  return {
    apiUrl: `http://${host}`,
    webUrl: urlOn(host, httpPort),
    credentials: 'npx slipway credentials git',
    names: { [host]: { service: forgeService, namespace: forgeNamespace } },
    open({ ingress, services }) {
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
          registryPort,
          services,
        },
        { ...inside, dependsOn: [gitea, route] },
      );
      const { username, password, commit } = copy;
      return { credential: { username, password }, commit, ready: [copy] };
    },
  };
}
