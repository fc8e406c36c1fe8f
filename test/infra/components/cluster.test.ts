import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Cluster, type ClusterArgs } from '../../../infra/components/cluster';
import { record, the } from './recorder';

const args: ClusterArgs = {
  platform: 'pier',
  cluster: {
    driver: 'kind',
    kubernetesVersion: 'v1.36.1',
    nodes: [
      { role: 'control-plane', labels: {}, ports: [], mounts: [] },
      { role: 'worker', labels: { tier: 'backstage' }, ports: [], mounts: [] },
    ],
    httpPort: 8080,
    httpsPort: 8443,
    registryPort: 5009,
  },
  namespaces: ['argocd'],
  registryHost: 'registry.x.local',
  mirrorEverything: true,
};

test('registry and nodes are made side by side, from the settings', async () => {
  const recorded = await record(() => new Cluster('cluster', args));
  const registry = the(recorded, 'slipway:index:Registry');
  expect(registry).toMatchObject({
    name: 'cluster-registry',
    parent: 'slipway:component:Cluster::cluster',
    inputs: { platform: 'pier', hostPort: 5009 },
  });
  const nodes = the(recorded, 'slipway:index:KubernetesCluster');
  expect(nodes).toMatchObject({
    name: 'cluster',
    dependsOn: [],
    inputs: { ...args, name: 'pier', hostsArgoCd: true },
  });
});

test('the provider sees another cluster in every new one, and keeps the key secret', async () => {
  const recorded = await record(() => new Cluster('cluster', args));
  const provider = the(recorded, 'pulumi:providers:kubernetes');
  expect(provider.inputs).toMatchObject({
    clusterIdentifier: 'c1',
    deleteUnreachable: 'true',
    enableServerSideApply: 'true',
  });
  expect(provider.secretInputs).toEqual(['kubeconfig']);
});

test('tools are told where to push', async () => {
  const recorded = await record(() => new Cluster('cluster', args));
  expect(the(recorded, 'kubernetes:core/v1:ConfigMap').inputs).toMatchObject({
    metadata: { name: 'local-registry-hosting', namespace: 'kube-public' },
    data: { 'localRegistryHosting.v1': 'host: "localhost:5009"\n' },
  });
});

test('nodes that pull for themselves have no mirror', async () => {
  const mirrors: unknown[] = [];
  for (const mirrorEverything of [true, false]) {
    await record(() => mirrors.push(new Cluster('cluster', { ...args, mirrorEverything }).mirror));
  }
  expect(mirrors).toEqual([{ address: expect.anything() }, undefined]);
});

class Part extends pulumi.ComponentResource {
  constructor(name: string, opts: pulumi.ComponentResourceOptions) {
    super('test:index:Part', name, {}, opts);
    new k8s.core.v1.Namespace(name, {}, { parent: this });
  }
}

test('what is inside goes with the nodes instead of being deleted one by one', async () => {
  const recorded = await record(() => new Part('part', new Cluster('cluster', args).inside()));
  expect(the(recorded, 'kubernetes:core/v1:Namespace', 'part').deletedWith).toBe(
    'slipway:index:KubernetesCluster::cluster',
  );
  expect(the(recorded, 'kubernetes:core/v1:ConfigMap').deletedWith).toBe('slipway:index:KubernetesCluster::cluster');
  expect(the(recorded, 'slipway:index:Registry').deletedWith).toBe('');
  expect(the(recorded, 'slipway:index:KubernetesCluster').deletedWith).toBe('');
});
