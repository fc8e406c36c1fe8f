import { createHash } from 'node:crypto';
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';

export interface ClusterNamesArgs {
  /** Names of the platform, and the Service that each means inside the cluster. */
  readonly names: Readonly<Record<string, { readonly service: string; readonly namespace: string }>>;
}

const begin = '    # names of the platform: begin';
const end = '    # names of the platform: end';

/** A Corefile with the rewrites of `names` first in its root zone. Everything else stays; written twice it is the same. */
export function withNames(corefile: string, names: ClusterNamesArgs['names']): string {
  const lines = corefile.split('\n');
  const from = lines.indexOf(begin);
  const rest = from < 0 ? lines : lines.toSpliced(from, lines.indexOf(end) - from + 1);
  const zone = rest.findIndex((line) => line.startsWith('.:53 '));
  if (zone < 0) throw new Error('the Corefile has no zone ".:53" to put names into');
  const rewrites = Object.entries(names).map(
    ([host, { service, namespace }]) => `    rewrite name exact ${host} ${service}.${namespace}.svc.cluster.local`,
  );
  return rest.toSpliced(zone + 1, 0, begin, ...rewrites, end).join('\n');
}

/** Makes names of the platform mean Services inside the cluster, so that a URL is the same in and outside of it. */
export class ClusterNames extends pulumi.ComponentResource {
  constructor(name: string, args: ClusterNamesArgs, opts?: pulumi.ComponentResourceOptions) {
    super('slipway:component:ClusterNames', name, {}, opts);
    const metadata = { name: 'coredns', namespace: 'kube-system' };
    const current = k8s.core.v1.ConfigMap.get(`${name}-corefile`, 'kube-system/coredns', { parent: this });
    const corefile = current.data.apply((data) => withNames(data['Corefile']!, args.names));
    // kubeadm wrote the field once and never again
    const force = { 'pulumi.com/patchForce': 'true' };
    const patch = new k8s.core.v1.ConfigMapPatch(
      name,
      { metadata: { ...metadata, annotations: force }, data: { Corefile: corefile } },
      { parent: this },
    );
    const checksum = corefile.apply((text) => createHash('sha256').update(text).digest('hex'));
    new k8s.apps.v1.DeploymentPatch(
      name,
      {
        metadata: { ...metadata, annotations: force },
        // a changed ConfigMap reaches running pods after a minute or two; new pods have it at once
        spec: { template: { metadata: { annotations: { 'slipway.dev/corefile': checksum } } } },
      },
      { parent: this, dependsOn: [patch] },
    );
    this.registerOutputs();
  }
}
