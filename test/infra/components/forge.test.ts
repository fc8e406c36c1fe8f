import { LocalForge } from '../../../infra/components/local-forge';
import { record, the, types, type Recorded } from './recorder';

const mirror = { address: '127.0.0.1:5001' };

const deployment = (recorded: readonly Recorded[]) =>
  the(recorded, 'kubernetes:apps/v1:Deployment', 'forge').inputs.spec.template.spec;

test('Gitea runs on the nodes of the platform, restricted, with its data on a claim', async () => {
  const recorded = await record(
    () => new LocalForge('forge', { host: 'git.offerfit.local', httpPort: 80, ciPort: 9797, mirror }),
  );
  const pod = deployment(recorded);
  expect(pod.nodeSelector).toEqual({ tier: 'backstage' });
  expect(pod.securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  for (const container of [...pod.initContainers, ...pod.containers]) {
    expect(container.image).toBe('docker.io/gitea/gitea:1.26.0-rootless');
    expect(container.resources.requests).toEqual({ cpu: expect.any(String), memory: expect.any(String) });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  }
  expect(the(recorded, 'kubernetes:core/v1:PersistentVolumeClaim').inputs.spec).toMatchObject({
    storageClassName: 'standard',
  });
  expect(the(recorded, 'kubernetes:core/v1:Namespace').inputs.metadata).toMatchObject({
    name: 'gitea',
    labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
  });
  expect(the(recorded, 'kubernetes:apps/v1:Deployment').inputs.spec.strategy).toEqual({ type: 'Recreate' });
});

test('its settings and its password are in Secrets only, and the engine is told that they are secret', async () => {
  const recorded = await record(
    () => new LocalForge('forge', { host: 'git.offerfit.local', httpPort: 80, ciPort: 9797 }),
  );
  const settings = the(recorded, 'kubernetes:core/v1:Secret', 'forge-settings');
  expect(settings.inputs.stringData['app.ini']).toContain('INSTALL_LOCK = true');
  expect(settings.inputs.stringData['app.ini']).toContain('DISABLE_REGISTRATION = true');
  expect(settings.secretInputs).toEqual(['stringData']);
  expect(the(recorded, 'kubernetes:core/v1:Secret', 'forge-admin').secretInputs).toEqual(['stringData']);
  // GIVEN a drawn value of "drawn" for every secret, THEN nothing but Secrets holds it
  const others = recorded.filter(({ type }) => type !== 'kubernetes:core/v1:Secret');
  expect(others.filter(({ inputs }) => JSON.stringify(inputs).includes('drawn')).map(({ name }) => name)).toEqual([]);
});

test('another setting gives another pod', async () => {
  const marks = [];
  for (const httpPort of [80, 8080]) {
    const recorded = await record(
      () => new LocalForge('forge', { host: 'git.offerfit.local', httpPort, ciPort: 9797 }),
    );
    const { annotations } = the(recorded, 'kubernetes:apps/v1:Deployment').inputs.spec.template.metadata;
    expect(annotations['slipway.dev/settings']).toMatch(/^[0-9a-f]{64}$/);
    marks.push(annotations['slipway.dev/settings']);
  }
  expect(marks[0]).not.toBe(marks[1]);
});

test('its address carries the port of this machine, and its Service listens there too', async () => {
  let url = '';
  const recorded = await record(
    () => void (url = new LocalForge('forge', { host: 'git.x.local', httpPort: 8088, ciPort: 9797 }).url),
  );
  expect(url).toBe('http://git.x.local:8088');
  expect(
    the(recorded, 'kubernetes:core/v1:Service').inputs.spec.ports.map(({ port }: { port: number }) => port),
  ).toEqual([80, 8088]);
  const plain = await record(
    () => void (url = new LocalForge('forge', { host: 'git.x.local', httpPort: 80, ciPort: 9797 }).url),
  );
  expect(url).toBe('http://git.x.local');
  expect(the(plain, 'kubernetes:core/v1:Service').inputs.spec.ports).toHaveLength(1);
});

test('its image is brought to the local registry only where nodes reach no other', async () => {
  const offline = await record(
    () => new LocalForge('forge', { host: 'git.x.local', httpPort: 80, ciPort: 9797, mirror }),
  );
  const images = the(offline, 'slipway:index:MirroredImages');
  expect(images.inputs).toEqual({ references: ['docker.io/gitea/gitea:1.26.0-rootless'], address: '127.0.0.1:5001' });
  expect(the(offline, 'kubernetes:apps/v1:Deployment').dependsOn).toContain(
    'slipway:index:MirroredImages::forge-images',
  );
  const online = await record(() => new LocalForge('forge', { host: 'git.x.local', httpPort: 80, ciPort: 9797 }));
  expect(types(online)).not.toContain('slipway:index:MirroredImages');
});

test('only the ingress and Argo CD may speak to it', async () => {
  const recorded = await record(() => new LocalForge('forge', { host: 'git.x.local', httpPort: 80, ciPort: 9797 }));
  const { spec } = the(recorded, 'kubernetes:networking.k8s.io/v1:NetworkPolicy').inputs;
  expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
  expect(spec.ingress[0].from).toEqual([
    { namespaceSelector: { matchLabels: { 'slipway.dev/ingress': 'true' } } },
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'argocd' } } },
  ]);
  expect(spec.ingress).toHaveLength(1);
});

test('beside DNS and Argo CD it reaches nothing but the port where its events are received', async () => {
  const recorded = await record(() => new LocalForge('forge', { host: 'git.x.local', httpPort: 80, ciPort: 19797 }));
  const { egress } = the(recorded, 'kubernetes:networking.k8s.io/v1:NetworkPolicy').inputs.spec;
  expect(egress.filter(({ to }: { to?: object }) => to === undefined)).toEqual([{ ports: [{ port: 19797 }] }]);
});
