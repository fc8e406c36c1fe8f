import { deliver } from '../../delivery/deliver';
import { firstDelivery } from '../../delivery/first-delivery';
import { recordRemoval } from '../../delivery/record-removal';
import { git, Workbench } from './workbench';

let bench: Workbench;
beforeEach(async () => {
  bench = new Workbench();
  await bench.commit('Start');
  await firstDelivery(bench.options);
});
afterEach(() => bench.remove());

const actor = { name: 'Ada', email: 'ada@example.invalid' };
const record = (service: string) => {
  const { root, remote } = bench;
  return recordRemoval({ root, remote, service, environment: 'production', actor, reason: 'nobody\nuses it' });
};

test('a removal is a commit without files that says who did it and why', async () => {
  const before = git(bench.bare, 'rev-parse', 'main');
  const commit = await record('orders');
  expect(git(bench.bare, 'rev-parse', 'main')).toBe(commit);
  expect(git(bench.bare, 'rev-parse', 'main^')).toBe(before);
  expect(git(bench.bare, 'diff', '--name-only', before, commit)).toBe('');
  expect(git(bench.bare, 'log', '-1', '--format=%an%n%B', 'main').trim()).toBe(
    [
      'Ada',
      'Remove orders from production',
      '',
      'Slipway-action: remove',
      'Slipway-by: Ada',
      'Slipway-reason: nobody uses it',
    ].join('\n'),
  );
});

test('a service that is still delivered there is not removed', async () => {
  bench.write('dist/production/service-a/Deployment.service-a.yaml', 'kind: Deployment\n');
  git(bench.root, 'add', '--all');
  git(bench.root, 'commit', '--quiet', '--message', 'Render');
  git(bench.root, 'fetch', '--quiet', bench.bare, 'main');
  git(bench.root, 'rebase', '--quiet', 'FETCH_HEAD');
  git(bench.root, 'push', '--quiet', bench.bare, 'HEAD:main');
  const before = git(bench.bare, 'rev-parse', 'main');
  await expect(record('service-a')).rejects.toThrow('service-a is still delivered to production');
  expect(git(bench.bare, 'rev-parse', 'main')).toBe(before);
});

test('what lives in a repository of its own is neither built nor released by a delivery', async () => {
  bench.addService('hello');
  bench.write('apps/hello/service.ts', "export const service = { name: 'hello', repository: 'example/hello' };\n");
  await bench.commit('Add hello');
  const delivered = await deliver(bench.options);
  expect(delivered.released).toEqual([]);
  expect(bench.built).toEqual(['service-a']);
  expect(bench.platformFile('apps/hello/releases/developer.yaml')).toBe('unreleased: true');
});
