import { existsSync } from 'node:fs';
import path from 'node:path';
import { createImageSource } from '../../../infra/supply/images';
import { readArchive } from '../../../infra/supply/images/archive';
import type { SupplyMode, ToolSource } from '../../../infra/supply/types';
import { images } from '../../../infra/versions';
import { command, removeFolders, scratch, smallParts, write } from './support';

afterAll(removeFolders);

function source(mode: SupplyMode, cache = scratch()) {
  const parts = smallParts(cache);
  const asked: string[] = [];
  const tools: ToolSource = {
    mode: async () => mode,
    manifest: () => Promise.reject(new Error('no image is made of a manifest')),
    files: parts.files,
    tool: async (name) => {
      asked.push(name);
      if (name !== 'crane') return parts.tool(name);
      const digest = `sha256:${'1'.repeat(64)}`;
      return command(
        cache,
        'crane',
        `[ "$1" = pull ] || { echo ${digest}; exit 0; }; for last; do :; done; echo pulled >"$last"`,
      );
    },
  };
  const none = (): Promise<never> => Promise.reject(new Error('not needed for this image'));
  return { cache, asked, images: createImageSource({ cache, tools, ensurePackages: none, engine: none }) };
}

const reference = images.registry.reference;

test('what registries cannot give is assembled once, and found again without its tools', async () => {
  const { cache, images: first } = source('build');
  const before = (await first.plan('build')).find((item) => item.name === reference)!;
  expect(before).toMatchObject({ kind: 'image', how: 'build', version: 'v3.1.2' });
  expect(before.seconds).toBeGreaterThan(0);

  const [file, same] = await Promise.all([first.image(reference), first.image(reference)]);
  expect(same).toBe(file);
  expect((await readArchive(file)).references).toEqual([reference]);

  const { asked, images: second } = source('build', cache);
  expect(await second.image(reference)).toBe(file);
  expect(asked).toEqual([]);
  expect((await second.plan('build')).find((item) => item.name === reference)).toMatchObject({
    how: 'cached',
    seconds: 0,
  });
});

test('the plan names what a platform needs; what lies in the node is part of the node', async () => {
  const names = (await source('build').images.plan('build')).map((item) => item.name);
  expect(names[0]).toBe(images.node.reference);
  expect(names).toEqual(expect.arrayContaining([images.gitea.reference, images['service-base'].reference]));
  expect(names).not.toContain(images['kube-apiserver'].reference);
  expect(await source('published').images.plan('published')).toEqual([]);
});

test('a root that several images share is counted once', async () => {
  const plan = await source('build').images.plan('build');
  const seconds = (image: 'redis' | 'service-base') =>
    plan.find((item) => item.name === images[image].reference)!.seconds;
  expect(seconds('service-base')).toBeGreaterThan(50);
  expect(seconds('redis')).toBeLessThan(10);
});

test('what registries can give is pulled, also what cannot be assembled', async () => {
  const { images: published } = source('published');
  const file = await published.image(images.dex.reference);
  expect(existsSync(file)).toBe(true);
  expect(await published.image(images.dex.reference)).toBe(file);
});

test('an image that was carried here is used where registries do not answer', async () => {
  const { cache, images: published } = source('published');
  const file = await published.image(images.dex.reference);
  expect(await source('build', cache).images.image(images.dex.reference)).toBe(file);
});

test('what can be neither pulled nor assembled is refused with the ways out', async () => {
  await expect(source('build').images.image(images.dex.reference)).rejects.toMatchObject({
    message: `${images.dex.reference} cannot be had: its registry does not answer, and it cannot be assembled`,
    repair: expect.stringContaining('slipway supply load'),
  });
});

test('a missing tool is what the user hears of, and nothing half-made stays', async () => {
  const { cache, images: built } = source('build');
  write(cache, {});
  const tools = { mode: async () => 'build' as const, tool: async () => '/nowhere/registry' };
  const broken = createImageSource({
    cache,
    tools: { ...tools, files: () => Promise.reject(new Error()), manifest: () => Promise.reject(new Error()) },
    ensurePackages: () => Promise.reject(new Error()),
    engine: () => Promise.reject(new Error()),
  });
  await expect(broken.image(reference)).rejects.toMatchObject({
    details: ['bin/registry: there is no file /nowhere/registry'],
  });
  expect(existsSync(path.join(cache, 'images', 'registry.tar'))).toBe(false);
  await expect(built.image(reference)).resolves.toContain('registry-');
});

test('substitutions are told where images are assembled, and only there', () => {
  const { images: any } = source('build');
  expect(any.substitutions('build')).toEqual(expect.arrayContaining([expect.stringContaining('Redis 7.0')]));
  expect(any.substitutions('published')).toEqual([]);
});
