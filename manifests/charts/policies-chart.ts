import type { Construct } from 'constructs';
import type { Catalog, Environment } from '../../apps/model';
import { AdmissionPolicy, AdmissionPolicyBinding } from '../constructs/admission-policy';
import { deliveryLabels, ownerLabels } from '../constructs/labels';
import { deliveryFolder } from '../layout';
import { policies } from '../policies';
import { FolderChart } from './folder-chart';

export interface PoliciesChartProps {
  readonly catalog: Catalog;
  /** Names of the environments where releases go no further. */
  readonly last: ReadonlySet<string>;
}

/** Policies hold before anything is deployed that they look at: in the folder and the wave of the projects. */
const policyWave = { 'argocd.argoproj.io/sync-wave': '-1' };

/**
 * The rules of all environments, and where each holds. They belong to the whole cluster, so they lie with what Argo CD
 * does; they bind the namespaces of environments alone, and nothing of the platform's own.
 */
export class PoliciesChart extends FolderChart {
  constructor(scope: Construct, id: string, { catalog, last }: PoliciesChartProps) {
    super(scope, id, { folder: deliveryFolder });
    const labels = ownerLabels(catalog.platform.name);
    for (const policy of policies(catalog.platform)) {
      new AdmissionPolicy(this, policy.name, { policy, labels, annotations: policyWave });
      const bound = (environment: Environment): boolean =>
        policy.lastEnvironments !== true || last.has(environment.name);
      for (const environment of catalog.environments.filter(bound)) {
        new AdmissionPolicyBinding(this, `${policy.name}.${environment.name}`, {
          policy,
          environment,
          labels: { ...labels, ...deliveryLabels(environment.name) },
          annotations: policyWave,
          exceptions: catalog.exceptions.filter(
            ({ policy: name, environments }) => name === policy.name && environments.includes(environment.name),
          ),
        });
      }
    }
  }
}
