import { createCatalog } from '../../apps/catalog';
import type { RegistryProps } from '../../apps/model';
import { resolveRegistry } from '../../apps/registry';
import { renderCatalog } from '../../manifests/render';
import { compareTrees } from '../../manifests/tree';
import { change, inputOf, validFiles } from './files';

test.each<[RegistryProps | undefined, object]>([
  [undefined, { type: 'local', host: 'registry.x.test', repositories: 'registry.x.test' }],
  [{ type: 'local' }, { type: 'local', host: 'registry.x.test', repositories: 'registry.x.test' }],
  [
    { type: 'ghcr', namespace: 'offerfit' },
    { type: 'ghcr', host: 'ghcr.io', repositories: 'ghcr.io/offerfit', pullSecret: 'registry-pull' },
  ],
  [
    { type: 'docker-hub', namespace: 'offerfit', publicImages: true },
    { type: 'docker-hub', host: 'docker.io', repositories: 'docker.io/offerfit' },
  ],
  [
    { type: 'own', host: 'registry.example.com:5000' },
    {
      type: 'own',
      host: 'registry.example.com:5000',
      repositories: 'registry.example.com:5000',
      pullSecret: 'registry-pull',
    },
  ],
  [
    { type: 'ecr', accountId: '123456789012', region: 'eu-central-1', namespace: 'team/apps' },
    {
      type: 'ecr',
      region: 'eu-central-1',
      host: '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
      repositories: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/apps',
    },
  ],
  [
    {
      type: 'ecr',
      accountId: '123456789012',
      region: 'cn-north-1',
      pushRole: 'arn:aws-cn:iam::123456789012:role/push',
    },
    {
      type: 'ecr',
      region: 'cn-north-1',
      host: '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
      repositories: '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
      pushRole: 'arn:aws-cn:iam::123456789012:role/push',
    },
  ],
])('%j', (props, expected) => {
  expect(resolveRegistry(props, 'x.test')).toEqual({ localHost: 'registry.x.test', ...expected });
});

test('another registry changes where images come from and with which Secret, and nothing else', () => {
  const render = (values: Readonly<Record<string, unknown>>) =>
    renderCatalog(createCatalog(inputOf(change(unreleased, values))));
  const locks = Object.keys(validFiles()).filter((file) => file.includes('/releases/'));
  const unreleased = change(validFiles(), Object.fromEntries(locks.map((file) => [file, { unreleased: true }])));
  const before = render({});
  const after = render({ 'apps/platform.ts registry': { type: 'ghcr', namespace: 'offerfit' } });
  const { added, changed, removed } = compareTrees(before, after);
  expect([...added, ...removed]).toEqual([]);
  // the policy about images names the registry that they may come from
  const policy = 'argocd/ValidatingAdmissionPolicy.pinned-image.slipway.dev.yaml';
  expect(changed).toContain(policy);
  expect(after.get(policy)).toContain('ghcr.io/offerfit');
  const workloads = changed.filter((file) => file !== policy);
  expect(workloads.length).toBeGreaterThan(0);
  for (const file of workloads) {
    expect(file).toMatch(/\/Deployment\./);
    const lines = before.get(file)!.split('\n');
    const different = after
      .get(file)!
      .split('\n')
      .filter((line) => !lines.includes(line))
      .map((line) => line.trim());
    expect(different).toEqual([
      expect.stringMatching(/^image: ghcr\.io\/offerfit\/(shop|stock):unreleased$/),
      'imagePullSecrets:',
      '- name: registry-pull',
    ]);
  }
});
