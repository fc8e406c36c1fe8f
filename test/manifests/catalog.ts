import type { Catalog, Deployment, Environment, Release } from '../../apps/model';

export const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
export const sourceCommit = '3f2c1ab'.padEnd(40, '0');

/** A service as it is in every environment of `catalogOf`; what is not given is what the catalog would fill in. */
export type ServiceSketch = Partial<Omit<Deployment, 'environment' | 'namespace' | 'calledBy'>> & {
  readonly name: string;
};

const released: Release = {
  image: 'registry.example.test/any:3f2c1ab',
  digest,
  version: '3f2c1ab',
  source: sourceCommit,
};

/** A complete catalog without the files that `loadCatalog` reads. */
export function catalogOf(
  services: readonly ServiceSketch[],
  environments: readonly Environment[] = [
    { name: 'developer', namespace: 'developer', hostPrefix: 'dev', approval: 'auto' },
    {
      name: 'production',
      namespace: 'production',
      hostPrefix: 'production',
      promotesFrom: 'developer',
      approval: 'pull-request',
    },
  ],
): Catalog {
  const domain = 'example.test';
  const sorted = services.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return {
    platform: {
      name: 'slipway',
      domain,
      cluster: {
        driver: 'kind',
        kubernetesVersion: 'v1.36.1',
        nodes: [],
        httpPort: 80,
        httpsPort: 443,
        registryPort: 5001,
      },
      forge: {
        type: 'local',
        organization: 'example',
        repository: 'platform',
        branch: 'main',
        host: `git.${domain}`,
        url: `http://git.${domain}/example/platform.git`,
      },
      ingress: 'ingress-nginx',
      clusters: {},
      argocd: { host: `argocd.${domain}`, highAvailability: false },
      registry: {
        type: 'local',
        host: `registry.${domain}`,
        localHost: `registry.${domain}`,
        repositories: `registry.${domain}`,
      },
      releases: 'by-hand',
      discovery: { addOns: false, addOnClusterKinds: [], deployments: false },
    },
    environments,
    services: sorted.map(({ name }) => ({
      name,
      image: `registry.${domain}/${name}`,
      folder: `apps/${name}`,
    })),
    deployments: environments.flatMap((environment) =>
      sorted.map((sketch) => deploymentOf(sketch, environment, domain, sorted)),
    ),
    exceptions: [],
  };
}

function deploymentOf(
  sketch: ServiceSketch,
  environment: Environment,
  domain: string,
  all: readonly ServiceSketch[],
): Deployment {
  const { name } = sketch;
  const release = sketch.release ?? released;
  const version = release.unreleased === true ? 'unreleased' : release.version;
  return {
    replicas: environment.promotesFrom === undefined ? 1 : 2,
    port: 8080,
    tier: 'backend',
    resources: { cpuRequest: '25m', memoryRequest: '64Mi', memoryLimit: '128Mi' },
    probes: { readiness: '/health', liveness: '/health', startup: '/health' },
    ingress: { exposed: true, path: '/', host: `${environment.hostPrefix}.${name}.${domain}` },
    calls: [],
    writablePaths: [],
    ...sketch,
    image:
      release.unreleased === true
        ? `registry.${domain}/${name}:unreleased`
        : `registry.${domain}/${name}:${version}@${release.digest}`,
    release,
    version,
    env: { APP_VERSION: version, PORT: String(sketch.port ?? 8080), ...sketch.env },
    environment: environment.name,
    namespace: environment.namespace,
    calledBy: all.filter((other) => other.calls?.includes(name)).map((other) => other.name),
  };
}
