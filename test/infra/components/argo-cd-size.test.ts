import { argoCdSize } from '../../../infra/components/argo-cd-size';
import { argoCdTransform } from '../../../infra/components/argo-cd-transforms';
import { parseManifest } from '../../../infra/components/kubernetes-object';
import { shortened } from './fixtures';

test.each([
  [7, 10, 5],
  [200, 10, 5],
  [201, 20, 10],
  [1000, 50, 25],
  [5000, 100, 50],
])('%i Applications get %i and %i processors', (applications, statusProcessors, operationProcessors) => {
  expect(argoCdSize({ applications, clusters: 1 })).toMatchObject({ statusProcessors, operationProcessors });
});

test.each([
  [5000, 1, 1],
  [500, 3, 1],
  [1500, 3, 2],
  [5000, 3, 3],
])('%i Applications on %i clusters are shared by %i controllers', (applications, clusters, shards) => {
  expect(argoCdSize({ applications, clusters }).shards).toBe(shards);
});

/* eslint-disable @typescript-eslint/no-explicit-any -- objects of manifests have no type here */
const changed = (applications: number, clusters: number): any[] =>
  parseManifest(shortened('argo-cd')).map(
    argoCdTransform({
      url: 'http://argocd.x.local',
      forgeUrl: 'http://git.x.local',
      webhookSecret: 'drawn',
      notifications: { forgeUrl: 'http://git.x.local', forge: { by: 'token', apiUrl: 'http://git.x.local/api/v1' } },
      load: { applications, clusters },
    }),
  );
const find = (objects: any[], kind: string, name: string): any =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);

test('the controllers are told how many they are', () => {
  const { spec } = find(changed(3000, 2), 'StatefulSet', 'argocd-application-controller');
  expect(spec.replicas).toBe(2);
  const env = spec.template.spec.containers[0].env.filter(({ name }: any) => name === 'ARGOCD_CONTROLLER_REPLICAS');
  expect(env).toEqual([{ name: 'ARGOCD_CONTROLLER_REPLICAS', value: '2' }]);
});

test('what it may not see in another cluster is no error, and is one in its own', () => {
  expect(find(changed(7, 2), 'ConfigMap', 'argocd-cm').data['resource.respectRBAC']).toBe('normal');
  expect(find(changed(7, 1), 'ConfigMap', 'argocd-cm').data).not.toHaveProperty(['resource.respectRBAC']);
});

test('its numbers of workers follow the number of Applications', () => {
  expect(find(changed(1000, 1), 'ConfigMap', 'argocd-cmd-params-cm').data).toMatchObject({
    'controller.status.processors': '50',
    'controller.operation.processors': '25',
    'reposerver.parallelism.limit': '16',
  });
});
