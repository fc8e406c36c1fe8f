import type { Construct } from 'constructs';
import type { Deployment } from '../../apps/model';
import { ownerLabels } from '../constructs/labels';
import { WebService } from '../constructs/web-service';
import { FolderChart } from './folder-chart';

export interface ServiceChartProps {
  /** The platform's name. */
  readonly platform: string;
  readonly deployment: Deployment;
  /** Page of the commit that the release was built from. @default unknown */
  readonly source?: string;
}

/** What the owners of a service run in one environment. */
export class ServiceChart extends FolderChart {
  constructor(scope: Construct, id: string, { platform, deployment, source }: ServiceChartProps) {
    const { name, environment, namespace, ingress, release, ...rest } = deployment;
    const commit = release.unreleased ? undefined : release.source;
    super(scope, id, { folder: `${environment}/${name}`, namespace });
    new WebService(this, 'web', {
      ...rest,
      name,
      labels: ownerLabels(platform, name),
      annotations: {
        'slipway.dev/version': deployment.version,
        ...(commit !== undefined && { 'slipway.dev/source-commit': commit }),
      },
      ...(source !== undefined && { source }),
      ...(ingress.exposed && { ingress: { host: ingress.host, path: ingress.path } }),
    });
  }
}
