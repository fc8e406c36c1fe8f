import * as pulumi from '@pulumi/pulumi';
import { loadCatalog } from '../../apps/load';
import type { Catalog } from '../../apps/model';
import { projectRoot } from '../../core/paths';
import { bootstrap } from '../../infra/bootstrap';
import type { PlatformOutputs } from '../../infra/outputs';
import { readSettings, type MachineSettings } from '../../infra/settings';
import type { ManifestName } from '../../infra/versions';
import { shortened } from './components/fixtures';
import { record, the, types, type Recorded } from './components/recorder';

let catalog: Catalog;
beforeAll(async () => void (catalog = await loadCatalog(projectRoot)));

const settings: MachineSettings = {
  name: 'pier',
  httpPort: 8088,
  httpsPort: 8448,
  registryPort: 5009,
  supply: 'build',
  ingress: 'traefik',
};
const asked: string[] = [];
const read = async (name: ManifestName): Promise<string> => {
  asked.push(name);
  return shortened(name as 'argo-cd');
};

async function run(
  changes: Partial<MachineSettings> = {},
): Promise<{ recorded: readonly Recorded[]; outputs: PlatformOutputs }> {
  let outputs: PlatformOutputs | undefined;
  asked.length = 0;
  const recorded = await record(
    async () => void (outputs = await bootstrap(catalog, { ...settings, ...changes }, read)),
  );
  return { recorded, outputs: outputs! };
}

test('everything in the cluster goes with the cluster', async () => {
  const { recorded } = await run();
  const outside = recorded.filter(({ deletedWith }) => deletedWith === '').map(({ type, name }) => `${type} ${name}`);
  expect(outside.filter((one) => !one.startsWith('pulumi:pulumi:Stack')).toSorted()).toEqual([
    'slipway:component:Cluster cluster',
    'slipway:index:KindCluster cluster',
    'slipway:index:Registry cluster-registry',
    'slipway:index:ServiceImages services',
  ]);
});

test('Argo CD, ingress, metrics and forge do not wait for each other', async () => {
  const { recorded } = await run();
  for (const type of [
    'slipway:component:ArgoCd',
    'slipway:component:Traefik',
    'slipway:component:MetricsServer',
    'slipway:component:LocalForge',
  ]) {
    expect([type, the(recorded, type).dependsOn]).toEqual([type, []]);
  }
});

test('the forge is filled when it is reachable, and Argo CD follows it only then', async () => {
  const { recorded } = await run();
  expect(the(recorded, 'slipway:component:PlatformRepository').dependsOn).toEqual(
    expect.arrayContaining(['kubernetes:apps/v1:Deployment::forge', 'kubernetes:networking.k8s.io/v1:Ingress::forge']),
  );
  expect(the(recorded, 'slipway:component:RootApplication').dependsOn).toEqual(
    expect.arrayContaining([
      'slipway:index:FirstDelivery::repository',
      'slipway:index:ForgeAccess::repository-reader',
      'kubernetes:apps/v1:DeploymentPatch::names',
    ]),
  );
  // services are built while the cluster is made
  expect(the(recorded, 'slipway:index:ServiceImages').dependsOn).toEqual(['slipway:index:Registry::cluster-registry']);
});

test('the chosen ingress controller is made and the other is not', async () => {
  const traefik = await run();
  expect(types(traefik.recorded)).toContain('slipway:component:Traefik');
  expect(types(traefik.recorded)).not.toContain('slipway:component:IngressNginx');
  expect(asked).not.toContain('ingress-nginx');
  const nginx = await run({ ingress: 'ingress-nginx', supply: 'published' });
  expect(types(nginx.recorded)).toContain('slipway:component:IngressNginx');
  expect(types(nginx.recorded)).not.toContain('slipway:component:Traefik');
  expect(types(nginx.recorded)).not.toContain('slipway:index:MirroredImages');
});

test('all images of the platform are mirrored where nodes reach no registry', async () => {
  const { recorded } = await run();
  const references = recorded
    .filter(({ type }) => type === 'slipway:index:MirroredImages')
    .flatMap(({ inputs }) => inputs.references);
  expect(references.toSorted()).toEqual([
    'docker.io/gitea/gitea:1.26.0-rootless',
    'docker.io/library/traefik:v3.6.15',
    'public.ecr.aws/docker/library/redis:8.2.3-alpine',
    'quay.io/argoproj/argocd:v3.5.4',
    'registry.k8s.io/metrics-server/metrics-server:v0.9.0',
  ]);
});

test('every pod is scheduled on the platform nodes', async () => {
  const { recorded } = await run();
  const pods = recorded.filter(
    ({ type, inputs }) => /:(Deployment|StatefulSet)$/.test(type) && inputs.spec.template.spec,
  );
  expect(pods.length).toBeGreaterThan(5);
  for (const { name, inputs } of pods) {
    expect([name, inputs.spec.template.spec.nodeSelector.tier]).toEqual([name, 'backstage']);
  }
});

test('the outputs tell addresses with the port, and no secret', async () => {
  const { outputs } = await run();
  expect(outputs).toMatchObject({
    name: 'pier',
    urls: { argocd: 'http://argocd.offerfit.local:8088', git: 'http://git.offerfit.local:8088' },
    services: { 'developer/service-a': 'http://dev.service-a.offerfit.local:8088' },
    ingress: 'traefik',
    registry: '127.0.0.1:5009',
    credentials: { argocd: 'npx slipway credentials argocd' },
  });
  expect(await pulumi.isSecret(outputs.kubeconfig)).toBe(false);
  expect(Object.keys(outputs.services)).toHaveLength(4);
});

describe('settings of the machine', () => {
  const configure = (values: Record<string, string>) =>
    pulumi.runtime.setAllConfig(
      Object.fromEntries(Object.entries(values).map(([key, value]) => [`slipway:${key}`, value])),
    );
  afterEach(() => configure({}));
  const detect = jest.fn(async () => 'published' as const);
  beforeEach(() => detect.mockClear());

  test('are the catalog where nothing is said, and what this machine reaches', async () => {
    configure({});
    expect(await readSettings(catalog.platform, detect)).toEqual({
      name: 'slipway',
      httpPort: 80,
      httpsPort: 443,
      registryPort: 5001,
      supply: 'published',
      ingress: 'ingress-nginx',
    });
  });

  test('are what the stack says, and then the machine is not asked', async () => {
    configure({ platformName: 'pier', httpPort: '8088', httpsPort: '8448', registryPort: '5009', supply: 'build' });
    expect(await readSettings(catalog.platform, detect)).toEqual(settings);
    expect(detect).not.toHaveBeenCalled();
  });

  test('a controller that is asked for is taken, whatever can be reached', async () => {
    configure({ ingress: 'ingress-nginx', supply: 'build' });
    expect(await readSettings(catalog.platform, detect)).toMatchObject({ ingress: 'ingress-nginx', supply: 'build' });
  });

  test.each([
    [{ ingress: 'haproxy' }, /ingress/],
    [{ supply: 'magic' }, /supply/],
    [{ httpPort: 'eighty' }, /httpPort/],
  ])('%j is refused', async (values, message) => {
    configure(values as unknown as Record<string, string>);
    await expect(readSettings(catalog.platform, detect)).rejects.toThrow(message);
  });
});
