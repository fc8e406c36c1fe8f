import type { Construct } from 'constructs';
import { lastEnvironments } from '../../apps/derived';
import type { Catalog, Deployment } from '../../apps/model';
import { commitPage, sourceRepository } from '../release-parameters';
import { DeliveryChart } from './delivery-chart';
import { DiscoveryChart } from './discovery-chart';
import { EnvironmentChart } from './environment-chart';
import type { FolderChart } from './folder-chart';
import { PoliciesChart } from './policies-chart';
import { ServiceChart } from './service-chart';

/**
 * The charts of a catalog, in its order. They have no dependencies on each other on purpose: cdk8s would sort them in
 * time that doubles with each; Argo CD's waves and retries put things in order.
 */
export function catalogCharts(scope: Construct, catalog: Catalog): FolderChart[] {
  const platform = catalog.platform.name;
  const kept = lastEnvironments(catalog.environments);
  const byEnvironment = new Map<string, Deployment[]>(catalog.environments.map(({ name }) => [name, []]));
  for (const deployment of catalog.deployments) byEnvironment.get(deployment.environment)!.push(deployment);
  return [
    new DeliveryChart(scope, 'argocd', {
      platform,
      forge: catalog.platform.forge,
      environments: catalog.environments,
      kept,
    }),
    new DiscoveryChart(scope, 'discovery', { catalog }),
    new PoliciesChart(scope, 'policies', { catalog, last: kept }),
    ...catalog.environments.map(
      (environment) =>
        new EnvironmentChart(scope, `environment.${environment.name}`, {
          platform,
          environment,
          kubernetesVersion: catalog.platform.cluster.kubernetesVersion,
          deployments: byEnvironment.get(environment.name)!,
          keep: kept.has(environment.name),
        }),
    ),
    ...serviceCharts(scope, catalog, catalog.deployments),
  ];
}

/** The charts of some of a catalog's deployments, each of which is all that its release reaches. */
export function serviceCharts(
  scope: Construct,
  catalog: Catalog,
  deployments: readonly Deployment[],
): readonly ServiceChart[] {
  return deployments.map(
    (deployment) =>
      new ServiceChart(scope, `${deployment.environment}.${deployment.name}`, {
        platform: catalog.platform.name,
        deployment,
        ...sourceOf(catalog, deployment),
      }),
  );
}

function sourceOf(catalog: Catalog, { name, release }: Deployment): { readonly source?: string } {
  if (release.unreleased || release.source === undefined) return {};
  return { source: commitPage(catalog.platform.forge, sourceRepository(catalog, name), release.source) };
}
