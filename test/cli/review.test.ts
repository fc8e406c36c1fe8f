import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../core/paths';
import { TestRepository } from '../review/repository';
import { inProcess, slipway } from './cli';

// a busy machine takes its time over copies of the project and processes of Git
jest.setTimeout(120_000);

let repository: TestRepository;
beforeAll(() => {
  repository = new TestRepository();
  const file = 'dist/developer/service-a/Deployment.service-a.yaml';
  const text = readFileSync(path.join(repository.root, file), 'utf8');
  repository.write(file, text.replace('replicas: 1', 'replicas: 0'));
});
afterAll(() => repository.remove());
const run = (...args: string[]) => inProcess(['review', ...args], { root: repository.root });

test('says what happens, and fails from the severity on that it is told', async () => {
  const { exitCode, stdout } = await run();
  expect(exitCode).toBe(1);
  expect(stdout).toContain('objects: 1 changed\n');
  expect(stdout).toContain('warning [replicas-to-zero] Deployment developer/service-a: 1 pod stops and none is left\n');
  expect(stdout).toContain('spec.replicas: 1 -> 0');
  expect((await run('--fail-on', 'never')).exitCode).toBe(0);
});

test('is data with --format json, and a file with --output', async () => {
  const file = path.join(repository.root, '.git/review.json');
  const { stdout } = await run('--format', 'json', '--output', file);
  expect(stdout).toBe('');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
    version: 1,
    head: { name: 'working tree' },
    counts: { changed: 1 },
  });
});

test('is impossible without the revision: 2, the repair and no stack', async () => {
  const { exitCode, stderr, stdout } = await run('--base', 'nowhere');
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^error: there is no commit "nowhere"\nrepair: .+\n$/);
});

test.each([
  ['--output', 'dist'],
  ['--output', 'package.json/review.txt'],
])('is not written where nothing can be: %s %s', async (...args) => {
  const { exitCode, stderr } = await run(...args.map((arg) => arg.replace('dist', repository.root)));
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error: the review cannot be written to .+\n.+\nrepair: name a file in a folder/);
});

test.each([
  [['--output', ''], 'a file has a name'],
  [['--json', '--format', 'html'], "'--json' cannot be used with option '--format"],
])('refuses %j', async (args, message) => {
  const { exitCode, stderr } = await run(...args);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
});

test('of the change that the documentation shows is the report that it shows', async () => {
  const documented = readFileSync(path.join(projectRoot, 'docs/review.md'), 'utf8');
  const shown = /```text\n(.*?)```/s.exec(documented)![1]!;
  const project = new TestRepository(['apps', 'core', 'dist', 'manifests', 'review', 'package.json']);
  try {
    const edit = (file: string, from: string, to: string): void =>
      project.write(file, readFileSync(path.join(project.root, file), 'utf8').replace(from, to));
    project.git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    edit('apps/service-a/service.ts', 'replicas: 2', 'replicas: 3');
    edit('dist/production/service-a/Deployment.service-a.yaml', 'replicas: 2', 'replicas: 3');
    edit('dist/developer/service-b/Deployment.service-b.yaml', 'cpu: 25m', 'cpu: 250m');
    project.delete('dist/developer/service-a/ServiceAccount.service-a.yaml');
    const { stdout } = await inProcess(['review'], { root: project.root });
    // lines of constructs move with every comment above them
    const told = (text: string): string => text.replace(/\([0-9a-f]{7}\)/, '(commit)').replace(/\.ts:\d+ /g, '.ts ');
    expect(told(stdout)).toBe(told(shown));
  } finally {
    project.remove();
  }
});

describe('of a dist that is malformed', () => {
  const folder = 'dist/production/service-a';
  let spoilt: TestRepository;
  beforeAll(() => {
    spoilt = new TestRepository(['dist']);
    spoilt.write(`${folder}/truncated.yaml`, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "a');
    spoilt.write(`${folder}/copy.yaml`, readFileSync(path.join(spoilt.root, folder, 'Service.service-a.yaml')));
    spoilt.write(`${folder}/large.yaml`, `a: ${'x'.repeat(10 * 2 ** 20)}\n`);
    spoilt.write(`${folder}/binary.yaml`, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 0xff]));
    spoilt.write(`${folder}/kind.yaml`, 'apiVersion: example.test/v1\nkind: Thing\nmetadata:\n  name: a\n');
  });
  afterAll(() => spoilt.remove());
  const of = (root: string, ...args: string[]) => inProcess(['review', ...args], { root });

  test.each<[string, readonly string[]]>([
    ['text', []],
    ['markdown', ['--format', 'markdown']],
    ['html', ['--format', 'html']],
    ['sarif', ['--format', 'sarif']],
    ['json', ['--json']],
  ])('tells every fault as %s, and fails without a stack', async (_format, args) => {
    const { exitCode, stdout, stderr } = await of(spoilt.root, ...args);
    expect([exitCode, stderr]).toEqual([1, '']);
    for (const rule of ['unreadable-yaml', 'duplicate-object', 'file-too-large', 'not-text', 'unknown-kind']) {
      expect(stdout).toContain(rule);
    }
    expect(stdout).not.toMatch(/^ +at .+:\d+:\d+\)?$/m);
    // what is too large to be read is too large to be shown
    expect(stdout.length).toBeLessThan(2 ** 20);
  });

  test('says so where the base has no dist, and where a clone is too shallow to have a base', async () => {
    spoilt.git('checkout', '--quiet', '--orphan', 'empty');
    spoilt.git('rm', '--quiet', '-r', '--cached', '.');
    spoilt.git('commit', '--quiet', '--allow-empty', '--message', 'Empty');
    const { stdout } = await of(spoilt.root, '--base', 'empty', '--fail-on', 'never');
    expect(stdout).toContain('[base-without-dist] the base has no dist');
    const clone = spoilt.shallowClone();
    const missing = await of(clone, '--base', 'v1.0');
    expect([missing.exitCode, missing.stdout]).toEqual([2, '']);
    expect(missing.stderr).toMatch(/^error: there is no commit "v1.0"\nrepair: .*git fetch --unshallow.*\n$/);
  });
});

test('of the project itself runs as a command', async () => {
  const { exitCode, stdout, stderr } = await slipway(['review', '--base', 'HEAD', '--head', 'HEAD']);
  expect(stderr).toBe('');
  expect(stdout).toContain('objects: none changed\n');
  expect(exitCode).toBe(0);
});
