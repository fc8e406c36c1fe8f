import { readFileSync } from 'node:fs';
import path from 'node:path';
import { TestRepository } from '../review/repository';
import { inProcess, slipway } from './cli';

jest.setTimeout(60_000);

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

test('of the project itself runs as a command', async () => {
  const { exitCode, stdout, stderr } = await slipway(['review', '--base', 'HEAD', '--head', 'HEAD']);
  expect(stderr).toBe('');
  expect(stdout).toContain('objects: none changed\n');
  expect(exitCode).toBe(0);
});
