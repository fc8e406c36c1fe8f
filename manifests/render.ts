import { ApiObject, App } from 'cdk8s';
import type { Catalog, Deployment } from '../apps/model';
import { catalogCharts, serviceCharts } from './charts/catalog-charts';
import type { FolderChart } from './charts/folder-chart';
import { objectPath, releaseFile } from './layout';
import { releaseParameters, sourceRepository } from './release-parameters';
import { toYaml, type Yaml } from './yaml';

/**
 * Every object of the platform that Argo CD deploys, and what it is told of each release: path below `dist/` and YAML,
 * sorted by path. The same catalog is always the same bytes; no file is read or written.
 */
export function renderCatalog(catalog: Catalog): ReadonlyMap<string, string> {
  return renderCharts(catalog, catalogCharts(new App(), catalog), catalog.deployments);
}

/** What `renderCatalog` makes of some of the catalog's deployments: all that a change of their releases can reach. */
export function renderDeployments(catalog: Catalog, deployments: readonly Deployment[]): ReadonlyMap<string, string> {
  return renderCharts(catalog, serviceCharts(new App(), catalog, deployments), deployments);
}

function renderCharts(
  catalog: Catalog,
  charts: readonly FolderChart[],
  deployments: readonly Deployment[],
): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const chart of charts) {
    for (const construct of chart.node.findAll()) {
      const faults = construct.node.validate();
      if (faults.length > 0) throw new Error(`${construct.node.path}: ${faults.join(', ')}`);
      if (!ApiObject.isApiObject(construct)) continue;
      const file = objectPath(chart.folder, construct.kind, construct.name);
      // two objects of one name would silently be one; names come from the catalog, which should have refused
      if (files.has(file)) throw new Error(`dist/${file} is rendered twice`);
      files.set(file, toYaml(construct.toJson() as Yaml));
    }
  }
  for (const deployment of deployments) {
    // without a release there is no image, and so nothing that Argo CD could run
    if (deployment.release.unreleased) continue;
    const parameters = releaseParameters(deployment, sourceRepository(catalog, deployment.name));
    files.set(`${deployment.environment}/${deployment.name}/${releaseFile}`, toYaml({ ...parameters }));
  }
  return new Map([...files].sort(([left], [right]) => (left < right ? -1 : 1)));
}
