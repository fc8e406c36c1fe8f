import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { createCatalog } from '../../../apps/catalog';
import { registryChecks } from '../../../cli/platform/registry-checks';
import { change, inputOf, validFiles } from '../../apps/files';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-registry-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const unreleased = { 'apps/shop/releases/testing.yaml': { unreleased: true } };

function check(values: Readonly<Record<string, unknown>>, config?: unknown) {
  if (config !== undefined)
    writeFileSync(path.join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  const catalog = createCatalog(inputOf(change(validFiles(), { ...unreleased, ...values })));
  const settings = { name: 'pier', httpPort: 80, httpsPort: 443, registryPort: 5001, ciPort: 9797 };
  return registryChecks({ catalog, settings }, { environment: { DOCKER_CONFIG: folder }, timeoutMs: 20_000 });
}

const ghcr = { 'apps/platform.ts registry': { type: 'ghcr', namespace: 'example' } };
const hub = { 'apps/platform.ts registry': { type: 'docker-hub', namespace: 'example' } };

test("the platform's own registry needs no login", async () => expect(await check({})).toEqual([]));

test.each([
  ['a recorded login', ghcr, { auths: { 'ghcr.io': {} } }, 'ghcr.io: signed in by a recorded login'],
  [
    'a helper of one registry',
    ghcr,
    { credHelpers: { 'ghcr.io': 'gh' } },
    'ghcr.io: signed in by docker-credential-gh',
  ],
  [
    'a helper of all',
    hub,
    { auths: { 'https://index.docker.io/v1/': {} }, credsStore: 'pass' },
    'docker.io: signed in by docker-credential-pass',
  ],
])('%s is found where the container engine keeps it', async (_title, values, config, finding) => {
  expect(await check(values, config)).toEqual([{ name: 'registry', state: 'ok', finding }]);
});

test.each([
  ['no configuration', undefined],
  ['that of another registry', { auths: { 'quay.io': {} }, credsStore: 'pass' }],
  ['one that is no JSON', '{'],
])('without a login, with %s, the command that signs in is told', async (_title, config) => {
  expect(await check(ghcr, config)).toEqual([
    {
      name: 'registry',
      state: 'warning',
      finding: expect.stringContaining('nobody is signed in to ghcr.io here') as string,
      repair: 'SLIPWAY_REGISTRY_USERNAME=... SLIPWAY_REGISTRY_PASSWORD=... npx slipway registry login',
    },
  ]);
});

describe('the registry of a cluster of others', () => {
  const on = (pushAddress: string): Readonly<Record<string, unknown>> => ({
    'apps/platform.ts cluster': {
      driver: 'existing',
      context: 'lab',
      kubernetesVersion: 'v1.36.1',
      registry: { host: 'registry.example.com/team', pushAddress },
    },
  });

  test.each([200, 401])('answers, also where it wants a login: %s', async (status) => {
    const server = createServer((_request, response) => response.writeHead(status).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(server.address() as { port: number }).port}`;
    expect(await check(on(address))).toEqual([
      { name: 'registry', state: 'ok', finding: `${address} answers, for registry.example.com/team` },
    ]);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('is broken where it does not', async () => {
    expect(await check(on('127.0.0.1:1'))).toEqual([
      {
        name: 'registry',
        state: 'broken',
        finding: '127.0.0.1:1, to which images are pushed, does not answer',
        repair: 'start it, or mend cluster.registry.pushAddress in apps/platform.ts',
      },
    ]);
  });
});
