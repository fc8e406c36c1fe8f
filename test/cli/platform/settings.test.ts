import { mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Platform } from '../../../apps/model';
import {
  readSettings,
  recordedSettings,
  removeSettings,
  settingsFile,
  writeSettings,
} from '../../../cli/platform/settings';

const platform = { name: 'slipway', cluster: { httpPort: 80, httpsPort: 443, registryPort: 5001 } } as Platform;
const defaults = { name: 'slipway', httpPort: 80, httpsPort: 443, registryPort: 5001, ciPort: 9797 };
let root: string;
beforeEach(() => (root = mkdtempSync(path.join(os.tmpdir(), 'settings-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("are the team's where nobody said otherwise", async () => {
  expect(await readSettings(root, platform)).toEqual(defaults);
});

test('the command line comes first, then what was recorded', async () => {
  await writeSettings(root, { ...defaults, name: 'mine', httpPort: 8080 });
  expect(await readSettings(root, platform, { httpPort: 9090 })).toEqual({ ...defaults, name: 'mine', httpPort: 9090 });
});

test('are written once, and keep what Pulumi wrote beside them', async () => {
  writeFileSync(settingsFile(root), 'encryptionsalt: v1:abc\nconfig:\n  other:key: kept\n');
  expect(await writeSettings(root, { ...defaults, httpPort: 8080 }, 'build')).toBe(true);
  const text = readFileSync(settingsFile(root), 'utf8');
  expect(text).toContain('encryptionsalt: v1:abc');
  expect(text).toContain('other:key: kept');
  expect(text).toContain('slipway:httpPort: "8080"');
  expect(text).toContain('slipway:supply: build');
  expect(await writeSettings(root, { ...defaults, httpPort: 8080 })).toBe(false);
});

test('a name of digits stays a name', async () => {
  await writeSettings(root, { ...defaults, name: '1e3' });
  expect(await recordedSettings(root)).toEqual({ ...defaults, name: '1e3' });
});

test.each([
  ['httpPort', 9797],
  ['ciPort', 5001],
] as const)('%s may not be %d, where another listens', async (key, port) => {
  await expect(readSettings(root, platform, { [key]: port })).rejects.toThrow('they must differ');
});

test('ports that meet are refused with the flags that part them', async () => {
  await expect(readSettings(root, platform, { httpPort: 443 })).rejects.toMatchObject({
    message: 'the ports for HTTP, HTTPS, the registry and the receiver are 443, 443, 5001, 9797; they must differ',
    repair: expect.stringContaining('--http-port'),
  });
});

test('a file that is no YAML is refused with its name', async () => {
  writeFileSync(settingsFile(root), 'config: [unclosed\n');
  await expect(readSettings(root, platform)).rejects.toThrow(`${settingsFile(root)} is not YAML`);
});

test('can be forgotten, also twice', async () => {
  await writeSettings(root, defaults);
  await removeSettings(root);
  await removeSettings(root);
  expect(existsSync(settingsFile(root))).toBe(false);
});
