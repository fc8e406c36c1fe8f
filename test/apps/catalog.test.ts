import fc from 'fast-check';
import { createCatalog } from '../../apps/catalog';
import type { Catalog, Deployment } from '../../apps/model';
import { UserError } from '../../core/errors';
import { change, type Files, inputOf, validFiles } from './files';

function catalogWith(values: Readonly<Record<string, unknown>> = {}): Catalog {
  return createCatalog(inputOf(change(validFiles(), values)));
}

function deployment(catalog: Catalog, environment: string, name: string): Deployment {
  const found = catalog.deployments.find((each) => each.environment === environment && each.name === name);
  if (found === undefined) throw new Error(`no ${name} in ${environment}`);
  return found;
}

function violationsOf(values: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    catalogWith(values);
  } catch (error) {
    return (error as UserError).details;
  }
  return [];
}

describe('defaults', () => {
  test('a service that says only its name and needs is complete', () => {
    expect(deployment(catalogWith(), 'live', 'shop')).toEqual({
      name: 'shop',
      environment: 'live',
      namespace: 'live',
      release: { unreleased: true },
      image: 'registry.example.test/shop:unreleased',
      version: 'unreleased',
      replicas: 1,
      port: 8080,
      tier: 'backend',
      resources: { cpuRequest: '25m', memoryRequest: '64Mi', memoryLimit: '128Mi' },
      probes: { readiness: '/health', liveness: '/health', startup: '/health' },
      ingress: { exposed: true, path: '/', host: 'live.shop.example.test' },
      env: { APP_VERSION: 'unreleased', PORT: '8080' },
      calls: [],
      calledBy: ['stock'],
      writablePaths: [],
    });
  });

  test('a platform that says only what has no default is complete', () => {
    expect(catalogWith().platform).toEqual({
      name: 'harbour',
      domain: 'example.test',
      cluster: {
        driver: 'kind',
        kubernetesVersion: 'v1.36.1',
        nodes: [
          { role: 'control-plane', labels: {}, ports: [], mounts: [] },
          { role: 'worker', labels: { tier: 'backend' }, ports: [], mounts: [] },
          { role: 'worker', labels: { tier: 'backstage' }, ports: [], mounts: [] },
        ],
        httpPort: 80,
        httpsPort: 443,
        registryPort: 5001,
      },
      ingress: 'ingress-nginx',
      forge: {
        type: 'local',
        organization: 'example',
        repository: 'platform',
        branch: 'main',
        host: 'git.example.test',
        url: 'http://git.example.test/example/platform.git',
      },
      clusters: {},
      argocd: { host: 'argocd.example.test', highAvailability: false },
      registry: {
        type: 'local',
        host: 'registry.example.test',
        localHost: 'registry.example.test',
        repositories: 'registry.example.test',
      },
      releases: 'by-hand',
      discovery: { addOns: false, addOnClusterKinds: [], deployments: false },
    });
  });

  test('an environment is its own namespace and host prefix', () => {
    expect(catalogWith().environments).toEqual([
      { name: 'testing', namespace: 'testing', hostPrefix: 'test', approval: 'auto' },
      { name: 'live', namespace: 'live', hostPrefix: 'live', promotesFrom: 'testing', approval: 'pull-request' },
    ]);
  });

  test('what is said wins over every default', () => {
    const catalog = catalogWith({
      'apps/platform.ts ingress': 'traefik',
      'apps/platform.ts forge': { type: 'local', organization: 'example', repository: 'delivery', branch: 'trunk' },
      'apps/platform.ts cluster.httpPort': 8080,
      'apps/environments.ts [1].namespace': 'live-services',
      'apps/shop/service.ts port': 3000,
      'apps/shop/service.ts replicas': 3,
      'apps/shop/service.ts tier': 'backstage',
      'apps/shop/service.ts image': 'team/shop',
      'apps/shop/service.ts probes': { readiness: '/ready', startup: '/started' },
      'apps/shop/service.ts ingress': { path: '/api' },
      'apps/shop/service.ts writablePaths': { '/tmp': '64Mi', '/cache': '1Gi' },
      'apps/shop/service.ts resources.cpuLimit': '0.5',
      'apps/shop/releases/testing.yaml': { unreleased: true },
    });
    expect(catalog.platform).toMatchObject({
      ingress: 'traefik',
      cluster: { httpPort: 8080, httpsPort: 443 },
      forge: { branch: 'trunk', url: 'http://git.example.test/example/delivery.git' },
    });
    expect(deployment(catalog, 'live', 'shop')).toMatchObject({
      namespace: 'live-services',
      image: 'registry.example.test/team/shop:unreleased',
      port: 3000,
      replicas: 3,
      tier: 'backstage',
      probes: { readiness: '/ready', liveness: '/health', startup: '/started' },
      ingress: { exposed: true, path: '/api' },
      env: { PORT: '3000' },
      resources: { cpuLimit: '0.5' },
      writablePaths: [
        { path: '/cache', sizeLimit: '1Gi' },
        { path: '/tmp', sizeLimit: '64Mi' },
      ],
    });
  });
});

describe('environments', () => {
  test('an override changes one environment, in one field', () => {
    const catalog = catalogWith({
      'apps/shop/service.ts env': { LOG_LEVEL: 'info', CURRENCY: 'EUR' },
      'apps/shop/service.ts ingress': { path: '/api' },
      'apps/shop/service.ts environments.live': {
        replicas: 4,
        resources: { memoryLimit: '1Gi' },
        env: { LOG_LEVEL: 'warn' },
        ingress: { exposed: false },
        hostPrefix: 'www',
      },
    });
    expect(deployment(catalog, 'live', 'shop')).toMatchObject({
      replicas: 4,
      resources: { cpuRequest: '25m', memoryRequest: '64Mi', memoryLimit: '1Gi' },
      ingress: { exposed: false, path: '/api', host: 'www.shop.example.test' },
    });
    expect(Object.entries(deployment(catalog, 'live', 'shop').env)).toEqual([
      ['APP_VERSION', 'unreleased'],
      ['CURRENCY', 'EUR'],
      ['LOG_LEVEL', 'warn'],
      ['PORT', '8080'],
    ]);
    expect(deployment(catalog, 'testing', 'shop')).toMatchObject({
      replicas: 1,
      resources: { memoryLimit: '128Mi' },
      env: { LOG_LEVEL: 'info' },
      ingress: { exposed: true, host: 'test.shop.example.test' },
    });
    expect(deployment(catalog, 'live', 'stock').ingress.host).toBe('live.stock.example.test');
  });

  test('an override of undefined is no override', () => {
    const catalog = catalogWith({ 'apps/stock/service.ts environments': JSON.parse('{}') as object });
    expect(deployment(catalog, 'live', 'stock').replicas).toBe(1);
    const undefinedOverride = catalogWith({ 'apps/shop/service.ts replicas': undefined });
    expect(deployment(undefinedOverride, 'live', 'shop').replicas).toBe(1);
  });

  test('they stand in promotion order, whatever order they are written in', () => {
    const lock = { unreleased: true };
    const catalog = catalogWith({
      'apps/environments.ts': [
        { name: 'live', promotesFrom: 'staging' },
        { name: 'demo', promotesFrom: 'testing' },
        { name: 'staging', promotesFrom: 'testing' },
        { name: 'testing' },
      ],
      'apps/shop/releases/demo.yaml': lock,
      'apps/shop/releases/staging.yaml': lock,
      'apps/stock/releases/demo.yaml': lock,
      'apps/stock/releases/staging.yaml': lock,
    });
    expect(catalog.environments.map(({ name }) => name)).toEqual(['testing', 'demo', 'staging', 'live']);
  });

  test('releases reach the end of the way by a pull request, unless the environment says otherwise', () => {
    const approvals = (live: object): readonly string[] =>
      catalogWith({
        'apps/environments.ts': [{ name: 'testing' }, { name: 'live', promotesFrom: 'testing', ...live }],
      }).environments.map(({ approval }) => approval);
    expect(approvals({})).toEqual(['auto', 'pull-request']);
    expect(approvals({ approval: 'auto' })).toEqual(['auto', 'auto']);
  });

  test('two services may be unexposed at the same host', () => {
    const values = { hostPrefix: 'test', ingress: { exposed: false } };
    expect(violationsOf({ 'apps/stock/service.ts environments.live': values })).toEqual([]);
  });
});

describe('releases and calls', () => {
  test('a released service runs its image by digest and answers its version', () => {
    expect(deployment(catalogWith(), 'testing', 'shop')).toMatchObject({
      image: `registry.example.test/shop:3f2c1ab@sha256:${'0123456789abcdef'.repeat(4)}`,
      version: '3f2c1ab',
      env: { APP_VERSION: '3f2c1ab' },
      release: { source: `3f2c1ab${'0'.repeat(33)}` },
    });
  });

  test('a hold is handed on', () => {
    const hold = { reason: 'ledger is down', by: 'ada', since: '2025-01-31T09:30:00Z' };
    const catalog = catalogWith({ 'apps/shop/releases/live.yaml hold': hold });
    expect(deployment(catalog, 'live', 'shop').release.hold).toEqual(hold);
  });

  test('services are sorted, and both ends of a call know each other', () => {
    const service = (name: string, calls: readonly string[]): object => ({
      name,
      resources: { cpuRequest: '25m', memoryRequest: '64Mi', memoryLimit: '128Mi' },
      calls,
    });
    const catalog = catalogWith({
      'apps/basket/service.ts': service('basket', ['stock', 'shop']),
      'apps/basket/releases/testing.yaml': { unreleased: true },
      'apps/basket/releases/live.yaml': { unreleased: true },
    });
    expect(catalog.services).toEqual(
      ['basket', 'shop', 'stock'].map((name) => ({
        name,
        image: `registry.example.test/${name}`,
        folder: `apps/${name}`,
      })),
    );
    expect(catalog.deployments.map(({ environment, name }) => `${environment}/${name}`)).toEqual(
      ['testing', 'live'].flatMap((environment) => ['basket', 'shop', 'stock'].map((name) => `${environment}/${name}`)),
    );
    expect(deployment(catalog, 'live', 'basket').calls).toEqual(['shop', 'stock']);
    expect(deployment(catalog, 'live', 'shop').calledBy).toEqual(['basket', 'stock']);
  });
});

describe('refusals', () => {
  test('say how many violations there are, in the order of files', () => {
    const values = { 'apps/shop/service.ts port': 0, 'apps/platform.ts name': '' };
    expect(() => catalogWith(values)).toThrow(new UserError('the catalog has 2 violations'));
    expect(violationsOf(values).map((line) => line.split(':')[0])).toEqual([
      'apps/platform.ts',
      'apps/shop/service.ts',
    ]);
    expect(() => catalogWith({ 'apps/shop/service.ts port': 0 })).toThrow('the catalog has 1 violation');
  });

  test('show strange values without failing on them', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const strange = [circular, Symbol('port'), 10n, () => 80, new Map(), Infinity, -0.5, null, [[]], 'x'.repeat(1e6)];
    const problems = strange.map((value) => violationsOf({ 'apps/shop/service.ts port': value })[0]!.split(';')[0]!);
    expect(problems.map((problem) => problem.replace('apps/shop/service.ts: port: ', ''))).toEqual([
      'an object is not a port',
      'Symbol(port) is not a port',
      '10 is not a port',
      'a function is not a port',
      'an object is not a port',
      'Infinity is not a port',
      '-0.5 is not a port',
      'null is not a port',
      'a list is not a port',
      `"${'x'.repeat(60)}…" is not a port`,
    ]);
  });

  test('a list with holes is looked at everywhere', () => {
    const holes: unknown[] = ['shop'];
    holes[2] = 'shop';
    expect(violationsOf({ 'apps/stock/service.ts calls': holes })).toEqual([
      expect.stringContaining('calls[1]: undefined is not a text'),
      expect.stringContaining('calls[2]: "shop" is named twice'),
    ]);
  });

  test('whatever stands in a file, the answer is a catalog or a refusal', () => {
    const paths = Object.keys(validFiles());
    fc.assert(
      fc.property(
        fc.constantFrom(...paths),
        fc.anything({ withBigInt: true, withNullPrototype: true }),
        (file, value) => {
          const files: Files = { ...validFiles(), [file]: value };
          try {
            createCatalog(inputOf(files));
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
            expect((error as UserError).details).not.toHaveLength(0);
          }
        },
      ),
    );
  });

  test('whatever stands in a field, the answer is a catalog or a refusal', () => {
    const fields = [
      'apps/platform.ts cluster.nodes',
      'apps/platform.ts cluster.nodes[1].labels',
      'apps/environments.ts [1].promotesFrom',
      'apps/stock/service.ts calls',
      'apps/stock/service.ts environments',
      'apps/stock/service.ts environments.live.env',
      'apps/stock/service.ts environments.live.resources',
      'apps/stock/service.ts resources',
      'apps/shop/releases/testing.yaml hold',
    ];
    const value = fc.oneof(fc.anything(), fc.array(fc.string()), fc.dictionary(fc.string(), fc.anything()));
    fc.assert(
      fc.property(fc.constantFrom(...fields), value, (field, content) => {
        expect(() => {
          try {
            catalogWith({ [field]: content });
          } catch (error) {
            if (!(error instanceof UserError)) throw error;
          }
        }).not.toThrow();
      }),
    );
  });
});

describe('ten thousand services', () => {
  function many(count: number, calls: (index: number) => readonly string[]): Files {
    const files = validFiles();
    for (let index = 0; index < count; index += 1) {
      const name = `service-${index}`;
      files[`apps/${name}/service.ts`] = {
        name,
        resources: { cpuRequest: '25m', memoryRequest: '64Mi', memoryLimit: '128Mi' },
        calls: calls(index),
        environments: { live: { replicas: 2 } },
      };
      files[`apps/${name}/releases/testing.yaml`] = { unreleased: true };
      files[`apps/${name}/releases/live.yaml`] = { unreleased: true };
    }
    return files;
  }

  // comparing every pair takes many minutes, so that even a busy machine tells the two apart
  jest.setTimeout(120_000);

  test('are checked one by one, not pair by pair', () => {
    const input = inputOf(many(10_000, (index) => ['shop', `service-${(index * 7 + 1) % 10_000}`]));
    expect(createCatalog(input).deployments).toHaveLength(20_004);
  });

  test('are refused when every call is misspelt', () => {
    const input = inputOf(many(10_000, (index) => [`serivce-${index}`]));
    expect(() => createCatalog(input)).toThrow('10000 violations');
  });

  test('are refused when every field is wrong', () => {
    const files = many(10_000, () => []);
    for (const [file, value] of Object.entries(files)) {
      if (file.startsWith('apps/service-')) Object.assign(value as object, { prot: 1, port: 'x', digset: 'x' });
    }
    const input = inputOf(files);
    expect(() => createCatalog(input)).toThrow(UserError);
  });

  test('and so are ten thousand environments in one chain', () => {
    const files: Files = { ...validFiles(), 'apps/stock/service.ts': undefined };
    delete files['apps/stock/service.ts'];
    files['apps/environments.ts'] = Array.from({ length: 10_000 }, (_, index) => ({
      name: `e-${index}`,
      ...(index < 9_999 && { promotesFrom: `e-${index + 1}` }),
    }));
    expect(() => createCatalog(inputOf(files))).toThrow(UserError);
  });
});
