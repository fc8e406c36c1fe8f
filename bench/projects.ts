import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { preProcessFile } from 'typescript';
import { projectRoot } from '../core/paths';

export interface Size {
  readonly services: number;
  readonly environments: readonly string[];
}

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

export function serviceName(index: number): string {
  return `service-${String(index).padStart(4, '0')}`;
}

/** A release lock as a bump writes it. */
export function writeLock(root: string, service: string, environment: string, commit: string): void {
  writeFileSync(
    path.join(root, 'apps', service, 'releases', `${environment}.yaml`),
    [
      `image: registry.offerfit.local/${service}:${commit.slice(0, 7)}`,
      `digest: ${digest}`,
      `version: v-${commit.slice(0, 7)}`,
      `source: "${commit}"`,
      '',
    ].join('\n'),
  );
}

/** This project with other services: every one calls its predecessor and has a folder and locks of its own. */
export function writeSlipwayProject(root: string, { services, environments }: Size): void {
  for (const name of ['core', 'manifests', 'cdk8s.yaml', 'package.json']) {
    cpSync(path.join(projectRoot, name), path.join(root, name), { recursive: true });
  }
  cpSync(path.join(projectRoot, 'apps'), path.join(root, 'apps'), {
    recursive: true,
    filter: (source) => !/\/apps\/(service-a|service-b|shared)$/.test(source),
  });
  symlinkSync(path.join(projectRoot, 'node_modules'), path.join(root, 'node_modules'));
  const chain = environments.map((name, index) => ({
    name,
    ...(index > 0 && { promotesFrom: environments[index - 1] }),
  }));
  writeFileSync(
    path.join(root, 'apps/environments.ts'),
    `export const environments = ${JSON.stringify(chain)} as const;\nexport type EnvironmentName = string;\n`,
  );
  for (let index = 0; index < services; index += 1) {
    const name = serviceName(index);
    mkdirSync(path.join(root, 'apps', name, 'releases'), { recursive: true });
    writeFileSync(
      path.join(root, 'apps', name, 'service.ts'),
      `import { defineService } from '../define';

export const service = defineService({
  name: '${name}',
  replicas: 2,
  resources: { cpuRequest: '25m', memoryRequest: '64Mi', memoryLimit: '128Mi' },
  ${index > 0 ? `calls: ['${serviceName(index - 1)}'],` : ''}
});
`,
    );
    for (const environment of environments) writeLock(root, name, environment, 'a'.repeat(40));
  }
}

/** The packages that `cdk8s init typescript-app` asks for, with cdk8s itself at the versions of this project. */
export function installStock(root: string): void {
  const version = (name: string): string =>
    (
      JSON.parse(readFileSync(path.join(projectRoot, 'node_modules', name, 'package.json'), 'utf8')) as {
        version: string;
      }
    ).version;
  const pinned = ['cdk8s', 'cdk8s-plus-28', 'cdk8s-cli', 'constructs'].map((name) => `${name}@${version(name)}`);
  mkdirSync(root, { recursive: true });
  writeFileSync(path.join(root, 'package.json'), '{ "private": true }\n');
  const { status, stderr } = spawnSync(
    'npm',
    [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      ...pinned,
      'typescript@5.9',
      'ts-node@10',
      '@types/node@20',
    ],
    { cwd: root, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`npm install failed: ${stderr}`);
}

/** A source file of this project and all that it imports from the project, relative to its root. */
function withImports(entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  for (const { fileName } of preProcessFile(readFileSync(path.join(projectRoot, entry), 'utf8')).importedFiles) {
    if (!fileName.startsWith('.')) continue;
    const target = path.join(path.dirname(entry), fileName);
    const found = [`${target}.ts`, path.join(target, 'index.ts')].find((file) =>
      existsSync(path.join(projectRoot, file)),
    );
    if (found === undefined) throw new Error(`${entry} imports ${fileName}, which is no file of the project`);
    withImports(found, seen);
  }
  return seen;
}

/**
 * The same charts in a project as `cdk8s init` makes it, which hands them to the stock `App.synth`. Its catalog is one
 * JSON file that is already resolved, so nothing but rendering and writing is left for it to do.
 */
export function writeStockProject(root: string, packages: string, catalog: unknown): void {
  for (const file of withImports('manifests/charts/catalog-charts.ts')) {
    cpSync(path.join(projectRoot, file), path.join(root, file));
  }
  symlinkSync(path.join(packages, 'node_modules'), path.join(root, 'node_modules'));
  writeFileSync(path.join(root, 'package.json'), '{ "private": true }\n');
  writeFileSync(path.join(root, 'cdk8s.yaml'), 'language: typescript\napp: npx ts-node main.ts\n');
  writeFileSync(path.join(root, 'catalog.json'), JSON.stringify(catalog));
  // the template's options, with a library new enough for the charts
  writeFileSync(
    path.join(root, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: { module: 'CommonJS', target: 'ES2022', lib: ['ES2023'], strict: true, types: ['node'] },
      include: ['**/*.ts'],
      exclude: ['node_modules'],
    }),
  );
  writeFileSync(
    path.join(root, 'main.ts'),
    `import { readFileSync } from 'fs';
import { App, YamlOutputType } from 'cdk8s';
import type { Catalog } from './apps/model';
import { catalogCharts } from './manifests/charts/catalog-charts';

const app = new App({
  yamlOutputType: YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE,
  outputFileExtension: '.yaml',
});
catalogCharts(app, JSON.parse(readFileSync('catalog.json', 'utf8')) as Catalog);
app.synth();
`,
  );
}
