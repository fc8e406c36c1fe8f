import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadCatalog } from '../../../apps/load';
import { projectRoot } from '../../../core/paths';
import { synthesize } from '../../../manifests/synth';
import { fillTemplate } from '../../../cli/scaffold/template';
import { SmallProject } from './project';

let project: SmallProject;
beforeEach(async () => void (project = await SmallProject.create()));
afterEach(() => project.remove());

test('a new service is complete, rendered, and as the catalog would have it', async () => {
  const { exitCode, stderr } = await project.slipway('new', 'service', 'orders');
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(project.files('apps/orders')).toEqual([
    'apps/orders/Dockerfile',
    'apps/orders/README.md',
    'apps/orders/package-lock.json',
    'apps/orders/package.json',
    'apps/orders/releases/live.yaml',
    'apps/orders/releases/testing.yaml',
    'apps/orders/service.ts',
    'apps/orders/src/main.ts',
    'apps/orders/src/routes.ts',
    'apps/orders/test/routes.test.ts',
    'apps/orders/tsconfig.json',
  ]);
  expect(project.read('apps/orders/service.ts')).toBe(`import { defineService } from '../define';

export const service = defineService({
  name: 'orders',
  resources: { cpuRequest: '25m', memoryRequest: '64Mi', memoryLimit: '128Mi' },
  environments: {
    live: { replicas: 2 },
  },
});
`);
  expect(project.read('apps/orders/releases/live.yaml')).toBe('unreleased: true\n');
  expect(project.files('dist/testing/orders')).toContain('dist/testing/orders/Deployment.orders.yaml');
  // what it rendered is what anybody would render
  await expect(synthesize({ root: project.root, check: true })).resolves.toMatchObject({ written: [] });
});

test('options end in the declaration, for every environment or for one', async () => {
  const { exitCode, stdout } = await project.slipway(
    ...['new', 'service', 'orders', '--port', '9000', '--tier', 'backstage', '--internal', '--json'],
    ...['--replicas', '3', '--replicas', 'live=5', '--host-prefix', 'live=www', '--calls', 'shop', 'stock'],
    ...['--cpu', '100m', '--memory', '96Mi', '--memory-limit', '192Mi'],
  );
  expect(exitCode).toBe(0);
  const { deployments } = await loadCatalog(project.root);
  expect(deployments.filter(({ name }) => name === 'orders')).toMatchObject([
    { environment: 'testing', replicas: 3, port: 9000, tier: 'backstage', calls: ['shop', 'stock'] },
    { environment: 'live', replicas: 5, ingress: { exposed: false, host: 'www.orders.example.test' } },
  ]);
  expect(project.read('apps/orders/service.ts')).toContain(
    "resources: { cpuRequest: '100m', memoryRequest: '96Mi', memoryLimit: '192Mi' },",
  );
  expect(project.read('apps/orders/Dockerfile')).toContain('EXPOSE 9000');
  const report = JSON.parse(stdout) as { files: string[]; dist: { written: string[] }; next: string[] };
  expect(report.files).toContain('apps/orders/src/main.ts');
  expect(report.dist.written).toContain('testing/orders/Deployment.orders.yaml');
  expect(report.next.at(-1)).toBe('npx slipway deliver');
});

test('a service with a repository of its own has no code here', async () => {
  const { exitCode, stderr } = await project.slipway('new', 'service', 'hello', '--repository', 'example/hello');
  expect(exitCode).toBe(0);
  expect(project.files('apps/hello')).toEqual([
    'apps/hello/releases/live.yaml',
    'apps/hello/releases/testing.yaml',
    'apps/hello/service.ts',
  ]);
  expect((await loadCatalog(project.root)).services.find(({ name }) => name === 'hello')).toMatchObject({
    repository: 'example/hello',
  });
  expect(stderr).toContain('also makes the repository example/hello');
});

describe('refusals', () => {
  test('everything that is wrong is told at once, and nothing is written', async () => {
    const before = project.snapshot();
    const { exitCode, stdout, stderr } = await project.slipway(
      ...['new', 'service', 'Orders_1', '--port', '70000', '--tier', 'frontend', '--calls', 'shopp'],
      ...['--replicas', 'production=2', '--memory', '1Gi', '--repository', 'https://github.com/example/orders'],
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    for (const said of [
      'apps/Orders_1/service.ts: name: "Orders_1" is not a DNS label',
      'did you mean "orders-1"?',
      'port: 70000 is not a port; allowed: a whole number from 1 to 65535',
      'tier: "frontend" is not a tier; allowed: "backend", "backstage"',
      'calls[0]: "shopp" is not a service; allowed: "shop", "stock", "Orders_1"; did you mean "shop"?',
      'environments.production: is not an environment; allowed: "testing", "live"',
      'memoryRequest "1Gi" is more than memoryLimit "128Mi"',
      'repository: "https://github.com/example/orders" is not a repository',
    ])
      expect(stderr).toContain(said);
    expect(project.snapshot()).toEqual(before);
  });

  test.each([
    ['shop', 'name: "shop" is taken: apps/shop is there'],
    ['rules', 'name: "rules" is taken: apps/rules is there'],
    ['platform', '"platform" is reserved'],
    ['kube-dns', '"kube-dns" is reserved'],
    ['../shop', '"../shop" is not a DNS label'],
  ])('the name %s', async (name, said) => {
    project.write('apps/rules/index.ts', 'export {};\n');
    const before = project.snapshot();
    const { exitCode, stderr } = await project.slipway('new', 'service', name);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(said);
    expect(project.snapshot()).toEqual(before);
  });

  test('a port that is no number is quoted as it was written', async () => {
    const { stderr } = await project.slipway('new', 'service', 'orders', '--port', 'http');
    expect(stderr).toContain('port: "http" is not a port');
  });

  test('an option without its environment is an error of usage', async () => {
    expect(await project.slipway('new', 'service', 'orders', '--host-prefix', 'www')).toMatchObject({ exitCode: 2 });
  });
});

test('a dry run names the files and writes none', async () => {
  const before = project.snapshot();
  const { exitCode, stdout } = await project.slipway('new', 'service', 'orders', '--dry-run');
  expect(exitCode).toBe(0);
  expect(stdout).toContain('apps/orders/service.ts\n');
  expect(project.snapshot()).toEqual(before);
});

test('what a killed predecessor left does not get into the next one', async () => {
  project.write('.slipway/new-service/src/half.ts', 'half');
  expect(await project.slipway('new', 'service', 'orders')).toMatchObject({ exitCode: 0 });
  expect(project.files('apps/orders')).not.toContain('apps/orders/src/half.ts');
});

test('where dist/ cannot be replaced the folder goes again', async () => {
  const before = project.snapshot();
  mkdirSync(path.join(project.root, '.slipway/synth.lock'), { recursive: true });
  expect((await project.slipway('new', 'service', 'orders')).exitCode).not.toBe(0);
  expect(project.snapshot()).toEqual(before);
});

test('the template is service-a as it stands, apart from what it answers', async () => {
  const template = await fillTemplate({ name: 'service-a', port: '8080' });
  for (const file of ['Dockerfile', 'package.json', 'package-lock.json', 'tsconfig.json', 'src/main.ts'])
    expect({ [file]: template.get(file) }).toEqual({
      [file]: readFileSync(path.join(projectRoot, 'apps/service-a', file), 'utf8'),
    });
});
