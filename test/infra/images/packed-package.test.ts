import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { integrityOf, packedPackage } from '../../../infra/supply/images/packed-package';
import { packedPackages } from '../../../infra/versions';
import { command, removeFolders, scratch, withPath, write } from './support';

afterAll(removeFolders);

test('integrity is reckoned as npm states it', async () => {
  const file = path.join(write(scratch(), { file: 'abc' }), 'file');
  // sha512 of "abc" from FIPS 180-2, in base64
  expect(await integrityOf(file)).toBe(
    'sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==',
  );
});

test('another package under the pinned name is refused, and nothing of it stays', async () => {
  const folder = scratch();
  const bin = scratch();
  const other = write(scratch(), { 'package/package.json': '{}' });
  execFileSync('tar', ['-czf', path.join(bin, 'other.tgz'), '-C', other, 'package']);
  command(bin, 'npm', `while [ "$1" != --pack-destination ]; do shift; done; cp ${bin}/other.tgz "$2/npm.tgz"`);
  await expect(withPath(bin, () => packedPackage('npm', folder))).rejects.toThrow(
    `npm@${packedPackages.npm.version} is not what was pinned`,
  );
  expect(readdirSync(path.join(folder, 'packages'))).toEqual([]);
});

test('a registry that has no such package is told in its own words', async () => {
  const bin = scratch();
  command(bin, 'npm', 'echo "npm error 404 Not Found" >&2; exit 1');
  const folder = scratch();
  await expect(withPath(bin, () => packedPackage('npm', folder))).rejects.toMatchObject({
    details: ['npm error 404 Not Found'],
  });
  expect(existsSync(path.join(folder, 'packages', `npm-${packedPackages.npm.version}`))).toBe(false);
});

test('a package that is there already is not asked for', async () => {
  const folder = scratch();
  const there = write(path.join(folder, 'packages', `npm-${packedPackages.npm.version}`), { 'package.json': '{}' });
  expect(await withPath('/nowhere', () => packedPackage('npm', folder))).toBe(there);
});
