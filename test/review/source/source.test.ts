import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../../core/paths';
import { review } from '../../../review/review';
import { keyLines, lineOf } from '../../../review/source/catalog-lines';
import { traceProject, type Traced } from '../../../review/source/trace-project';
import { distFolder } from '../../../manifests/dist';
import { readTree } from '../../../manifests/tree';
import { TestRepository } from '../repository';

jest.setTimeout(60_000);

function line(file: string, text: string): number {
  const lines = readFileSync(path.join(projectRoot, file), 'utf8').split('\n');
  const index = lines.findIndex((one) => one.includes(text));
  if (index < 0) throw new Error(`${file} has no ${text}`);
  return index + 1;
}

describe('a traced render', () => {
  let traced: Traced;
  beforeAll(async () => {
    traced = (await traceProject({ root: projectRoot, services: [] })) as Traced;
  });

  test('is dist, byte by byte', () => {
    const dist = readTree(distFolder(projectRoot));
    expect(new Map([...traced.files].map(([file, { text }]) => [file, text] as const))).toEqual(dist);
  });

  test('names the line that made each object, where the platform decides it', () => {
    const files: Record<string, [string, string, string]> = {
      'production/service-a/Service.service-a.yaml': [
        'manifests/constructs/web-service.ts',
        'new k8s.KubeService(',
        'WebService.service',
      ],
      'production/service-a/Deployment.service-a.yaml': [
        'manifests/constructs/web-service.ts',
        'new DrainingDeployment(',
        'WebService.deployment',
      ],
      'developer/platform/NetworkPolicy.service-a.yaml': [
        'manifests/charts/environment-chart.ts',
        'new ServicePolicy(',
        'EnvironmentChart.service-service-a',
      ],
      'argocd/AppProject.default.yaml': [
        'manifests/charts/delivery-chart.ts',
        'new AppProject(',
        'DeliveryChart.project-default',
      ],
    };
    for (const [file, [source, text, construct]] of Object.entries(files)) {
      expect(traced.files.get(file)?.construct).toBe(`${source}:${line(source, text)} ${construct}`);
    }
  });
});

test('a catalog that cannot be read is an answer', async () => {
  const repository = new TestRepository(['apps']);
  repository.write('apps/service-a/service.ts', 'export const service = { name: 1 };\n');
  const answer = await traceProject({ root: repository.root, services: [] });
  repository.remove();
  expect(answer).toMatchObject({
    problems: expect.arrayContaining([expect.stringContaining('apps/service-a/service.ts')]) as string[],
  });
});

test('keys of a declaration are found by their brackets', () => {
  const lines = keyLines(`import { name } from 'x';
// name: no
export const service = defineService({
  name: 'a: b {', /* calls: */
  calls: ['x',
    'y'],
  'env': { A: \`\${1}: {\` },
  nodes: [{ role: 'a' },
    { role: 'b' }],
  replicas,
});
`);
  expect(Object.fromEntries(lines)).toEqual({
    name: 4,
    calls: 5,
    env: 7,
    'env.A': 7,
    nodes: 8,
    'nodes.0.role': 8,
    'nodes.1.role': 9,
    replicas: 10,
  });
  expect(lineOf(lines, ['env', 'B'])).toBe(7);
  expect(lineOf(lines, ['tier'])).toBeUndefined();
});

describe('a review of a project', () => {
  let repository: TestRepository;
  beforeEach(() => (repository = new TestRepository(['apps', 'core', 'dist', 'manifests', 'review', 'package.json'])));
  afterEach(() => repository.remove());
  const file = 'dist/production/service-a/Deployment.service-a.yaml';
  const edit = (name: string, from: string, to: string): void => {
    const target = path.join(repository.root, name);
    const text = readFileSync(target, 'utf8');
    expect(text).toContain(from);
    writeFileSync(target, text.replace(from, to));
  };

  test('names the line of the catalog that decides the field, and no fault where dist is rendered', async () => {
    edit(file, 'replicas: 2', 'replicas: 3');
    edit('apps/service-a/service.ts', 'replicas: 2', 'replicas: 3');
    const { changes, findings } = await review({ root: repository.root });
    const declared = `apps/service-a/service.ts:${line('apps/service-a/service.ts', 'replicas: 2')}`;
    expect(changes).toHaveLength(1);
    expect(changes[0]!.source).toEqual({
      catalog: declared,
      construct: `manifests/constructs/web-service.ts:${line('manifests/constructs/web-service.ts', 'new DrainingDeployment(')} WebService.deployment`,
    });
    expect(findings.map(({ rule, source }) => [rule, source?.catalog])).toEqual([
      ['ahead-of-source', declared],
      ['replicas-change', declared],
    ]);
  });

  test('tells what was edited by hand, forgotten or left over, with the command that restores it', async () => {
    edit(file, 'replicas: 2', 'replicas: 5');
    repository.delete('dist/developer/service-b/Service.service-b.yaml');
    repository.write(
      'dist/developer/service-b/ConfigMap.mine.yaml',
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mine\n  namespace: developer\n',
    );
    const found = (await review({ root: repository.root })).findings.filter(({ category }) => category === 'rendering');
    expect(found.map(({ severity, message }) => `${severity} ${message}`).sort()).toEqual([
      'error dist/developer/service-b/ConfigMap.mine.yaml is left over: the catalog does not render it',
      'error dist/developer/service-b/Service.service-b.yaml is missing: the catalog renders it',
      `error ${file} is not what the catalog renders`,
    ]);
    for (const { repair } of found) expect(repair).toContain('npm run synth');
    expect(found.find(({ object }) => object !== undefined)?.reason).toContain('spec.replicas is 5 and would be 2');
  });

  test('renders a commit by its own catalog, and leaves nothing behind', async () => {
    edit(file, 'replicas: 2', 'replicas: 4');
    edit('apps/service-a/service.ts', 'replicas: 2', 'replicas: 4');
    repository.commit('Four');
    edit('apps/service-a/service.ts', 'replicas: 4', 'replicas: 1');
    const { findings, changes } = await review({ root: repository.root, base: 'HEAD~1', head: 'HEAD' });
    expect(findings.filter(({ category }) => category === 'rendering')).toEqual([]);
    expect(changes[0]?.source?.catalog).toMatch(/^apps\/service-a\/service\.ts:\d+$/);
  });

  test('names the lines of the base that made what was removed', async () => {
    repository.delete('apps/service-b');
    for (const environment of ['developer', 'production']) {
      repository.delete(`dist/${environment}/service-b`);
      repository.delete(`dist/${environment}/platform/NetworkPolicy.service-b.yaml`);
    }
    const { changes, findings } = await review({ root: repository.root });
    const removed = changes.filter(({ type }) => type === 'removed');
    expect(removed.map(({ object }) => object.kind)).toEqual(
      expect.arrayContaining(['Deployment', 'NetworkPolicy', 'Service']),
    );
    for (const { source } of removed) {
      expect(source).toMatchObject({
        catalog: `apps/service-b/service.ts:${line('apps/service-b/service.ts', 'name:')}`,
        side: 'base',
      });
    }
    expect(removed.find(({ object }) => object.kind === 'Service')?.source?.construct).toBe(
      `manifests/constructs/web-service.ts:${line('manifests/constructs/web-service.ts', 'new k8s.KubeService(')} WebService.service`,
    );
    expect(findings.find(({ rule }) => rule === 'service-removed')?.source).toMatchObject({ side: 'base' });
  });

  test('names the lines of the head where these still make what was removed by hand', async () => {
    repository.delete('dist/developer/service-b/Service.service-b.yaml');
    const { changes } = await review({ root: repository.root });
    expect(changes.map(({ type, source }) => [type, source?.side])).toEqual([['removed', undefined]]);
    expect(changes[0]!.source?.catalog).toMatch(/^apps\/service-b\/service\.ts:\d+$/);
  });

  test('goes on where the catalog is broken, and says so', async () => {
    edit('apps/service-a/service.ts', "name: 'service-a'", 'name: 1');
    const { findings } = await review({ root: repository.root });
    expect(findings.map(({ rule }) => rule)).toEqual(['catalog-not-rendered']);
    expect(findings[0]!.reason).toContain('apps/service-a/service.ts');
  });

  test('goes on where one entry of the catalog does not fit another, and says so', async () => {
    edit('apps/service-b/service.ts', "calls: ['service-a']", "calls: ['service-x']");
    const { findings } = await review({ root: repository.root });
    expect(findings.map(({ rule }) => rule)).toEqual(['catalog-not-rendered']);
    expect(findings[0]!.reason).toContain('"service-x" is not a service');
  });
});
