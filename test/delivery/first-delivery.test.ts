import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { firstDelivery } from '../../delivery/first-delivery';
import { digestOf, git, released, unreleased, Workbench } from './workbench';

// real processes, which a busy machine makes wait
jest.setTimeout(60_000);

let bench: Workbench;
beforeEach(() => (bench = new Workbench()));
afterEach(() => bench.remove());

test('gives the platform the history, releases and what is rendered from them in one push', async () => {
  const head = await bench.commit('Start');
  const result = await firstDelivery(bench.options);

  expect(result).toMatchObject({ released: ['service-a'], pushed: true });
  expect(bench.platformLog()).toEqual(['Deliver the platform for the first time', 'Start']);
  expect(bench.platformFile('apps/service-a/releases/developer.yaml')).toBe(
    [
      `image: registry.offerfit.local/service-a:${head.slice(0, 7)}`,
      `digest: ${digestOf('code of service-a\n')}`,
      `version: ${/^\d+(e\d+)?$/.test(head.slice(0, 7)) ? `"${head.slice(0, 7)}"` : head.slice(0, 7)}`,
      `source: ${head}`,
    ].join('\n'),
  );
  expect(bench.platformFile('dist/production/service-a.txt')).toContain(digestOf('code of service-a\n'));
});

test('builds a service once for all its environments', async () => {
  await bench.commit('Start');
  await firstDelivery(bench.options);
  expect(bench.built).toEqual(['service-a']);
});

test('leaves working tree, branches and uncommitted changes of the project alone', async () => {
  await bench.commit('Start');
  bench.write('apps/service-a/code.txt', 'not committed\n');
  bench.write('notes.txt', 'untracked\n');
  const before = bench.snapshot();
  await firstDelivery(bench.options);

  expect(bench.snapshot()).toBe(before);
  expect(bench.leftovers()).toEqual([]);
  expect(bench.platformFile('apps/service-a/code.txt')).toBe('code of service-a');
});

test('changes nothing the second time, and keeps later local commits for deliver', async () => {
  await bench.commit('Start');
  const first = await firstDelivery(bench.options);
  bench.write('apps/service-a/service.txt', 'replicas: 3\n');
  await bench.commit('More replicas');

  const second = await firstDelivery(bench.options);
  expect(second).toEqual({ commit: first.commit, released: [], pushed: false });
  expect(bench.built).toEqual(['service-a']);
});

test('completes a copy that somebody pushed without releases', async () => {
  await bench.commit('Start');
  git(bench.root, 'push', '--quiet', bench.bare, 'HEAD:main');
  const result = await firstDelivery(bench.options);
  expect(result.released).toEqual(['service-a']);
  expect(bench.platformFile('apps/service-a/releases/production.yaml')).not.toContain('unreleased');
});

test('keeps a release that a lock already names, and the hold of one that it records', async () => {
  bench.write('apps/service-a/releases/production.yaml', released('v1'));
  const hold = 'hold:\n  reason: moving day\n  by: ada\n  since: "2025-01-31T09:30:00Z"\n';
  bench.write('apps/service-a/releases/developer.yaml', `${unreleased}${hold}`);
  await bench.commit('Start');
  await firstDelivery(bench.options);
  expect(bench.platformFile('apps/service-a/releases/production.yaml')).toBe(released('v1').trim());
  expect(bench.platformFile('apps/service-a/releases/developer.yaml')).toContain('reason: moving day');
});

test('starts from a shallow clone, whose history no repository would accept', async () => {
  await bench.commit('Start');
  bench.write('apps/service-a/service.txt', 'replicas: 2\n');
  await bench.commit('Second');
  const shallow = path.join(bench.folder, 'shallow');
  git(bench.folder, 'clone', '--quiet', '--depth=1', `file://${bench.root}`, shallow);

  await firstDelivery({ ...bench.options, root: shallow });
  expect(bench.platformLog()).toEqual(['Deliver the platform for the first time', 'Second']);
});

test('nothing is pushed where an image cannot be built', async () => {
  await bench.commit('Start');
  const build = async () => Promise.reject(new UserError('the build failed'));
  await expect(firstDelivery({ ...bench.options, build })).rejects.toThrow('the build failed');
  expect(() => bench.platformLog()).toThrow();
  expect(bench.leftovers()).toEqual([]);
});

test('a delivery that was killed leaves nothing that the next one stumbles over', async () => {
  await bench.commit('Start');
  const scratch = path.join(bench.root, '.slipway/scratch/apps');
  mkdirSync(scratch, { recursive: true });
  writeFileSync(path.join(scratch, 'half.txt'), 'half');
  writeFileSync(
    path.join(bench.root, '.slipway/delivery.lock'),
    JSON.stringify({ pid: 2 ** 22 + 1, purpose: 'a delivery' }),
  );
  await expect(firstDelivery(bench.options)).resolves.toMatchObject({ pushed: true });
});

describe('refuses', () => {
  test('a folder that is no work tree', async () => {
    const bare = path.join(bench.folder, 'plain');
    mkdirSync(bare);
    await expect(firstDelivery({ ...bench.options, root: bare })).rejects.toThrow('is not a Git work tree');
  });

  test('a project inside a larger work tree', async () => {
    await bench.commit('Start');
    const inner = path.join(bench.root, 'apps');
    await expect(firstDelivery({ ...bench.options, root: inner })).rejects.toThrow(
      'lies inside a larger Git work tree',
    );
  });

  test('a project without a commit', async () => {
    await expect(firstDelivery(bench.options)).rejects.toThrow('the project has no commit yet');
  });

  test('a repository that is not there', async () => {
    await bench.commit('Start');
    const remote = { ...bench.remote, url: `file://${bench.folder}/nowhere.git` };
    await expect(firstDelivery({ ...bench.options, remote })).rejects.toThrow('there is no repository at');
  });
});
