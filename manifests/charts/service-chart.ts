import type { Construct } from 'constructs';
import type { Deployment } from '../../apps/model';
import { ownerLabels } from '../constructs/labels';
import { WebService } from '../constructs/web-service';
import { FolderChart } from './folder-chart';

export interface ServiceChartProps {
  /** The platform's name. */
  readonly platform: string;
  readonly deployment: Deployment;
}

/** What the owners of a service run in one environment. */
export class ServiceChart extends FolderChart {
  constructor(scope: Construct, id: string, { platform, deployment }: ServiceChartProps) {
    const { name, environment, namespace, ingress, release, ...rest } = deployment;
    super(scope, id, { folder: `${environment}/${name}`, namespace });
    new WebService(this, 'web', {
      ...rest,
      name,
      labels: ownerLabels(platform, name),
      annotations: {
        'slipway.dev/version': deployment.version,
        ...(release.unreleased !== true &&
          release.source !== undefined && { 'slipway.dev/source-commit': release.source }),
      },
      ...(ingress.exposed && { ingress: { host: ingress.host, path: ingress.path } }),
    });
  }
}
