import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import {
  addHosts,
  curlLines,
  readHostsBlock,
  removeHosts,
  withHostsBlock,
  withoutHostsBlock,
} from '../../../infra/host/hosts-file';

const block = { platform: 'slipway', hosts: ['argocd.offerfit.local', 'git.offerfit.local'] };
const text = `# begin slipway slipway
127.0.0.1 argocd.offerfit.local
127.0.0.1 git.offerfit.local
# end slipway slipway
`;

test('the block is appended, replaced where it stands and taken out', () => {
  const added = withHostsBlock('127.0.0.1 localhost\n', block);
  expect(added).toBe(`127.0.0.1 localhost\n${text}`);
  expect(readHostsBlock(added, 'slipway')).toEqual(block.hosts);
  const later = `${added}10.0.0.1 later\n`;
  const changed = withHostsBlock(later, { ...block, hosts: ['one.local'] });
  expect(changed).toBe(
    '127.0.0.1 localhost\n# begin slipway slipway\n127.0.0.1 one.local\n# end slipway slipway\n10.0.0.1 later\n',
  );
  expect(withoutHostsBlock(changed, 'slipway')).toBe('127.0.0.1 localhost\n10.0.0.1 later\n');
});

test('two platforms keep a block each', () => {
  const both = withHostsBlock(withHostsBlock('', block), { platform: 'slipway2', hosts: ['b.local'] });
  expect(readHostsBlock(both, 'slipway')).toEqual(block.hosts);
  expect(withoutHostsBlock(both, 'slipway')).toBe(
    '# begin slipway slipway2\n127.0.0.1 b.local\n# end slipway slipway2\n',
  );
  expect(readHostsBlock(withoutHostsBlock(both, 'slipway'), 'slipway')).toBeUndefined();
});

test('whatever the file holds, adding, changing and removing gives every byte back', () => {
  const content = fc.stringMatching(/^[a-z0-9 .#\t\r\n]*$/);
  fc.assert(
    fc.property(content, (before) => {
      const changed = withHostsBlock(withHostsBlock(before, block), { ...block, hosts: ['x.local'] });
      expect(withoutHostsBlock(changed, 'slipway')).toBe(before);
      expect(changed.startsWith(before)).toBe(true);
    }),
  );
});

test('a block that somebody cut in half is not guessed at', () => {
  expect(() => withHostsBlock('# begin slipway slipway\n127.0.0.1 a.local\n', block)).toThrow(
    'the hosts file has "# begin slipway slipway" without "# end slipway slipway"',
  );
});

// becoming another user, and mounting in a namespace of its own, need root
const asRoot = process.getuid!() === 0 ? test : test.skip;

describe('on disk', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'hosts-file-'));
  const file = path.join(folder, 'hosts');
  beforeEach(() => {
    writeFileSync(file, '127.0.0.1 localhost\n');
    chmodSync(file, 0o640);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('mode and owner stay, and a second time changes nothing', async () => {
    const { uid, gid } = statSync(file);
    expect(await addHosts(block, file)).toBe(true);
    expect(await addHosts(block, file)).toBe(false);
    expect(statSync(file)).toMatchObject({ uid, gid });
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(await removeHosts('slipway', file)).toBe(true);
    expect(await removeHosts('slipway', file)).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe('127.0.0.1 localhost\n');
  });

  asRoot('an ordinary user is told the line to add', async () => {
    const program = `require('tsx/cjs'); require(${JSON.stringify(path.resolve('infra/host/hosts-file.ts'))})
      .addHosts(${JSON.stringify(block)}, ${JSON.stringify(file)}).catch((error) => console.log(error.message + '|' + error.repair))`;
    chmodSync(folder, 0o755);
    chmodSync(file, 0o644);
    const output = execFileSync(process.execPath, ['-e', program], { uid: 65534, gid: 65534, encoding: 'utf8' });
    expect(output.trim()).toBe(
      `${file} cannot be written by this user|run again as root, or add this line to it: 127.0.0.1 argocd.offerfit.local git.offerfit.local`,
    );
    expect(readFileSync(file, 'utf8')).toBe('127.0.0.1 localhost\n');
  });

  asRoot('a file that is a mount of its own is written in place', async () => {
    const source = path.join(folder, 'source');
    writeFileSync(source, '127.0.0.1 localhost\n');
    const program = `require("tsx/cjs"); require(${JSON.stringify(path.resolve('infra/host/hosts-file.ts'))})
      .addHosts(${JSON.stringify(block)}, ${JSON.stringify(file)})`;
    const script = `mount --bind '${source}' '${file}' && exec '${process.execPath}' -e '${program}'`;
    execFileSync('unshare', ['--mount', 'sh', '-c', script]);
    expect(readFileSync(source, 'utf8')).toBe(`127.0.0.1 localhost\n${text}`);
  });
});

test('curl lines reach every URL without name resolution', () => {
  expect(curlLines(['http://dev.service-a.offerfit.local/ping', 'https://a.local:8443/'])).toEqual([
    'curl --resolve dev.service-a.offerfit.local:80:127.0.0.1 http://dev.service-a.offerfit.local/ping',
    'curl --resolve a.local:8443:127.0.0.1 https://a.local:8443/',
  ]);
});
