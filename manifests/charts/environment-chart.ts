import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import type { Deployment, Environment } from '../../apps/model';
import { deliveryLabels, ownerLabels } from '../constructs/labels';
import { DefaultDenyPolicy, DnsPolicy, ServicePolicy } from '../constructs/network-policy';
import { podSecurityLabels } from '../constructs/pod-security';
import { platformFolder } from '../layout';
import { FolderChart } from './folder-chart';

export interface EnvironmentChartProps {
  /** The platform's name. */
  readonly platform: string;
  readonly environment: Environment;
  /** Release of the cluster, `v1.36.1`, whose rules of Pod Security hold. */
  readonly kubernetesVersion: string;
  /** The services of this environment. */
  readonly deployments: readonly Deployment[];
  /** Keep the namespace whatever Argo CD is told. */
  readonly keep: boolean;
}

/**
 * What the platform, not the services' owners, decides about an environment: its namespace, how strict pods are
 * checked, and who may talk to whom. The services' project may not hold network policies, so they are all here.
 */
export class EnvironmentChart extends FolderChart {
  constructor(scope: Construct, id: string, props: EnvironmentChartProps) {
    const { name, namespace } = props.environment;
    super(scope, id, { folder: `${name}/${platformFolder}` });
    const labels = ownerLabels(props.platform);
    new k8s.KubeNamespace(this, 'namespace', {
      metadata: {
        name: namespace,
        labels: { ...labels, ...deliveryLabels(name), ...podSecurityLabels(props.kubernetesVersion) },
        ...(props.keep && { annotations: { 'argocd.argoproj.io/sync-options': 'Delete=false,Prune=false' } }),
      },
    });
    new DefaultDenyPolicy(this, 'default-deny', { namespace, labels });
    new DnsPolicy(this, 'allow-dns', { namespace, labels });
    const ports = new Map(props.deployments.map((deployment) => [deployment.name, deployment.port]));
    for (const deployment of props.deployments) {
      new ServicePolicy(this, `service-${deployment.name}`, {
        name: deployment.name,
        namespace,
        labels: ownerLabels(props.platform, deployment.name),
        port: deployment.port,
        exposed: deployment.ingress.exposed,
        callers: deployment.calledBy,
        calls: deployment.calls.map((callee) => ({ name: callee, port: ports.get(callee)! })),
      });
    }
  }
}
