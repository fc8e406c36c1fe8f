import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildUnreleased } from '../../../cli/provider/build-unreleased';
import { silentProgress } from '../../../core/progress';
import type { ImageRequest } from '../../../delivery/releases';
import { serviceImages } from '../../../infra/provider/types/service-images';

let root: string;
const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const write = (file: string, content: string): void => {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), content);
};

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'slipway-unreleased-'));
  git('init', '--quiet');
  git('config', 'user.name', 'Test');
  git('config', 'user.email', 'test@slipway.invalid');
  write('.gitignore', '.slipway\n');
  write(
    'apps/old/releases/developer.yaml',
    `image: registry.x.local/old:1\ndigest: sha256:${'a'.repeat(64)}\nversion: '1'\n`,
  );
  for (const environment of ['developer', 'production']) {
    write(`apps/fresh/releases/${environment}.yaml`, 'unreleased: true\n');
  }
  write('apps/fresh/main.ts', 'committed\n');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Start');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const signal = new AbortController().signal;

test('each service without a release is built once, from what is committed', async () => {
  write('apps/fresh/main.ts', 'not committed\n');
  const requests: (ImageRequest & { content: string })[] = [];
  const build = async (request: ImageRequest) => {
    requests.push({ ...request, content: readFileSync(path.join(request.folder, 'main.ts'), 'utf8') });
    return { image: 'x', digest: 'y' };
  };
  expect(await buildUnreleased({ root, build, signal })).toEqual(['fresh']);
  const source = git('rev-parse', 'HEAD');
  expect(requests).toMatchObject([{ service: 'fresh', source, tag: source.slice(0, 7), content: 'committed\n' }]);
  expect(git('status', '--porcelain')).toBe('M apps/fresh/main.ts');
});

test('a service that does not build ends it', async () => {
  const build = () => Promise.reject(new Error('main.ts:1 is wrong'));
  await expect(buildUnreleased({ root, build, signal })).rejects.toThrow('main.ts:1 is wrong');
});

test('as a resource it is built once; what is missed later the delivery builds itself', async () => {
  const build = jest.fn(async () => undefined);
  const type = serviceImages(build);
  const operation = { signal, progress: silentProgress };
  await type.create({ registryAddress: '127.0.0.1:5001' }, operation);
  await type.update!(
    'service-images',
    { registryAddress: '127.0.0.1:5001' },
    { registryAddress: '127.0.0.1:5002' },
    operation,
  );
  expect(build.mock.calls).toEqual([[{ registryAddress: '127.0.0.1:5001' }, operation]]);
});
