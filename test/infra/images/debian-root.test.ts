import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, linkSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../../core/errors';
import { copyRoot, debianRoot, describeRoot, parseStatus, rootFolder } from '../../../infra/supply/images/debian-root';
import { command, list, removeFolders, scratch, withPath, write } from './support';

afterAll(removeFolders);

const STATUS = 'Package: git\nStatus: install ok installed\nVersion: 1:2.39\n\nPackage: tini\nVersion: 0.19\n';

/** A tar as mmdebstrap makes them, with the given time on everything. */
function unpackedRoot(time: string): string {
  const folder = write(scratch(), {
    'root/bin/perl': 'perl',
    'root/etc/passwd': 'root:x:0:0:::\n',
    'root/etc/group': 'root:x:0:\n',
    'root/etc/hostname': `host-${time}`,
    'root/var/lib/dpkg/status': STATUS,
    'root/var/log/dpkg.log': time,
    'root/var/cache/ldconfig/aux-cache': time,
    'root/dev/null': '',
  });
  linkSync(path.join(folder, 'root/bin/perl'), path.join(folder, 'root/bin/perl5'));
  symlinkSync('bin', path.join(folder, 'root/sbin'));
  const tar = path.join(folder, 'root.tar');
  execFileSync('tar', [
    '-cf',
    tar,
    '--sort=name',
    `--mtime=${time}`,
    '--owner=0',
    '--group=0',
    '-C',
    `${folder}/root`,
    '.',
  ]);
  return tar;
}

test('two unpackings of the same packages give the same layer', async () => {
  const first = await copyRoot(createReadStream(unpackedRoot('2024-01-01')), path.join(scratch(), 'a.gz'));
  const second = await copyRoot(createReadStream(unpackedRoot('2025-06-07')), path.join(scratch(), 'b.gz'));
  expect(second.layer.digest).toBe(first.layer.digest);
  expect(first.read.get('etc/passwd')).toBe('root:x:0:0:::\n');
  const members = list(first.layer.file);
  expect(members).toEqual(expect.arrayContaining(['lrwxrwxrwx 0/0 sbin -> bin']));
  expect(members.find((line) => line.includes('bin/perl5'))).toMatch(/link to bin\/perl$|bin\/perl5$/);
  for (const gone of ['dev/null', 'var/log/dpkg.log', 'etc/hostname', 'aux-cache']) {
    expect(members.join('\n')).not.toContain(gone);
  }
});

test('packages and their versions are read as dpkg keeps them', () => {
  expect(parseStatus(STATUS)).toEqual({ git: '1:2.39', tini: '0.19' });
  expect(parseStatus('')).toEqual({});
});

test('a root is unpacked once for all, and mmdebstrap is asked for before', async () => {
  const folder = scratch();
  const bin = scratch();
  const asked: (readonly string[])[] = [];
  command(
    bin,
    'mmdebstrap',
    `echo "$@" >>${bin}/calls; echo "$SOURCE_DATE_EPOCH" >>${bin}/calls; cat ${unpackedRoot('2024-01-01')}`,
  );
  const options = { folder, ensurePackages: async (names: readonly string[]) => void asked.push(names) };
  const [root, again] = await withPath(bin, () =>
    Promise.all([debianRoot('runtime', options), debianRoot('runtime', options)]),
  );
  expect(again).toEqual(root);
  expect(root.packages).toEqual({ git: '1:2.39', tini: '0.19' });
  expect(asked).toEqual([['mmdebstrap']]);
  const calls = execFileSync('cat', [path.join(bin, 'calls')], { encoding: 'utf8' })
    .trim()
    .split('\n');
  expect(calls).toHaveLength(2);
  expect(calls[0]).toContain(`--include=${describeRoot('runtime').packages.join(',')} bookworm`);
  expect(calls[1]).toBe('0');
});

test('a failure says what mmdebstrap said, and leaves nothing that looks like a root', async () => {
  const folder = scratch();
  const bin = scratch();
  command(bin, 'mmdebstrap', 'echo "E: no server answers" >&2; exit 100');
  const failing = withPath(bin, () => debianRoot('network', { folder, ensurePackages: async () => undefined }));
  await expect(failing).rejects.toMatchObject({
    message: 'Debian packages for images could not be unpacked',
    details: expect.arrayContaining([expect.stringContaining('no server answers')]),
    repair: expect.stringContaining('apt-get update'),
  });
  expect(existsSync(path.join(rootFolder(folder, 'network'), 'root.json'))).toBe(false);
});

test('where packages may not be installed, that refusal is what the user sees', async () => {
  const refusal = new UserError('installing was not allowed');
  const refused = debianRoot('node', { folder: scratch(), ensurePackages: () => Promise.reject(refusal) });
  await expect(refused).rejects.toBe(refusal);
});
