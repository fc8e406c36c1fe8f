import { defaults } from './defaults';
import { resolveDiscovery } from './discovery';
import { githubUrl, imageReference, imageRepository, serviceHost } from './derived';
import type { Draft } from './draft';
import type {
  Catalog,
  Deployment,
  Environment,
  EnvironmentProps,
  Forge,
  ForgeProps,
  Platform,
  PlatformProps,
  Release,
  ServiceProps,
  WritablePath,
} from './model';
import { registryBeside, resolveRegistry } from './registry';
import { unreleasedVersion } from './reserved';
import { resolveCluster } from './resolve-cluster';

/** Fills in every default of a checked draft. */
export function resolve(draft: Draft): Catalog {
  const platform = resolvePlatform(draft.platform.props);
  const environments = inPromotionOrder(resolveEnvironments(draft.environments.props));
  const services = draft.services
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
    .map(({ props }) => props);
  const releases = new Map(draft.releases.map((lock) => [`${lock.service}/${lock.environment}`, lock.props]));
  const callers = callersOf(services);
  return {
    platform,
    environments,
    services: services.map((service) => ({
      name: service.name,
      image: imageRepository(platform.registry.repositories, service),
      folder: `apps/${service.name}`,
      ...(service.repository !== undefined && { repository: service.repository }),
    })),
    deployments: environments.flatMap((environment) =>
      services.map((service) => {
        const release = releases.get(`${service.name}/${environment.name}`) ?? { unreleased: true };
        return resolveDeployment(platform, environment, service, release, callers.get(service.name));
      }),
    ),
    exceptions: draft.exceptions.props.map((exception) => ({
      environments: environments.map(({ name }) => name),
      ...exception,
    })),
  };
}

function resolvePlatform(props: PlatformProps): Platform {
  const { name, domain } = props;
  const cluster = resolveCluster(props.cluster);
  return {
    name,
    domain,
    cluster,
    clusters: Object.fromEntries(
      Object.entries(props.clusters ?? {}).map(([key, other]) => [key, resolveCluster(other)]),
    ),
    ingress: props.ingress ?? defaults.platform.ingress,
    forge: resolveForge(props.forge, props),
    argocd: { host: `argocd.${domain}`, highAvailability: props.argocd?.highAvailability ?? false },
    registry: resolveRegistry(props.registry, domain, registryBeside(props.cluster)),
    releases: props.releases ?? defaults.platform.releases,
    discovery: resolveDiscovery(props.discovery),
  };
}

function resolveForge(props: ForgeProps, { name, domain }: PlatformProps): Forge {
  const { organization, repository = defaults.platform.repository, branch = defaults.platform.branch } = props;
  const common = { organization, repository, branch };
  const path = `${organization}/${repository}.git`;
  if (props.type !== 'github') {
    const host = `git.${domain}`;
    return { ...common, type: defaults.platform.forge, host, url: `http://${host}/${path}` };
  }
  const { sshPort = defaults.github.sshPort, labels, topics = [] } = props;
  return {
    ...defaults.github,
    description: `The platform ${name}: services, delivery and infrastructure`,
    variables: {},
    secrets: {},
    ...props,
    ...common,
    labels: sortedByKey({ ...defaults.github.labels, ...labels }),
    topics: [...new Set([...defaults.github.topics, ...topics])].toSorted(),
    sshPort,
    host: 'github.com',
    url: githubUrl(organization, repository, sshPort),
    httpUrl: `https://github.com/${path}`,
  };
}

function resolveEnvironments(list: readonly EnvironmentProps[]): readonly Environment[] {
  const feeding = new Set(list.map(({ promotesFrom }) => promotesFrom));
  return list.map((props) => ({
    ...props,
    namespace: props.namespace ?? props.name,
    hostPrefix: props.hostPrefix ?? props.name,
    // production, by whatever name
    approval:
      props.approval ?? (props.promotesFrom !== undefined && !feeding.has(props.name) ? 'pull-request' : 'auto'),
  }));
}

/** Sources first; those that stand equally far down the way keep the order they were written in. */
function inPromotionOrder(environments: readonly Environment[]): readonly Environment[] {
  const fedBy = new MultiMap<string | undefined, Environment>();
  for (const environment of environments) fedBy.add(environment.promotesFrom, environment);
  const ordered = [...fedBy.get(undefined)];
  // the list grows while it is walked: each environment adds those that it feeds
  for (const { name } of ordered) ordered.push(...fedBy.get(name));
  return ordered;
}

/** Who calls whom, in the order of the services. */
function callersOf(services: readonly ServiceProps[]): MultiMap<string, string> {
  const callers = new MultiMap<string, string>();
  for (const { name, calls = [] } of services) {
    for (const called of calls) callers.add(called, name);
  }
  return callers;
}

class MultiMap<Key, Value> {
  private readonly values = new Map<Key, Value[]>();

  add(key: Key, value: Value): void {
    const known = this.values.get(key);
    if (known === undefined) this.values.set(key, [value]);
    else known.push(value);
  }

  get(key: Key): readonly Value[] {
    return this.values.get(key) ?? [];
  }
}

function resolveDeployment(
  platform: Platform,
  environment: Environment,
  service: ServiceProps,
  release: Release,
  calledBy: readonly string[],
): Deployment {
  const { name, probes = {} } = service;
  const override = service.environments?.[environment.name] ?? {};
  const port = service.port ?? defaults.service.port;
  const version = release.unreleased ? unreleasedVersion : release.version;
  const ingress = { ...service.ingress, ...override.ingress };
  const hostPrefix = override.hostPrefix ?? environment.hostPrefix;
  return {
    name,
    environment: environment.name,
    namespace: environment.namespace,
    release,
    image: imageReference(imageRepository(platform.registry.repositories, service), release),
    version,
    replicas: override.replicas ?? service.replicas ?? defaults.service.replicas,
    port,
    tier: service.tier ?? defaults.service.tier,
    resources: { ...service.resources, ...override.resources },
    probes: {
      readiness: probes.readiness ?? defaults.service.probePath,
      liveness: probes.liveness ?? defaults.service.probePath,
      startup: probes.startup ?? defaults.service.probePath,
    },
    ingress: {
      exposed: ingress.exposed ?? defaults.service.exposed,
      path: ingress.path ?? defaults.service.ingressPath,
      host: serviceHost(hostPrefix, name, platform.domain),
    },
    env: sortedByKey({ ...service.env, ...override.env, APP_VERSION: version, PORT: String(port) }),
    calls: (service.calls ?? []).toSorted(),
    calledBy,
    writablePaths: Object.entries(sortedByKey(service.writablePaths ?? {})).map(
      ([path, sizeLimit]) => ({ path, sizeLimit }) as WritablePath,
    ),
    ...(platform.registry.pullSecret !== undefined && { pullSecret: platform.registry.pullSecret }),
  };
}

function sortedByKey<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
