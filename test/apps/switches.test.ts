import { readFileSync } from 'node:fs';
import path from 'node:path';
import { transpileModule, ModuleKind } from 'typescript';
import { createCatalog } from '../../apps/catalog';
import { readCatalogFiles } from '../../apps/load';
import type { PlatformProps } from '../../apps/model';
import { platform } from '../../apps/platform';
import { projectRoot } from '../../core/paths';
import { renderCatalog } from '../../manifests/render';
import { compareTrees } from '../../manifests/tree';

const file = 'apps/platform.ts';
const source = readFileSync(path.join(projectRoot, file), 'utf8');

/** An edit of one line of apps/platform.ts, and what it has to come to: the compiler looks at these. */
const switches = {
  driver: [
    /driver: 'kind'/,
    "driver: 'minikube'",
    { ...platform, cluster: { ...platform.cluster, driver: 'minikube' } },
  ],
  ingress: [/ingress: 'ingress-nginx'/, "ingress: 'traefik'", { ...platform, ingress: 'traefik' }],
  forge: [
    /forge: \{ type: 'local'/,
    "forge: { type: 'github'",
    { ...platform, forge: { ...platform.forge, type: 'github' } },
  ],
} as const satisfies Readonly<Record<string, readonly [from: RegExp, to: string, platform: PlatformProps]>>;

function edited(from: RegExp, to: string): { readonly lines: number; readonly value: unknown } {
  const text = source.replace(from, to);
  const before = source.split('\n');
  const lines = text.split('\n').filter((line, index) => line !== before[index]).length;
  const exports: Record<string, unknown> = {};
  const { outputText } = transpileModule(text, { compilerOptions: { module: ModuleKind.CommonJS } });
  new Function('exports', outputText)(exports);
  return { lines, value: exports['platform'] };
}

async function render(value: unknown): Promise<ReadonlyMap<string, string>> {
  return renderCatalog(createCatalog({ ...(await readCatalogFiles(projectRoot)), platform: { file, value } }));
}

test.each(Object.entries(switches))(
  'another %s is one line, which the compiler checks',
  (_name, [from, to, expected]) => {
    expect(edited(from, to)).toEqual({ lines: 1, value: expected });
  },
);

test.each(['driver', 'ingress'] as const)('another %s changes nothing in dist', async (name) => {
  const { added, removed, changed } = compareTrees(await render(platform), await render(switches[name][2]));
  expect({ added, removed, changed }).toEqual({ added: [], removed: [], changed: [] });
});

test('another forge changes the addresses of the repository in dist, and nothing else', async () => {
  const before = await render(platform);
  const after = await render(switches.forge[2]);
  const { added, removed, changed } = compareTrees(before, after);
  expect({ added, removed }).toEqual({ added: [], removed: [] });
  expect(changed.length).toBeGreaterThan(0);
  const local = 'http://git.offerfit.local/offerfit/platform';
  for (const name of changed) {
    expect(after.get(name)).toBe(
      before
        .get(name)!
        .replaceAll(`${local}.git`, 'git@github.com:offerfit/platform.git')
        .replaceAll(`${local}/commit/`, 'https://github.com/offerfit/platform/commit/'),
    );
  }
});

test('a cluster of others changes the registry in images and in the policy about them, and nothing else', async () => {
  const existing = {
    ...platform,
    cluster: {
      driver: 'existing',
      context: 'lab',
      kubernetesVersion: platform.cluster.kubernetesVersion,
      registry: { host: 'registry.example.com/team' },
    },
  } satisfies PlatformProps;
  const before = await render(platform);
  const after = await render(existing);
  const { added, removed, changed } = compareTrees(before, after);
  expect({ added, removed }).toEqual({ added: [], removed: [] });
  const named = /\/Deployment\.|\/ValidatingAdmissionPolicy\.pinned-image\./;
  expect(changed).toEqual([...before.keys()].filter((name) => named.test(name)).toSorted());
  for (const name of changed) {
    expect(after.get(name)).toBe(
      before
        .get(name)!
        .replaceAll('registry.offerfit.local', 'registry.example.com/team')
        // as a policy's expression writes it
        .replaceAll('registry[.]offerfit[.]local', 'registry[.]example[.]com/team'),
    );
  }
});
