import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadCatalog } from '../../apps/load';
import { describeError } from '../../core/errors';
import { exec } from '../../core/exec';
import { replaceDist } from '../../manifests/dist';
import { renderCatalog } from '../../manifests/render';
import { synthesize } from '../../manifests/synth';
import { readTree } from '../../manifests/tree';

const project = path.resolve(__dirname, '../..');
let root: string;

// processes of their own, on machines that may be busy
jest.setTimeout(60_000);

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'slipway-synth-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const entries = (folder: string): Record<string, string | undefined> => Object.fromEntries(readTree(folder));

test('dist is what the committed catalog renders', async () => {
  await replaceDist(root, renderCatalog(await loadCatalog(project)));
  expect(entries(path.join(project, 'dist'))).toEqual(entries(path.join(root, 'dist')));
});

/** The project as a clone has it, without what is large: what it needs to render, and a link to its packages. */
function cloneProject(): void {
  for (const name of ['apps', 'core', 'manifests', 'cdk8s.yaml', 'package.json']) {
    cpSync(path.join(project, name), path.join(root, name), {
      recursive: true,
      filter: (source) => !/\/(node_modules|build)$/.test(source),
    });
  }
  symlinkSync(path.join(project, 'node_modules'), path.join(root, 'node_modules'));
}

function cdk8s(...args: string[]) {
  return exec(path.join(root, 'node_modules/.bin/cdk8s'), ['synth', '--check-upgrade=false', ...args], {
    cwd: root,
    allowFailure: true,
  });
}

/** A service that the committed catalog does not have. */
function addService(name: string, props = ''): void {
  mkdirSync(path.join(root, 'apps', name, 'releases'), { recursive: true });
  writeFileSync(
    path.join(root, 'apps', name, 'service.ts'),
    `export const service = {
  name: '${name}',
  resources: { cpuRequest: '25m', memoryRequest: '64Mi', memoryLimit: '128Mi' },
  ${props}
};
`,
  );
  for (const environment of ['developer', 'production']) {
    writeFileSync(path.join(root, 'apps', name, 'releases', `${environment}.yaml`), 'unreleased: true\n');
  }
}

describe('npx cdk8s synth', () => {
  beforeEach(cloneProject);

  test('writes the bytes that synthesize writes, and lists them', async () => {
    const { exitCode, stdout, stderr } = await cdk8s();
    expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/^dist: \d+ written, 0 removed, 0 unchanged\n$/)]);
    const byCli = entries(path.join(root, 'dist'));
    expect(byCli).toEqual(entries(path.join(project, 'dist')));
    const listed = stdout.split('\n').flatMap((line) => /^ {2}- (.*)$/.exec(line)?.[1] ?? []);
    const manifests = Object.keys(byCli).filter((file) => file.endsWith('.yaml'));
    expect(listed.sort()).toEqual(manifests.map((file) => `.cdk8s-out/${file}`));
    expect(entries(path.join(root, '.cdk8s-out'))).toEqual(byCli);
    rmSync(path.join(root, 'dist'), { recursive: true });
    await synthesize({ root });
    expect(entries(path.join(root, 'dist'))).toEqual(byCli);
  });

  test('a second time changes nothing, an invalid catalog neither', async () => {
    await cdk8s();
    const stamp = (): string[] =>
      readdirSync(path.join(root, 'dist'), { recursive: true }).map((name) => {
        const { ino, ctimeMs, mtimeMs } = statSync(path.join(root, 'dist', String(name)));
        return `${String(name)} ${ino} ${ctimeMs} ${mtimeMs}`;
      });
    const before = stamp();
    expect((await cdk8s()).stderr).toMatch(/^dist: 0 written, 0 removed, \d+ unchanged\n$/);
    expect(stamp()).toEqual(before);
    addService('broken', 'port: 99999,');
    const { exitCode, stderr } = await cdk8s();
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('apps/broken/service.ts');
    expect(stamp()).toEqual(before);
  });

  test('with another output, or to standard output, leaves dist alone', async () => {
    expect((await cdk8s('--output', 'elsewhere')).exitCode).toBe(0);
    expect(entries(path.join(root, 'elsewhere'))).toEqual(entries(path.join(project, 'dist')));
    const { stdout } = await cdk8s('--stdout');
    expect(stdout).toContain(readFileSync(path.join(project, 'dist/argocd/AppProject.default.yaml'), 'utf8'));
    expect(existsSync(path.join(root, 'dist'))).toBe(false);
  });
});

describe('synthesize', () => {
  beforeEach(cloneProject);

  test('adds what a new service needs and removes what a removed one leaves', async () => {
    await synthesize({ root });
    addService('service-c');
    const added = await synthesize({ root });
    expect(added.written).toContain('developer/service-c/Deployment.service-c.yaml');
    expect(added.written.every((file) => file.includes('service-c'))).toBe(true);
    rmSync(path.join(root, 'apps/service-c'), { recursive: true });
    expect(await synthesize({ root })).toEqual({
      written: [],
      removed: added.written,
      unchanged: Object.keys(entries(path.join(project, 'dist'))).length,
    });
    expect(existsSync(path.join(root, 'dist/developer/service-c'))).toBe(false);
  });

  test('with check compares and writes nothing', async () => {
    await expect(synthesize({ root, check: true })).rejects.toThrow('dist is not what the catalog renders');
    expect(existsSync(path.join(root, 'dist'))).toBe(false);
    await synthesize({ root });
    await expect(synthesize({ root, check: true })).resolves.toMatchObject({ written: [], removed: [] });
  });

  test('a catalog without services does not empty dist', async () => {
    await synthesize({ root });
    const before = entries(path.join(root, 'dist'));
    for (const name of ['service-a', 'service-b']) rmSync(path.join(root, 'apps', name), { recursive: true });
    await expect(synthesize({ root }).catch((error: unknown) => describeError(error))).resolves.toMatch(
      /no service|every service/,
    );
    expect(entries(path.join(root, 'dist'))).toEqual(before);
  });
});
