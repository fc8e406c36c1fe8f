import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { architecture, imageDocument, readArchive, writeArchive } from '../../../infra/supply/images/archive';
import { openArchive, sameLayer, timelessLayer } from '../../../infra/supply/images/archive-layers';
import { writeLayer } from '../../../infra/supply/images/layer';
import { digestOfFile, list, member, removeFolders, scratch, write } from './support';

afterAll(removeFolders);

async function example(folder: string): Promise<string> {
  const below = await writeLayer(path.join(folder, '1.gz'), [{ path: 'etc/one', content: '1', mode: 0o644 }]);
  const above = await writeLayer(path.join(folder, '2.gz'), [{ path: 'etc/two', content: '2', mode: 0o644 }]);
  const layers = [below, above, below];
  const file = path.join(folder, 'image.tar');
  await writeArchive(file, 'example.org/a/b:1', imageDocument({ User: '1000', Cmd: ['run'] }, layers), layers);
  return file;
}

test('an archive has the layout that engines load, with the configuration named by its own digest', async () => {
  const file = await example(scratch());
  const [manifest] = JSON.parse(member(file, 'manifest.json'));
  expect(manifest.RepoTags).toEqual(['example.org/a/b:1']);
  expect(new Set(manifest.Layers).size).toBe(2);
  expect(manifest.Layers).toHaveLength(3);

  const text = member(file, manifest.Config);
  expect(manifest.Config).toBe(`${createHash('sha256').update(text).digest('hex')}.json`);
  expect(JSON.parse(text)).toEqual({
    architecture,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: { User: '1000', Cmd: ['run'] },
    rootfs: {
      type: 'layers',
      diff_ids: manifest.Layers.map((name: string) => `sha256:${name.replace('/layer.tar', '')}`),
    },
  });
  // the layer that is there twice is stored once
  expect(list(file)).toHaveLength(4);
});

test('the same layers give the same archive', async () => {
  expect(await digestOfFile(await example(scratch()))).toBe(await digestOfFile(await example(scratch())));
});

test('what was written is read back, layers included', async () => {
  const folder = scratch();
  const file = await example(folder);
  const { references, document, files } = await openArchive(file, scratch());
  expect(references).toEqual(['example.org/a/b:1']);
  const layers = await Promise.all(files.map((layer, at) => sameLayer(layer, document.rootfs.diff_ids[at]!)));
  expect(layers[1]!.digest).toBe(await digestOfFile(path.join(folder, '2.gz')));
  expect(layers[0]!.digest).toBe(layers[2]!.digest);
});

test('a layer of an engine loses its times and gets no other content', async () => {
  const folder = write(scratch(), { 'tree/text': 'text' });
  const tar = path.join(folder, 'plain.tar');
  execFileSync('tar', ['-cf', tar, '--mtime=2024-05-06', '--owner=node:1000', '-C', path.join(folder, 'tree'), 'text']);
  const first = await timelessLayer(tar);
  expect(list(first.file)).toEqual([expect.stringMatching(/^-rw-r--r-- 1000\/\d+ text$/)]);
  execFileSync('tar', [
    '-cf',
    tar,
    '--mtime=2025-01-01',
    '--owner=other:1000',
    '-C',
    path.join(folder, 'tree'),
    'text',
  ]);
  expect((await timelessLayer(tar)).digest).toBe(first.digest);
  execFileSync('gzip', ['-k', tar]);
  expect((await timelessLayer(`${tar}.gz`)).digest).toBe(first.digest);
});

test('a layer that is not gzipped is gzipped without changing what is in it', async () => {
  const folder = write(scratch(), { 'tree/text': 'text' });
  const tar = path.join(folder, 'plain.tar');
  execFileSync('tar', ['-cf', tar, '-C', path.join(folder, 'tree'), 'text']);
  const { file, digest } = await sameLayer(tar, await digestOfFile(tar));
  expect(execFileSync('gzip', ['-dc', file])).toEqual(readFileSync(tar));
  expect(digest).toBe(await digestOfFile(file));
});

test('what is no archive of one image is refused with what to remove', async () => {
  const folder = scratch();
  const broken = path.join(folder, 'broken.tar');
  writeFileSync(broken, 'not a tar at all, but long enough to look like a header '.repeat(20));
  await expect(readArchive(broken)).rejects.toMatchObject({ repair: expect.stringContaining(broken) });

  const pack = (files: Readonly<Record<string, string>>): string => {
    const inside = write(scratch(), files);
    const file = path.join(folder, 'other.tar');
    execFileSync('tar', ['-cf', file, '-C', inside, '.', '--transform=s,^./,,']);
    return file;
  };
  await expect(readArchive(pack({ readme: '' }))).rejects.toThrow('it has no manifest.json');
  await expect(readArchive(pack({ 'manifest.json': '[{},{}]' }))).rejects.toThrow('it holds 2 images instead of 1');
  const lost = pack({ 'manifest.json': '[{"Config":"gone.json","Layers":[]}]' });
  await expect(readArchive(lost)).rejects.toThrow('gone.json is missing');
});
