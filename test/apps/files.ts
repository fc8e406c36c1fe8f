import type { CatalogInput } from '../../apps/draft';

/** The content of every file of a catalog by its path, as the loader would find it. */
export type Files = Record<string, unknown>;

/** A valid catalog with a fault in it. */
export interface InvalidCatalog {
  /** By file, or by file and field: `apps/platform.ts cluster.driver`. What is undefined is taken away. */
  readonly set: Readonly<Record<string, unknown>>;
  /** Everything that `createCatalog` says about it. */
  readonly violations: readonly string[];
}

/** Two environments and two services, one of them released: a new copy each time. */
export function validFiles(): Files {
  const resources = (): object => ({ cpuRequest: '25m', memoryRequest: '64Mi', memoryLimit: '128Mi' });
  return {
    'apps/platform.ts': {
      name: 'harbour',
      domain: 'example.test',
      cluster: {
        driver: 'kind',
        kubernetesVersion: 'v1.36.1',
        nodes: [
          { role: 'control-plane' },
          { role: 'worker', labels: { tier: 'backend' } },
          { role: 'worker', labels: { tier: 'backstage' } },
        ],
      },
      forge: { organization: 'example' },
    },
    'apps/environments.ts': [
      { name: 'testing', hostPrefix: 'test' },
      { name: 'live', promotesFrom: 'testing' },
    ],
    'apps/shop/service.ts': { name: 'shop', resources: resources() },
    'apps/stock/service.ts': {
      name: 'stock',
      resources: resources(),
      calls: ['shop'],
      environments: { live: { replicas: 2 } },
    },
    'apps/shop/releases/testing.yaml': {
      image: 'registry.example.test/shop:3f2c1ab',
      digest: `sha256:${'0123456789abcdef'.repeat(4)}`,
      version: '3f2c1ab',
      source: '3f2c1ab'.padEnd(40, '0'),
    },
    'apps/shop/releases/live.yaml': { unreleased: true },
    'apps/stock/releases/testing.yaml': { unreleased: true },
    'apps/stock/releases/live.yaml': { unreleased: true },
  };
}

/** Sets values by `<file>` or `<file> <field>`. */
export function change(files: Files, values: Readonly<Record<string, unknown>>): Files {
  for (const [target, value] of Object.entries(values)) {
    const [file, field = ''] = target.split(' ') as [string, string?];
    const keys = [file, ...field.split(/[.[\]]+/).filter((key) => key !== '')];
    const last = keys.pop()!;
    const parent = keys.reduce((inner, key) => (inner[key] ??= {}) as Files, files);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return files;
}

/** The day on which the fixtures were right or wrong. */
const today = new Date('2026-03-01T12:00:00Z');

/** Hands files to the catalog as the loader does. */
export function inputOf(files: Files): CatalogInput {
  const found = Object.entries(files).map(([file, value]) => ({ file, value }));
  return {
    platform: { file: 'apps/platform.ts', value: files['apps/platform.ts'] },
    environments: { file: 'apps/environments.ts', value: files['apps/environments.ts'] },
    services: found.flatMap((source) => {
      const match = /^apps\/([^/]+)\/service\.ts$/.exec(source.file);
      return match === null ? [] : [{ ...source, folder: match[1]! }];
    }),
    releases: found.flatMap((source) => {
      const match = /^apps\/([^/]+)\/releases\/([^/]+)\.yaml$/.exec(source.file);
      return match === null ? [] : [{ ...source, service: match[1]!, environment: match[2]! }];
    }),
    exceptions: { file: 'apps/exceptions.ts', value: files['apps/exceptions.ts'] ?? [] },
    now: today,
  };
}
