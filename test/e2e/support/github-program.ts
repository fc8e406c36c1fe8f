/** All that a platform has to do with GitHub, out of the catalog in CATALOG, and Argo CD's credential for it. */
import { readFileSync } from 'node:fs';
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { Catalog } from '../../../apps/model';
import type { ArgoCd } from '../../../infra/components/argo-cd';
import { RootApplication } from '../../../infra/components/root-application';
import { createForge } from '../../../infra/forge';
import type { ForgeSurroundings } from '../../../infra/forge/forge';

class Nothing extends pulumi.ComponentResource {
  readonly balancer = undefined;
}

export const program = async (): Promise<object> => {
  const catalog = JSON.parse(readFileSync(process.env['CATALOG']!, 'utf8')) as Catalog;
  const provider = new k8s.Provider('cluster', { kubeconfig: 'none' });
  const inside = { providers: [provider] };
  const settings = { name: catalog.platform.name, httpPort: 80, httpsPort: 443, registryPort: 5001, ciPort: 9797 };
  const cluster = {
    inside: () => inside,
    clusterId: pulumi.output('c1'),
    registryAddress: '127.0.0.1:5001',
    mirror: undefined,
  };
  const forge = createForge({ catalog, settings, cluster } as unknown as ForgeSurroundings);
  const nothing = new Nothing('slipway:test:Nothing', 'nothing');
  const copy = forge.open({ ingress: nothing, services: nothing, argoCd: { definitions: [] } as unknown as ArgoCd });
  const { url, branch } = catalog.platform.forge;
  new RootApplication('root', { url, branch, credential: copy.credential }, { ...inside, dependsOn: [...copy.ready] });
  return { web: forge.webUrl };
};
