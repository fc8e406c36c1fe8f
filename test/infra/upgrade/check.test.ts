import { newerThan, releaseOf } from '../../../infra/upgrade/check';
import { describeSource, pins } from '../../../infra/upgrade/pins';
import { images, manifests, packedPackages, plugins, tools } from '../../../infra/versions';

test.each([
  ['v1.36.1', '1.36.1'],
  ['24.21.0', '24.21.0'],
  ['controller-v1.15.1', '1.15.1'],
  ['v0.0.1-go1.26.8.linux-amd64', '1.26.8'],
  ['v0.0.1-go1.27rc1.linux-amd64', undefined],
  ['v3.6.0-rc2', undefined],
  ['v0.0.0-20260115033456-f47bc2d6f199', undefined],
  ['v2.0.0+incompatible', '2.0.0'],
  ['24-bookworm-slim', undefined],
])('%s is the release %s', (version, release) => expect(releaseOf(version)).toBe(release));

test.each([
  ['the newest of all, and of the same minor version', 'v3.5.4', ['v3.5.5', 'v3.5.10', 'v3.6.1'], ['3.6.1', '3.5.10']],
  ['one that is both is told once', 'v1.36.1', ['v1.36.0', 'v1.36.3'], ['1.36.3', undefined]],
  ['older ones and those to come are not newer', 'v1.36.1', ['v1.35.9', 'v1.37.0-alpha.1'], [undefined, undefined]],
])('%s', (_title, pinned, published, [newest, newestPatch]) => {
  expect(newerThan(pinned, published)).toEqual({
    ...(newest !== undefined && { newest }),
    ...(newestPatch !== undefined && { newestPatch }),
  });
});

test('a version that is no release is compared with nothing', () => {
  expect(newerThan('24-bookworm-slim', ['25.0.0'])).toBeUndefined();
});

test('everything that is pinned is listed, once, with what decides its version', () => {
  const all = pins();
  const records = [tools, plugins, manifests, images, packedPackages];
  expect(all).toHaveLength(1 + records.reduce((sum, record) => sum + Object.keys(record).length, 0));
  const names = all.map(({ kind, name }) => `${kind} ${name}`);
  expect(new Set(names).size).toBe(names.length);
  for (const pin of all) {
    expect(pin.version).not.toBe('');
    expect((pin.source === undefined) !== (pin.follows === undefined)).toBe(true);
    if (pin.follows !== undefined) expect([...names, 'this project']).toContain(pin.follows);
  }
});

test('what decides is told to people', () => {
  expect(describeSource({ source: { type: 'go', module: 'sigs.k8s.io/kind' } })).toBe('Go module sigs.k8s.io/kind');
  expect(describeSource({ source: { type: 'npm', package: 'npm' } })).toBe('npm package npm');
  expect(describeSource({ source: { type: 'github', repository: 'a/b' } })).toBe('releases of a/b');
  expect(describeSource({ follows: 'tool kind' })).toBe('with tool kind');
});
