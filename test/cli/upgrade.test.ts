import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fakeProgram, inProcess, type RunOptions } from './cli';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-upgrade-'));
  // what it is asked for has one release, which differs from test to test
  fakeProgram(
    folder,
    'go',
    `shift 5; for module; do echo "{\\"Path\\": \\"$module\\", \\"Versions\\": [\\"$NEWEST\\"]}"; done`,
  );
  fakeProgram(folder, 'npm', 'echo "[\\"$NEWEST\\"]"');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const options = (newest: string): RunOptions => ({
  env: { PATH: `${folder}:${process.env['PATH']}`, NEWEST: newest },
  // the port of nobody: it refuses at once
  surroundings: { rewrite: () => 'http://127.0.0.1:1/' },
});

test('lists what is pinned with what is newer, and what could not be said', async () => {
  const { exitCode, stdout, stderr } = await inProcess(['upgrade', '--check'], options('v99.0.0'));
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^what +pinned +newest +from$/m);
  expect(stdout).toMatch(/^tool kind +v0\.33\.0 +99\.0\.0 +Go module sigs\.k8s\.io\/kind$/m);
  expect(stdout).toMatch(/^image argo-cd +v3\.5\.4 +with manifest argo-cd$/m);
  expect(stdout).toMatch(
    /^manifest ingress-nginx +controller-v1\.15\.1 +unknown +releases of kubernetes\/ingress-nginx$/m,
  );
  expect(stdout).toMatch(/^unknown: ingress-nginx: api\.github\.com does not answer: /m);
  expect(stderr).toMatch(/\d+ of \d+ pins have something newer, 1 unknown/);
});

test('as JSON for programs', async () => {
  const { stdout } = await inProcess(['upgrade', '--check', '--json'], options('v99.0.0'));
  const { newer, unknown, pins } = JSON.parse(stdout) as { newer: number; unknown: number; pins: { name: string }[] };
  expect(newer).toBeGreaterThan(20);
  expect(unknown).toBe(1);
  expect(pins.find(({ name }) => name === 'kind')).toEqual({
    kind: 'tool',
    name: 'kind',
    version: 'v0.33.0',
    source: { type: 'go', module: 'sigs.k8s.io/kind' },
    state: 'newer',
    newest: '99.0.0',
  });
});

test.each([
  ['v99.0.0', 1],
  ['v0.0.1', 0],
])('--exit-code exits with 1 where something is newer: %s', async (newest, expected) => {
  expect((await inProcess(['upgrade', '--check', '--exit-code'], options(newest))).exitCode).toBe(expected);
});

test('without a network everything is unknown, which is no error', async () => {
  fakeProgram(folder, 'go', 'echo "dial tcp: no route to host" >&2; exit 1');
  fakeProgram(folder, 'npm', 'echo "npm error network" >&2; exit 1');
  const { exitCode, stdout } = await inProcess(['upgrade', '--check', '--exit-code'], options(''));
  expect(exitCode).toBe(0);
  expect(stdout).toContain(': dial tcp: no route to host');
});

test('upgrades nothing, and says where that is done', async () => {
  const { exitCode, stderr } = await inProcess(['upgrade'], options(''));
  expect(exitCode).toBe(2);
  expect(stderr).toContain('nothing is upgraded by a command');
  expect(stderr).toContain('edit infra/versions.ts as docs/upgrading.md says');
});
