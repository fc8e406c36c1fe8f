import * as pulumi from '@pulumi/pulumi';
import { createCatalog } from '../../apps/catalog';
import { loadCatalog } from '../../apps/load';
import type { Catalog, Cluster, Environment, Platform } from '../../apps/model';
import { projectRoot } from '../../core/paths';
import { bootstrap } from '../../infra/bootstrap';
import type { PlatformOutputs } from '../../infra/outputs';
import { readSettings, type MachineSettings } from '../../infra/settings';
import type { ManifestName } from '../../infra/versions';
import { change, inputOf, validFiles } from '../apps/files';
import { shortened } from './components/fixtures';
import { record, the, types, type Recorded } from './components/recorder';

// a whole program each time, on machines that may be busy
jest.setTimeout(60_000);

let catalog: Catalog;
beforeAll(async () => void (catalog = await loadCatalog(projectRoot)));

const settings: MachineSettings = {
  name: 'pier',
  httpPort: 8088,
  httpsPort: 8448,
  registryPort: 5009,
  ciPort: 9799,
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
  other: Partial<Platform> = {},
  environments: readonly Environment[] = catalog.environments,
): Promise<{ recorded: readonly Recorded[]; outputs: PlatformOutputs }> {
  let outputs: PlatformOutputs | undefined;
  asked.length = 0;
  const recorded = await record(
    async () =>
      void (outputs = await bootstrap(
        { ...catalog, environments, platform: { ...catalog.platform, ...other } },
        { ...settings, ...changes },
        read,
      )),
  );
  return { recorded, outputs: outputs! };
}

test('everything in the cluster goes with the cluster', async () => {
  const { recorded } = await run();
  const outside = recorded.filter(({ deletedWith }) => deletedWith === '').map(({ type, name }) => `${type} ${name}`);
  expect(outside.filter((one) => !one.startsWith('pulumi:pulumi:Stack')).toSorted()).toEqual([
    'slipway:component:Cluster cluster',
    'slipway:index:KubernetesCluster cluster',
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
      'slipway:index:ForgeTeam::repository-readers',
      'kubernetes:apps/v1:DeploymentPatch::names',
    ]),
  );
  // services are built while the cluster is made
  expect(the(recorded, 'slipway:index:ServiceImages').dependsOn).toEqual(['slipway:index:Registry::cluster-registry']);
});

test('a service in a repository of its own has it in the forge, and it outlives the service', async () => {
  const [service, ...others] = catalog.services;
  const services = [{ ...service!, repository: 'offerfit/hello' }, ...others];
  const recorded = await record(async () => void (await bootstrap({ ...catalog, services }, settings, read)));
  const repository = recorded.find(({ type, name }) => type.endsWith(':ForgeRepository') && name === 'service-hello')!;
  expect(repository.inputs).toMatchObject({ organization: 'offerfit', repository: 'hello', adopt: true });
  expect(repository.retainOnDelete).toBe(true);
  expect(repository.deletedWith).not.toBe('');
  expect(repository.dependsOn).toContainEqual(expect.stringContaining('ForgeOrganization'));
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
    'docker.io/library/node:24-bookworm-slim',
    'docker.io/library/traefik:v3.6.15',
    'public.ecr.aws/docker/library/redis:8.2.3-alpine',
    'quay.io/argoproj/argocd:v3.5.4',
    'registry.k8s.io/metrics-server/metrics-server:v0.9.0',
  ]);
});

describe('the forge', () => {
  const github = (props: object = {}): Catalog =>
    createCatalog(
      inputOf(
        change(validFiles(), { 'apps/platform.ts forge': { type: 'github', organization: 'example', ...props } }),
      ),
    );
  const of = async (props: object): Promise<readonly Recorded[]> => {
    process.env['GITHUB_TOKEN'] = 'ghp_hush';
    try {
      return await record(() => bootstrap(github(props), settings, read));
    } finally {
      delete process.env['GITHUB_TOKEN'];
    }
  };
  const isGithub = (one: string): boolean => /github/i.test(one);

  test('in the cluster asks for nothing of GitHub', async () => {
    const { recorded } = await run();
    expect(types(recorded).filter(isGithub)).toEqual([]);
  });

  test('on GitHub leaves Gitea, its route, its users and its names out', async () => {
    const recorded = await of({});
    expect(types(recorded).filter((one) => /LocalForge|PlatformRepository|slipway:index:Forge/.test(one))).toEqual([]);
    expect(types(recorded)).not.toContain('kubernetes:core/v1:PersistentVolumeClaim');
    const corefile = the(recorded, 'kubernetes:core/v1:ConfigMapPatch', 'names').inputs.data.Corefile as string;
    expect(corefile).toContain('argocd.example.test');
    expect(corefile).not.toContain('git.example.test');
  });

  test('on GitHub is read by SSH with a key of the cluster, once GitHub knows it and the first delivery is done', async () => {
    const recorded = await of({});
    const credential = the(recorded, 'kubernetes:core/v1:Secret', 'root-repository');
    expect(credential.inputs.stringData).toEqual({
      type: 'git',
      url: 'git@github.com:example/platform.git',
      sshPrivateKey: 'private key',
    });
    expect(credential.secretInputs).toEqual(['stringData']);
    expect(the(recorded, 'slipway:component:RootApplication').dependsOn).toEqual(
      expect.arrayContaining([
        'github:index/repositoryDeployKey:RepositoryDeployKey::github-platform-argo-cd',
        'slipway:index:FirstDelivery::github',
      ]),
    );
    expect(the(recorded, 'slipway:index:FirstDelivery').inputs).toMatchObject({
      url: 'https://github.com/example/platform.git',
      branch: 'main',
    });
    expect(JSON.stringify(recorded.filter(({ type }) => type !== 'pulumi:providers:github'))).not.toContain('ghp_hush');
  });

  test('on GitHub guards the branch only after the first delivery', async () => {
    const recorded = await of({ requiredChecks: ['check', 'review'], automationAppId: 42 });
    const ruleset = the(recorded, 'github:index/repositoryRuleset:RepositoryRuleset');
    expect(ruleset.dependsOn).toContain('slipway:index:FirstDelivery::github');
    expect(ruleset.inputs).toMatchObject({
      repository: 'platform',
      enforcement: 'active',
      conditions: { refName: { includes: ['refs/heads/main'] } },
      bypassActors: [{ actorId: 42 }],
    });
    expect(ruleset.inputs.rules).toMatchObject({
      pullRequest: { requireCodeOwnerReview: true, requiredApprovingReviewCount: 1, allowedMergeMethods: ['squash'] },
      requiredStatusChecks: {
        strictRequiredStatusChecksPolicy: true,
        requiredChecks: [
          { context: 'check', integrationId: 15368 },
          { context: 'review', integrationId: 15368 },
        ],
      },
    });
  });

  test('on GitHub outlives the cluster, and what it tells Argo CD does not', async () => {
    const recorded = await of({ webhookUrl: 'https://argocd.example.test/api/webhook' });
    const others = recorded.filter(({ type }) => type.startsWith('github:'));
    expect(others.filter(({ deletedWith }) => deletedWith !== '')).toEqual([]);
    const forgotten = others.filter(({ retainOnDelete }) => !retainOnDelete).map(({ type }) => type.split(':').at(-1));
    expect(forgotten.toSorted()).toEqual(['RepositoryDeployKey', 'RepositoryWebhook']);
    expect(the(recorded, 'kubernetes:core/v1:SecretPatch').deletedWith).not.toBe('');
  });

  test('on GitHub is where people sign in with an account of their own', async () => {
    process.env['GITHUB_TOKEN'] = 'ghp_hush';
    let outputs: PlatformOutputs | undefined;
    await record(async () => void (outputs = await bootstrap(github(), settings, read)));
    delete process.env['GITHUB_TOKEN'];
    expect(outputs!.urls['git']).toBe('https://github.com/example/platform');
    expect(outputs!.credentials).toEqual({ argocd: 'npx slipway credentials argocd' });
  });

  test('on GitHub without a token is refused before anything is made', async () => {
    await expect(bootstrap(github(), settings, read)).rejects.toThrow('the token for GitHub is not set');
  });
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
    credentials: { argocd: 'npx slipway credentials argocd' },
  });
  expect(await pulumi.isSecret(outputs.kubeconfig)).toBe(false);
  expect(Object.keys(outputs.services)).toHaveLength(4);
});

const nodes = [
  { role: 'control-plane' as const, labels: {} },
  { role: 'worker' as const, labels: { tier: 'backend' } },
  { role: 'worker' as const, labels: { tier: 'backstage' } },
];
const version = { kubernetesVersion: 'v1.36.1', httpPort: 80, httpsPort: 443 };

describe('another driver', () => {
  const minikube: Cluster = { ...version, driver: 'minikube', nodes, registryPort: 5009 };
  const existing: Cluster = {
    ...version,
    driver: 'existing',
    context: 'lab',
    ingressAddress: '10.0.0.7',
    registry: { host: 'registry.lab/team', pushAddress: 'registry.lab', mirrorsEverything: false },
    metricsServer: false,
    kubeletInsecureTls: false,
    storageClass: 'fast',
  };
  const shapeOf = (recorded: readonly Recorded[]): readonly string[] =>
    recorded.map(({ type, name }) => `${type} ${name}`).toSorted();

  test('minikube gets the same parts as kind', async () => {
    const [kind, other] = [await run(), await run({}, { cluster: minikube })];
    expect(shapeOf(other.recorded)).toEqual(shapeOf(kind.recorded));
    const cluster = the(other.recorded, 'slipway:index:KubernetesCluster');
    expect(cluster.inputs.cluster).toMatchObject({ driver: 'minikube', nodes });
    // its nodes are introduced to the registry, which has to be there
    expect(cluster.dependsOn).toEqual(['slipway:index:Registry::cluster-registry']);
    expect(the(other.recorded, 'kubernetes:core/v1:PersistentVolumeClaim').inputs.spec.storageClassName).toBe(
      'local-path',
    );
  });

  test('a cluster of others gets nothing that is not taken out again, and keeps its own DNS', async () => {
    const { recorded } = await run({ supply: 'published' }, { cluster: existing });
    expect(types(recorded)).not.toContain('slipway:index:Registry');
    expect(types(recorded)).not.toContain('slipway:component:ClusterNames');
    expect(types(recorded)).not.toContain('slipway:component:MetricsServer');
    expect(types(recorded)).not.toContain('slipway:index:MirroredImages');
    const inCluster = recorded.filter(({ type }) => type.startsWith('kubernetes:'));
    expect(inCluster.length).toBeGreaterThan(20);
    expect(inCluster.filter(({ deletedWith }) => deletedWith !== '')).toEqual([]);
    expect(the(recorded, 'pulumi:providers:kubernetes').inputs.deleteUnreachable).toBe('false');
    // what Git brought goes before Argo CD does
    expect(the(recorded, 'slipway:index:DeliveredApplications').dependsOn).toEqual(
      expect.arrayContaining([
        'kubernetes:apps/v1:StatefulSet::argo-cd-statefulset-argocd-argocd-application-controller',
      ]),
    );
    expect(the(recorded, 'slipway:index:ServiceImages').inputs).toEqual({ registryAddress: 'registry.lab' });
  });

  test.each([
    [false, ['--secure-port=10250']],
    [true, ['--secure-port=10250', '--kubelet-insecure-tls']],
  ])('the metrics-server takes certificates as they are only where told so: %s', async (kubeletInsecureTls, args) => {
    const cluster = { ...existing, metricsServer: true, kubeletInsecureTls };
    const { recorded } = await run({ supply: 'published' }, { cluster });
    const server = the(recorded, 'kubernetes:apps/v1:Deployment', 'metrics-deployment-kube-system-metrics-server');
    expect(server.inputs.spec.template.spec.containers[0].args).toEqual(args);
  });

  test('pods of Argo CD find the forge where the DNS is not ours to teach', async () => {
    const { recorded } = await run({ supply: 'published' }, { cluster: existing });
    const server = the(recorded, 'kubernetes:apps/v1:Deployment', 'argo-cd-deployment-argocd-argocd-server');
    expect(server.inputs.spec.template.spec.hostAliases).toEqual([
      { ip: '10.96.0.7', hostnames: ['git.offerfit.local'] },
    ]);
  });

  test('a load balancer leads to the ingress where no address of a node is known', async () => {
    const { ingressAddress, ...balanced } = existing;
    expect(ingressAddress).toBe('10.0.0.7');
    for (const ingress of ['traefik', 'ingress-nginx'] as const) {
      const { recorded } = await run({ supply: 'published', ingress }, { cluster: balanced });
      const services = recorded.filter(
        ({ type, inputs }) => type === 'kubernetes:core/v1:Service' && inputs.spec.type === 'LoadBalancer',
      );
      expect(services).toHaveLength(1);
      const ports = recorded
        .filter(({ type, inputs }) => type === 'kubernetes:apps/v1:Deployment' && inputs.spec.template.spec)
        .flatMap(({ inputs }) => inputs.spec.template.spec.containers)
        .flatMap(({ ports: list = [] }) => list);
      expect(ports.filter(({ hostPort }: { hostPort?: number }) => hostPort !== undefined)).toEqual([]);
    }
  });
});

describe('production on a cluster of its own', () => {
  const outpost: Cluster = {
    ...version,
    driver: 'kind',
    httpPort: 8081,
    httpsPort: 8444,
    registryPort: 5001,
    nodes: nodes.map((node) => ({ ...node, ports: [], mounts: [] })),
  };
  const spread = (platform: object = {}) =>
    run(
      {},
      { clusters: { outpost }, ...platform },
      catalog.environments.map((one) => (one.name === 'production' ? { ...one, cluster: 'outpost' } : one)),
    );

  test('it has nodes and an ingress, but no second registry, forge or Argo CD', async () => {
    const { recorded } = await spread();
    const clusters = recorded.filter(({ type }) => type === 'slipway:index:KubernetesCluster');
    expect(clusters.map(({ inputs }) => [inputs.name, inputs.hostsArgoCd, inputs.namespaces])).toEqual([
      ['pier', true, ['argocd', 'gitea', 'ingress-nginx', 'developer']],
      ['pier-outpost', false, ['slipway-delivery', 'ingress-nginx', 'production']],
    ]);
    for (const type of ['slipway:index:Registry', 'slipway:component:LocalForge', 'slipway:component:ArgoCd']) {
      expect([type, recorded.filter((one) => one.type === type).length]).toEqual([type, 1]);
    }
    expect(recorded.filter(({ type }) => type === 'slipway:component:Traefik')).toHaveLength(2);
  });

  test('Argo CD may do there what dist/ holds, in that namespace, and read no Secret', async () => {
    const { recorded } = await spread();
    const roles = recorded.filter(({ type, name }) => type.endsWith(':Role') && name.startsWith('destination'));
    expect(roles.map(({ inputs }) => inputs.metadata.namespace)).toEqual(['production']);
    const rules = roles.flatMap(({ inputs }) => inputs.rules);
    expect(rules.flatMap(({ resources, verbs }) => [...resources, ...verbs])).not.toEqual(
      expect.arrayContaining(['*']),
    );
    expect(rules.flatMap(({ resources }) => resources)).not.toContain('secrets');
    const wide = the(recorded, 'kubernetes:rbac.authorization.k8s.io/v1:ClusterRole', 'destination-outpost');
    expect(wide.inputs.rules).toEqual([
      { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['namespaces'], resourceNames: ['production'], verbs: ['update', 'patch'] },
      {
        apiGroups: ['admissionregistration.k8s.io'],
        resources: ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
        verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
      },
    ]);
  });

  test('with add-ons Argo CD may do there what it may in its own cluster', async () => {
    const { recorded } = await spread({ discovery: { ...catalog.platform.discovery, addOns: true } });
    const wide = the(recorded, 'kubernetes:rbac.authorization.k8s.io/v1:ClusterRole', 'destination-outpost');
    expect(wide.inputs.rules).toEqual([
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['*'] },
    ]);
    const secret = the(recorded, 'kubernetes:core/v1:Secret', 'destination-outpost-cluster');
    expect(secret.inputs.stringData).toMatchObject({ namespaces: '', clusterResources: 'true' });
  });

  test('Argo CD knows it by name, with the key as a secret', async () => {
    const { recorded } = await spread();
    const secret = the(recorded, 'kubernetes:core/v1:Secret', 'destination-outpost-cluster');
    expect(secret.inputs).toMatchObject({
      metadata: {
        name: 'cluster-outpost',
        namespace: 'argocd',
        labels: { 'argocd.argoproj.io/secret-type': 'cluster' },
      },
      stringData: { name: 'outpost', namespaces: 'production', clusterResources: 'true' },
    });
    expect(secret.secretInputs).toContain('stringData');
    expect(secret.deletedWith).toBe('slipway:index:KubernetesCluster::cluster');
  });
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
      ciPort: 9797,
      supply: 'published',
      ingress: 'ingress-nginx',
    });
  });

  test('are what the stack says, and then the machine is not asked', async () => {
    configure({
      platformName: 'pier',
      httpPort: '8088',
      httpsPort: '8448',
      registryPort: '5009',
      ciPort: '9799',
      supply: 'build',
    });
    expect(await readSettings(catalog.platform, detect)).toEqual(settings);
    expect(detect).not.toHaveBeenCalled();
  });

  test('people are told where a channel is named, and then a token is needed', async () => {
    configure({ slackChannel: '#deployments', slackToken: 'xoxb' });
    const { slack } = await readSettings(catalog.platform, detect);
    expect(slack).toMatchObject({ channel: 'deployments' });
    expect(await pulumi.isSecret(slack!.token)).toBe(true);
    configure({ slackChannel: 'deployments' });
    await expect(readSettings(catalog.platform, detect)).rejects.toThrow(/slackToken/);
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
