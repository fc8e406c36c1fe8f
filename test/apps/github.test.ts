import { createCatalog } from '../../apps/catalog';
import type { GithubForge } from '../../apps/model';
import { compareTrees } from '../../manifests/tree';
import { renderCatalog } from '../../manifests/render';
import { change, inputOf, validFiles } from './files';

const catalog = (values: Readonly<Record<string, unknown>>) => createCatalog(inputOf(change(validFiles(), values)));
const forgeOf = (props: object): GithubForge =>
  catalog({ 'apps/platform.ts forge': { type: 'github', organization: 'example', ...props } }).platform
    .forge as GithubForge;

test('one line chooses GitHub, with defaults for all the rest', () => {
  expect(forgeOf({})).toEqual({
    type: 'github',
    organization: 'example',
    repository: 'platform',
    branch: 'main',
    authentication: { type: 'token' },
    visibility: 'private',
    description: 'The platform harbour: services, delivery and infrastructure',
    topics: ['gitops', 'slipway'],
    labels: {
      hold: { color: 'b60205', description: 'Not to be merged yet' },
      preview: { color: '1d76db', description: 'Runs this pull request at an address of its own' },
    },
    mergeMethods: ['squash'],
    requiredChecks: ['check'],
    approvals: 1,
    variables: {},
    secrets: {},
    sshPort: 22,
    host: 'github.com',
    url: 'git@github.com:example/platform.git',
    httpUrl: 'https://github.com/example/platform.git',
  });
});

test('what is written adds to lists of names and replaces everything else', () => {
  const forge = forgeOf({
    topics: ['payments', 'gitops'],
    labels: { preview: { color: '000000' }, urgent: { color: 'ffffff' } },
    mergeMethods: ['rebase'],
    authentication: { type: 'app', appId: 1, installationId: 2 },
  });
  expect(forge.topics).toEqual(['gitops', 'payments', 'slipway']);
  expect(Object.keys(forge.labels)).toEqual(['hold', 'preview', 'urgent']);
  expect(forge.labels['preview']).toEqual({ color: '000000' });
  expect(forge.mergeMethods).toEqual(['rebase']);
  expect(forge.authentication).toEqual({ type: 'app', appId: 1, installationId: 2 });
});

test('SSH goes through the port of HTTPS where it is asked to', () => {
  expect(forgeOf({ sshPort: 443 }).url).toBe('ssh://git@ssh.github.com:443/example/platform.git');
});

test('a service may live in a repository of its own, and an environment ask people', () => {
  const { services, environments } = catalog({
    'apps/shop/service.ts repository': 'example/shop',
    'apps/environments.ts [1].reviewers': ['anna', 'team:release'],
    'apps/environments.ts [1].waitMinutes': 5,
  });
  expect(services.map(({ name, repository }) => [name, repository])).toEqual([
    ['shop', 'example/shop'],
    ['stock', undefined],
  ]);
  expect(environments[1]).toMatchObject({ reviewers: ['anna', 'team:release'], waitMinutes: 5 });
});

test('another forge changes the addresses of the repository in dist, and nothing else', () => {
  const local = renderCatalog(catalog({}));
  const github = renderCatalog(catalog({ 'apps/platform.ts forge': { type: 'github', organization: 'example' } }));
  const { added, removed, changed } = compareTrees(local, github);
  expect({ added, removed }).toEqual({ added: [], removed: [] });
  expect(changed.length).toBeGreaterThan(0);
  for (const file of changed) {
    expect(github.get(file)).toBe(
      local
        .get(file)!
        .replaceAll('http://git.example.test/example/platform.git', 'git@github.com:example/platform.git')
        .replaceAll('http://git.example.test/example/platform/commit/', 'https://github.com/example/platform/commit/'),
    );
  }
});
