import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadCatalog } from '../../apps/load';
import { parseRelease, serializeRelease } from '../../apps/release';
import { UserError } from '../../core/errors';
import { projectRoot } from '../../core/paths';
import { validFiles } from './files';

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'catalog-'));
  const names: Readonly<Record<string, string>> = {
    'apps/platform.ts': 'platform',
    'apps/environments.ts': 'environments',
  };
  for (const [file, value] of Object.entries(validFiles())) {
    // JSON is YAML too
    const json = JSON.stringify(value, undefined, 2);
    write(file, file.endsWith('.ts') ? `export const ${names[file] ?? 'service'} = ${json};\n` : json);
  }
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, content: string): void {
  const absolute = path.join(root, file);
  mkdirSync(path.dirname(absolute), { recursive: true });
  writeFileSync(absolute, content);
}

async function violations(): Promise<readonly string[]> {
  const error: unknown = await loadCatalog(root).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).details;
}

/** Runs a program as the commands do: by tsx, whose compiler tells lines. */
function run(program: string): string {
  return execFileSync(process.execPath, ['--require', 'tsx/cjs', '--eval', program], {
    cwd: projectRoot,
    encoding: 'utf8',
    env: { ...process.env, CATALOG: root },
  });
}

test('services and locks are found by their folders', async () => {
  write('apps/rules/index.ts', 'throw new Error("code beside the catalog is not read");\n');
  write('apps/notes.md', '# notes\n');
  const catalog = await loadCatalog(root);
  expect(catalog.deployments.map(({ environment, name, version }) => [environment, name, version])).toEqual([
    ['testing', 'shop', '3f2c1ab'],
    ['testing', 'stock', 'unreleased'],
    ['live', 'shop', 'unreleased'],
    ['live', 'stock', 'unreleased'],
  ]);
});

test('files that cannot be read are violations beside the others', async () => {
  write('apps/environments.ts', 'export const enviroments = [];\n');
  write('apps/shop/service.ts', 'const nothing: any = undefined;\n\nexport const service = nothing.value;\n');
  write('apps/stock/releases/testing.yaml', 'unreleased: true\nunreleased: true\n');
  write('apps/stock/releases/live.yml', 'unreleased: true\n');
  rmSync(path.join(root, 'apps/stock/releases/live.yaml'));
  mkdirSync(path.join(root, 'apps/stock/releases/live.yaml'));
  rmSync(path.join(root, 'apps/platform.ts'));
  expect(await violations()).toEqual([
    'apps/environments.ts: exports no environments; write `export const environments = ...`',
    'apps/platform.ts: is missing; create it with `export const platform = ...`',
    expect.stringMatching(/^apps\/shop\/service\.ts:3: cannot be read: Cannot read properties of undefined/),
    'apps/stock/releases/live.yaml: cannot be read: EISDIR: illegal operation on a directory, read',
    'apps/stock/releases/live.yml: is not a release lock; rename it to live.yaml, or move it',
    'apps/stock/releases/testing.yaml:2: is not plain YAML: this key stood before; mend this line',
  ]);
});

test('a fault in a lock is told with its line', async () => {
  write('apps/shop/releases/live.yaml', '# by hand\nunreleased: true\nhodl: {}\n');
  write(
    'apps/shop/releases/testing.yaml',
    serializeRelease({ image: 'docker.io/shop:1', digest: `sha256:${'0'.repeat(64)}`, version: '1' }),
  );
  expect(await violations()).toEqual([
    'apps/shop/releases/live.yaml:3: hodl: is not a key of an unreleased lock; allowed: "unreleased", "hold"; did you mean "hold"?',
    'apps/shop/releases/testing.yaml:1: image: "docker.io/shop:1" is not an image of shop; allowed: registry.example.test/shop:<tag>; did you mean "registry.example.test/shop:1"?',
  ]);
});

test('a thrown text is told as well', async () => {
  write('apps/shop/service.ts', 'throw "not today";\n');
  expect(await violations()).toEqual(['apps/shop/service.ts: cannot be read: not today']);
});

test('releases that are no folder leave the locks missing', async () => {
  rmSync(path.join(root, 'apps/shop/releases'), { recursive: true });
  write('apps/shop/releases', 'unreleased: true\n');
  expect(await violations()).toEqual(
    ['live', 'testing'].map(
      (name) =>
        `apps/shop/releases/${name}.yaml: is missing; allowed: a release lock; create it with the line \`unreleased: true\``,
    ),
  );
});

test('what is no project is refused', async () => {
  await expect(loadCatalog(path.join(root, 'nowhere'))).rejects.toThrow('nowhere is not a folder');
  await expect(loadCatalog(path.join(root, 'apps/shop'))).rejects.toThrow('cannot be read: ENOENT');
});

test('the compiler and a missing import tell file and line', () => {
  write('apps/shop/service.ts', 'export const service = {\n  name: = 3,\n};\n');
  write('apps/stock/service.ts', "import { shared } from './shared';\nexport const service = shared;\n");
  const program = `require('./apps/load').loadCatalog(process.env.CATALOG).catch((e) => console.log(e.details.join('\\n')))`;
  expect(run(program).trim().split('\n')).toEqual([
    'apps/shop/service.ts:2: cannot be read: Unexpected "="',
    "apps/stock/service.ts:1: cannot be read: Cannot find module './shared'",
  ]);
});

test('a changed file is read anew in the same process, with what it imports', () => {
  write('apps/shop/port.ts', 'export const port = 3000;\n');
  const service = readFileSync(path.join(root, 'apps/shop/service.ts'), 'utf8');
  write('apps/shop/service.ts', `import { port } from './port';\n${service.replace('{', '{ port,')}`);
  const program = `
    const { loadCatalog } = require('./apps/load');
    const port = async () => (await loadCatalog(process.env.CATALOG)).deployments[0].port;
    (async () => {
      const before = await port();
      require('node:fs').writeFileSync(process.env.CATALOG + '/apps/shop/port.ts', 'export const port = 4000;');
      console.log(before, await port());
    })();`;
  expect(run(program).trim()).toBe('3000 4000');
});

describe("this project's own catalog", () => {
  test('has two services in two environments, one pod each in developer and two in production', async () => {
    const { platform, deployments } = await loadCatalog(projectRoot);
    expect(platform).toMatchObject({
      name: 'slipway',
      domain: 'offerfit.local',
      cluster: { driver: 'kind', kubernetesVersion: 'v1.36.1', httpPort: 80, httpsPort: 443, registryPort: 5001 },
      ingress: 'ingress-nginx',
      forge: { type: 'local', url: 'http://git.offerfit.local/offerfit/platform.git', branch: 'main' },
      registry: { host: 'registry.offerfit.local' },
    });
    expect(deployments.map(({ ingress, replicas, calls }) => [ingress.host, replicas, calls])).toEqual([
      ['dev.service-a.offerfit.local', 1, []],
      ['dev.service-b.offerfit.local', 1, ['service-a']],
      ['production.service-a.offerfit.local', 2, []],
      ['production.service-b.offerfit.local', 2, ['service-a']],
    ]);
  });

  test('writes its locks as the commands do', async () => {
    const { deployments } = await loadCatalog(projectRoot);
    for (const { name, environment } of deployments) {
      const content = readFileSync(path.join(projectRoot, `apps/${name}/releases/${environment}.yaml`), 'utf8');
      expect(serializeRelease(parseRelease(content))).toBe(content);
    }
  });
});
