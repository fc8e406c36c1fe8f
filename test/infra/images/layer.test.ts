import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { folderEntries, writeLayer, type Entry } from '../../../infra/supply/images/layer';
import { digestOfFile, list, member, removeFolders, scratch, write } from './support';

afterAll(removeFolders);

test('the same entries give the same bytes, whatever their order, their times and the name of the file', async () => {
  const folder = write(scratch(), { one: 'first', two: 'second' });
  const entries: readonly Entry[] = [
    { path: 'usr/bin/one', source: path.join(folder, 'one'), mode: 0o755 },
    { path: 'etc/two', source: path.join(folder, 'two'), mode: 0o644 },
    { path: 'etc/said', content: 'so', mode: 0o600, uid: 999, gid: 998 },
    { path: 'bin', link: 'usr/bin' },
  ];
  const before = await writeLayer(path.join(folder, 'a.tar.gz'), entries);
  utimesSync(path.join(folder, 'one'), 1_000_000, 1_000_000);
  const after = await writeLayer(path.join(scratch(), 'b.tar.gz'), entries.toReversed());

  expect({ ...after, file: '' }).toEqual({ ...before, file: '' });
  expect(await digestOfFile(after.file)).toBe(after.digest);
  const plain = execFileSync('sh', ['-c', `gzip -dc ${after.file} | sha256sum`], { encoding: 'utf8' });
  expect(after.diffId).toBe(`sha256:${plain.split(' ')[0]}`);
});

test('names are sorted, parents come first, and owners are root unless given', async () => {
  const file = path.join(scratch(), 'layer.tar.gz');
  await writeLayer(file, [
    { path: 'tmp', folder: true, mode: 0o1777 },
    { path: 'app/b/c', content: 'c', mode: 0o644 },
    { path: 'app/a', link: '/app/b/c' },
    { path: 'home/node', folder: true, mode: 0o755, uid: 1000, gid: 1000 },
  ]);
  expect(list(file)).toEqual([
    'drwxr-xr-x 0/0 app',
    'lrwxrwxrwx 0/0 app/a -> /app/b/c',
    'drwxr-xr-x 0/0 app/b',
    '-rw-r--r-- 0/0 app/b/c',
    'drwxr-xr-x 0/0 home',
    'drwxr-xr-x 1000/1000 home/node',
    'drwxrwxrwt 0/0 tmp',
  ]);
});

test('a name of more than a hundred characters survives', async () => {
  const file = path.join(scratch(), 'layer.tar.gz');
  const long = `${'folder/'.repeat(20)}${'n'.repeat(120)}`;
  await writeLayer(file, [{ path: long, content: 'found', mode: 0o644 }]);
  expect(member(file, long)).toBe('found');
});

test('a folder is taken over with links and the right to execute, and without the umask of its checkout', async () => {
  const folder = write(scratch(), { 'tree/run.sh': '#!', 'tree/deep/text': 'text' });
  chmodSync(path.join(folder, 'tree/run.sh'), 0o540);
  chmodSync(path.join(folder, 'tree/deep/text'), 0o400);
  symlinkSync('deep/text', path.join(folder, 'tree/alias'));
  const file = path.join(folder, 'layer.tar.gz');
  await writeLayer(file, await folderEntries(path.join(folder, 'tree'), 'opt/tree'));
  expect(list(file)).toEqual([
    'drwxr-xr-x 0/0 opt',
    'drwxr-xr-x 0/0 opt/tree',
    'lrwxrwxrwx 0/0 opt/tree/alias -> deep/text',
    'drwxr-xr-x 0/0 opt/tree/deep',
    '-rw-r--r-- 0/0 opt/tree/deep/text',
    '-rwxr-xr-x 0/0 opt/tree/run.sh',
  ]);
});

test('all missing sources are named at once, and no file appears', async () => {
  const folder = scratch();
  mkdirSync(path.join(folder, 'folder'));
  const file = path.join(folder, 'layer.tar.gz');
  const writing = writeLayer(file, [
    { path: 'bin/gone', source: '/nowhere/gone', mode: 0o755 },
    { path: 'bin/folder', source: path.join(folder, 'folder'), mode: 0o755 },
  ]);
  await expect(writing).rejects.toMatchObject({
    message: 'an image cannot be assembled because parts of it are missing',
    details: [
      `bin/folder: there is no file ${path.join(folder, 'folder')}`,
      'bin/gone: there is no file /nowhere/gone',
    ],
    repair: expect.stringContaining('slipway doctor'),
  });
  expect(() => list(file)).toThrow();
});

test.each(['/etc/passwd', '../escape', 'etc/../../escape', './etc', ''])('the path "%s" is refused', async (name) => {
  const writing = writeLayer(path.join(scratch(), 'layer.tar.gz'), [{ path: name, content: '', mode: 0o644 }]);
  await expect(writing).rejects.toThrow('is not a path inside an image');
});

test('one name twice is refused, except for a folder', async () => {
  const folder = scratch();
  const twice = (entry: Entry) => writeLayer(path.join(folder, 'layer.tar.gz'), [entry, entry]);
  await expect(twice({ path: 'a', content: '', mode: 0o644 })).rejects.toThrow('"a" is twice in one layer');
  await expect(twice({ path: 'a', folder: true, mode: 0o755 })).resolves.toBeDefined();
});
