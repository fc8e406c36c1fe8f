import { ArgoCd } from '../../../infra/components/argo-cd';
import { argoCdTransform } from '../../../infra/components/argo-cd-transforms';
import { imagesOf, parseManifest, type KubernetesObject } from '../../../infra/components/kubernetes-object';
import { argoCdManifest, shortened } from './fixtures';
import { record, the } from './recorder';

const forgeUrl = 'http://git.offerfit.local';
const settings = {
  url: 'http://argocd.offerfit.local',
  forgeUrl,
  notifications: { forgeUrl, forge: { by: 'token', apiUrl: `${forgeUrl}/api/v1` } },
  load: { applications: 7, clusters: 1 },
} as const;

/* eslint-disable @typescript-eslint/no-explicit-any -- objects of manifests have no type here */
const published = parseManifest(argoCdManifest());
const changed = published.map(argoCdTransform({ ...settings, webhookSecret: 'shared' }));
const find = (kind: string, name: string): any =>
  changed.find((object) => object.kind === kind && object.metadata.name === name);
const pods = changed.filter((object) => (object as any).spec?.template?.spec?.containers);

test('every object of a namespace is put into argocd, and none of the cluster is', () => {
  const clusterWide = ['CustomResourceDefinition', 'ClusterRole', 'ClusterRoleBinding'];
  for (const object of changed) {
    const expected = clusterWide.includes(object.kind) ? undefined : 'argocd';
    expect([object.kind, object.metadata.name, object.metadata.namespace]).toEqual([
      object.kind,
      object.metadata.name,
      expected,
    ]);
  }
});

test('every pod runs on the platform nodes and says what it needs', () => {
  expect(pods.length).toBeGreaterThan(3);
  for (const object of pods) {
    const pod = (object as any).spec.template.spec;
    expect(pod.nodeSelector.tier).toBe('backstage');
    for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
      expect([object.metadata.name, container.resources?.requests]).toEqual([
        object.metadata.name,
        { cpu: expect.any(String), memory: expect.any(String) },
      ]);
    }
  }
});

test('pods are made anew where a parameter that they read at their start changes, and only then', () => {
  const parametersOf = (change: object): Record<string, string | undefined> =>
    Object.fromEntries(
      published
        .map(argoCdTransform({ ...settings, ...change, webhookSecret: 'shared' }))
        .filter((object) => (object as any).spec?.template?.spec?.containers)
        .map((object) => [
          object.metadata.name,
          (object as any).spec.template.metadata?.annotations?.['slipway.dev/parameters'],
        ]),
    );
  const before = parametersOf({});
  expect(parametersOf({ url: 'http://argocd.example.test' })).toEqual(before);
  const after = parametersOf({ load: { applications: 900, clusters: 1 } });
  expect(Object.keys(before)).toEqual(expect.arrayContaining(['argocd-server', 'argocd-application-controller']));
  for (const [name, value] of Object.entries(before)) {
    if (name === 'argocd-redis') expect([value, after[name]]).toEqual([undefined, undefined]);
    else
      expect([value, after[name]]).toEqual([
        expect.stringMatching(/^[0-9a-f]{64}$/),
        expect.not.stringMatching(value!),
      ]);
  }
});

test('what renders or opens a shell is switched off, and upstream settings stay', () => {
  const { data } = find('ConfigMap', 'argocd-cm');
  expect(data).toMatchObject({
    'helm.enable': 'false',
    'kustomize.enable': 'false',
    'jsonnet.enable': 'false',
    'exec.enabled': 'false',
    'users.anonymous.enabled': 'false',
    url: 'http://argocd.offerfit.local',
  });
  expect(data['resource.exclusions']).toContain('Lease');
  expect(find('ConfigMap', 'argocd-rbac-cm').data).toEqual({ 'policy.default': '' });
});

test('generators may ask our own forge only, with tokens meant for it', () => {
  expect(find('ConfigMap', 'argocd-cmd-params-cm').data).toMatchObject({
    'server.insecure': 'true',
    'applicationsetcontroller.allowed.scm.providers': 'http://git.offerfit.local',
    'applicationsetcontroller.enable.tokenref.strict.mode': 'true',
  });
});

test('what becomes of a release is told, with reasons', () => {
  expect(find('ConfigMap', 'argocd-notifications-cm').data).toMatchObject({
    'service.webhook.forge': expect.stringContaining('url: http://git.offerfit.local/api/v1'),
    context: expect.stringContaining('argocdUrl: http://argocd.offerfit.local'),
  });
  // without it the health of a Deployment has no message to tell
  expect(find('ConfigMap', 'argocd-cmd-params-cm').data).toHaveProperty(['controller.resource.health.persist'], 'true');
});

test('events of the forge are believed by their signature', async () => {
  expect(find('Secret', 'argocd-secret').stringData).toEqual({ 'webhook.gogs.secret': 'shared' });
  const recorded = await record(
    () => new ArgoCd('argo-cd', { ...settings, manifest: shortened('argo-cd'), mirror: undefined }),
  );
  const secret = the(recorded, 'kubernetes:core/v1:Secret', 'argo-cd-secret-argocd-argocd-secret');
  expect(secret.inputs.stringData).toEqual({ 'webhook.gogs.secret': 'drawn' });
  expect(secret.secretInputs).toEqual(['stringData']);
});

test('what has no policy of its own takes nobody in', async () => {
  const recorded = await record(
    () => new ArgoCd('argo-cd', { ...settings, manifest: shortened('argo-cd'), mirror: undefined }),
  );
  const name = 'argo-cd-networkpolicy-argocd-default-deny-ingress';
  expect(the(recorded, 'kubernetes:networking.k8s.io/v1:NetworkPolicy', name).inputs.spec).toEqual({
    podSelector: {},
    policyTypes: ['Ingress'],
  });
});

test('dex does not run, so its image is not needed', () => {
  expect(find('Deployment', 'argocd-dex-server').spec.replicas).toBe(0);
  expect(imagesOf(changed)).toEqual([
    'public.ecr.aws/docker/library/redis:8.2.3-alpine',
    'quay.io/argoproj/argocd:v3.5.4',
  ]);
});

test('a server that is ready is seen to be so within seconds', () => {
  const [container] = find('Deployment', 'argocd-server').spec.template.spec.containers;
  expect(container.readinessProbe).toMatchObject({ periodSeconds: 2, initialDelaySeconds: 1 });
  expect(container.readinessProbe.httpGet).toBeDefined();
});

test('network policies and the published objects are left as they are', () => {
  const before = parseManifest(argoCdManifest());
  expect(published).toEqual(before);
  const policies = (objects: readonly KubernetesObject[]): unknown[] =>
    objects.filter(({ kind }) => kind === 'NetworkPolicy').map((object) => object['spec']);
  expect(policies(changed)).toEqual(policies(before));
});

test('pods come after their namespace, what they read and their images; Services are not waited for', async () => {
  let argoCd: ArgoCd | undefined;
  const mirror = { address: '127.0.0.1:5001' };
  const recorded = await record(() => {
    argoCd = new ArgoCd('argo-cd', { ...settings, manifest: shortened('argo-cd'), mirror });
  });
  const server = the(recorded, 'kubernetes:apps/v1:Deployment', 'argo-cd-deployment-argocd-argocd-server');
  expect(server.parent).toBe('slipway:component:UpstreamManifest::argo-cd');
  expect(server.dependsOn).toEqual(
    expect.arrayContaining([
      'kubernetes:core/v1:Namespace::argo-cd-namespace-argocd',
      'kubernetes:core/v1:ConfigMap::argo-cd-configmap-argocd-argocd-cm',
      'kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding::argo-cd-clusterrolebinding-argocd-server',
      'kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition::argo-cd-customresourcedefinition-applications.argoproj.io',
      'slipway:index:MirroredImages::argo-cd-images',
    ]),
  );
  const service = the(recorded, 'kubernetes:core/v1:Service', 'argo-cd-service-argocd-argocd-server');
  expect(service.inputs.metadata.annotations).toEqual({ 'pulumi.com/skipAwait': 'true' });
  expect(the(recorded, 'kubernetes:core/v1:Namespace').inputs.metadata.labels).toMatchObject({
    'pod-security.kubernetes.io/enforce': 'restricted',
  });
  expect(argoCd!.definitions).toHaveLength(2);
});
