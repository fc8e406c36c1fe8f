import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Catalog } from '../../../apps/model';
import { addresses, hostsOf } from '../../../cli/platform/addresses';
import { isOwn } from '../../../cli/platform/port-checks';
import { fingerprint, readCompleted, writeCompleted } from '../../../cli/platform/fingerprint';
import { stateFiles } from '../../../cli/platform/project';
import { ensureBackend, hasStack, passphraseFile, pulumiEnvironment } from '../../../cli/platform/pulumi';
import { table } from '../../../cli/platform/summary';
import { ensureCommands, hostTools, linkCommand } from '../../../cli/platform/tools';
import { describeReceipt } from '../../../cli/commands/down';

let root: string;
const settings = { name: 'slipway', httpPort: 80, httpsPort: 443, registryPort: 5001, ciPort: 9797 };
beforeEach(() => (root = mkdtempSync(path.join(os.tmpdir(), 'project-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, content: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), content);
}

describe('the fingerprint', () => {
  beforeEach(() => {
    write('apps/platform.ts', 'a');
    write('infra/index.ts', 'b');
    write('apps/service-a/src/main.ts', 'c');
  });

  test('stays while what Pulumi runs stays', async () => {
    const before = await fingerprint({ root, settings });
    write('apps/service-a/src/main.ts', 'changed');
    write('apps/service-a/releases/developer.yaml', 'unreleased: true');
    write('README.md', 'changed');
    expect(await fingerprint({ root, settings })).toBe(before);
  });

  test.each(['apps/platform.ts', 'infra/index.ts', 'infra/components/new.ts', 'package-lock.json'])(
    'changes with %s',
    async (file) => {
      const before = await fingerprint({ root, settings });
      write(file, 'changed');
      expect(await fingerprint({ root, settings })).not.toBe(before);
    },
  );

  test('changes with the settings of the machine', async () => {
    const before = await fingerprint({ root, settings });
    expect(await fingerprint({ root, settings: { ...settings, httpPort: 8080 } })).not.toBe(before);
  });

  test('is remembered, and a spoilt record counts as none', async () => {
    const files = stateFiles(root);
    expect(await readCompleted(files)).toBeUndefined();
    await writeCompleted(files, { fingerprint: 'x', notes: ['n'] });
    expect(await readCompleted(files)).toEqual({ fingerprint: 'x', notes: ['n'] });
    write('.slipway/completed.json', '{');
    expect(await readCompleted(files)).toBeUndefined();
  });
});

describe('what Pulumi needs', () => {
  test('the passphrase is made once, for its owner alone', async () => {
    const files = stateFiles(root);
    await ensureBackend(files);
    const passphrase = readFileSync(passphraseFile(files), 'utf8');
    await ensureBackend(files);
    expect(readFileSync(passphraseFile(files), 'utf8')).toBe(passphrase);
    expect(passphrase.trim()).toMatch(/^[\w-]{43}$/);
    expect(statSync(passphraseFile(files)).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(files.state, 'state')).mode & 0o777).toBe(0o700);
    expect(Object.values(pulumiEnvironment(files)).join()).not.toContain(passphrase.trim());
  });

  test('a stack is known by its file, also as a backup', async () => {
    const files = stateFiles(root);
    expect(await hasStack(files)).toBe(false);
    write('.slipway/state/.pulumi/stacks/slipway/local.json.bak', '{}');
    expect(await hasStack(files)).toBe(true);
  });
});

describe('commands of the supply', () => {
  test('wait for their tool until they are it', async () => {
    const files = stateFiles(root);
    await ensureCommands(files);
    const shim = path.join(files.bin, 'kubectl');
    expect(readFileSync(shim, 'utf8')).toContain('supply path kubectl');
    const tool = path.join(root, 'real-kubectl');
    writeFileSync(tool, '#!/bin/sh\necho real "$@"\n', { mode: 0o755 });
    await linkCommand(files, 'kubectl', tool);
    await ensureCommands(files);
    expect(readlinkSync(shim)).toBe(tool);
    expect(execFileSync(shim, ['get', 'pods'], { encoding: 'utf8' })).toBe('real get pods\n');
  });

  test('are those that run on this machine', () => {
    expect(hostTools).toEqual(
      expect.arrayContaining(['pulumi', 'pulumi-resource-kubernetes', 'kubectl', 'kind', 'crane']),
    );
    expect(hostTools).not.toContain('etcd');
  });
});

test('addresses carry the port unless it is 80, and each host is named once', () => {
  const catalog = {
    platform: { argocd: { host: 'argocd.x.local' }, forge: { type: 'local', host: 'git.x.local' }, clusters: {} },
    environments: [{ name: 'developer' }],
    deployments: [
      {
        name: 'service-a',
        environment: 'developer',
        ingress: { exposed: true, host: 'dev.service-a.x.local', path: '/api' },
        probes: { readiness: '/health' },
      },
      { name: 'worker', environment: 'developer', ingress: { exposed: false, host: 'dev.worker.x.local' } },
    ],
  } as unknown as Catalog;
  const list = addresses(catalog, { ...settings, httpPort: 8080 });
  expect(list.map(({ url, probe }) => `${url} ${probe}`)).toEqual([
    'http://dev.service-a.x.local:8080/api /api',
    'http://argocd.x.local:8080 /api/version',
    'http://git.x.local:8080 /api/v1/version',
  ]);
  expect(addresses(catalog, settings)[1]!.url).toBe('http://argocd.x.local');
  expect(hostsOf([...list, ...list])).toHaveLength(3);
});

test.each([
  ['container slipway-worker2', true],
  ['container slipway-registry', true],
  ['container slipway-e2e-worker2', false],
  ['container other-registry', false],
  ['container slipway-worker2, other', false],
  ['nginx (pid 812)', false],
])('a port held by %s is ours: %s', (owner, expected) => {
  expect(isOwn(owner, ['slipway-control-plane', 'slipway-worker2', 'slipway-registry'])).toBe(expected);
});

test('a table is plain text with its columns in line', () => {
  expect(
    table(
      ['a', 'bb'],
      [
        ['xxx', 'y'],
        ['x', ''],
      ],
    ),
  ).toBe('a    bb\nxxx  y\nx');
});

test('a receipt names what was removed, what stays and what is left', () => {
  const text = describeReceipt(
    'lab',
    {
      clean: false,
      entries: [
        ...['one', 'two', 'three', 'four', 'five'].map((name) => ({
          kind: 'container' as const,
          name,
          state: 'removed' as const,
        })),
        { kind: 'image', name: 'kindest/node', state: 'kept', keptBecause: 'it was there before' },
        { kind: 'volume', name: 'data', state: 'left' },
      ],
    },
    [{ kind: 'package', name: 'docker.io', state: 'kept', reason: 'used by other' }],
  );
  expect(text.split('\n')).toEqual([
    'removed  5 containers: one, two, three, four, and 1 more',
    'kept     image kindest/node: it was there before',
    'LEFT     volume data',
    'kept     package docker.io: used by other',
    '1 things of platform lab are left',
  ]);
});
