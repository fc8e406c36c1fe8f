import * as pulumi from '@pulumi/pulumi';
import { createCatalog } from '../../../apps/catalog';
import type { Catalog, GithubForge as GithubFacts } from '../../../apps/model';
import { GithubAccess, type GithubAccessArgs } from '../../../infra/components/github-access';
import { GithubForge } from '../../../infra/components/github-forge';
import { ArgoCdWebhook } from '../../../infra/components/argo-cd-webhook';
import type { Adoptions } from '../../../infra/components/github-options';
import type { GithubCredentials } from '../../../infra/github/credentials';
import { repositoriesOf } from '../../../infra/github/repositories';
import { change, inputOf, validFiles } from '../../apps/files';
import { record, the, types, type Recorded } from './recorder';

const catalogOf = (props: object, more: Readonly<Record<string, unknown>> = {}): Catalog =>
  createCatalog(
    inputOf(
      change(validFiles(), {
        'apps/platform.ts forge': { type: 'github', organization: 'example', ...props },
        ...more,
      }),
    ),
  );

// each run waits until nothing more comes, and machines may be busy
jest.setTimeout(60_000);

interface Options {
  readonly more?: Readonly<Record<string, unknown>>;
  readonly adopt?: Adoptions;
  readonly credentials?: GithubCredentials;
}

function forge(props: object = {}, { more, adopt = {}, credentials }: Options = {}): Promise<readonly Recorded[]> {
  const catalog = catalogOf(props, more);
  const facts = catalog.platform.forge as GithubFacts;
  return record(
    () =>
      new GithubForge('github', {
        forge: facts,
        repositories: repositoriesOf(catalog, facts),
        environments: catalog.environments,
        credentials: credentials ?? { type: 'token', token: 'ghp_hush' },
        secrets: Object.fromEntries(Object.keys(facts.secrets).map((name) => [name, `value of ${name}`])),
        adopt,
      }),
  );
}

const type = (name: string): string => `github:index/${name[0]!.toLowerCase()}${name.slice(1)}:${name}`;
const all = (recorded: readonly Recorded[], name: string): readonly Recorded[] =>
  recorded.filter((one) => one.type === type(name)).toSorted((left, right) => (left.name < right.name ? -1 : 1));

test('a forge with nothing but its organization makes one repository, its labels and limits, and two environments', async () => {
  const recorded = await forge();
  const made = types(recorded).filter((one) => one !== 'pulumi:pulumi:Stack');
  expect(made.toSorted()).toEqual([
    type('ActionsRepositoryPermissions'),
    type('IssueLabel'),
    type('IssueLabel'),
    type('Repository'),
    type('RepositoryDependabotSecurityUpdates'),
    type('RepositoryEnvironment'),
    type('RepositoryEnvironment'),
    type('RepositoryEnvironmentDeploymentPolicy'),
    type('RepositoryEnvironmentDeploymentPolicy'),
    type('RepositoryVulnerabilityAlerts'),
    type('WorkflowRepositoryPermissions'),
    'pulumi:providers:github',
    'slipway:component:GithubActions',
    'slipway:component:GithubForge',
    'slipway:component:GithubRepository',
  ]);
});

test('the repository is private, merges by squash alone, and is never deleted', async () => {
  const repository = the(await forge(), type('Repository'));
  expect(repository).toMatchObject({
    name: 'github-platform',
    parent: 'slipway:component:GithubRepository::github-platform',
    retainOnDelete: true,
    importId: '',
    provider: 'github',
  });
  expect(repository.inputs).toMatchObject({
    name: 'platform',
    visibility: 'private',
    topics: ['gitops', 'slipway'],
    allowSquashMerge: true,
    allowMergeCommit: false,
    allowRebaseMerge: false,
    deleteBranchOnMerge: true,
    squashMergeCommitTitle: 'PR_TITLE',
    archiveOnDestroy: true,
    autoInit: false,
  });
  // both take a licence on private repositories
  expect(repository.inputs).not.toHaveProperty('securityAndAnalysis');
  expect(repository.ignoreChanges).toEqual(expect.arrayContaining(['homepageUrl', 'pages']));
});

test('another way to merge and a public repository change just that', async () => {
  const repository = the(await forge({ mergeMethods: ['rebase'], visibility: 'public' }), type('Repository')).inputs;
  expect(repository).toMatchObject({ allowSquashMerge: false, allowRebaseMerge: true, visibility: 'public' });
  expect(repository).not.toHaveProperty('squashMergeCommitTitle');
  expect(repository.securityAndAnalysis).toEqual({
    secretScanning: { status: 'enabled' },
    secretScanningPushProtection: { status: 'enabled' },
  });
});

test('labels are those of the platform and the catalog', async () => {
  const labels = all(await forge({ labels: { urgent: { color: 'ff0000' } } }), 'IssueLabel');
  expect(labels.map(({ name, inputs }) => [name, inputs])).toEqual([
    ['github-platform-label-hold', expect.objectContaining({ name: 'hold', color: 'b60205' })],
    ['github-platform-label-preview', expect.objectContaining({ name: 'preview', repository: 'platform' })],
    ['github-platform-label-urgent', { name: 'urgent', color: 'ff0000', repository: 'platform' }],
  ]);
  expect(labels.every(({ retainOnDelete }) => retainOnDelete)).toBe(true);
});

test('workflows may read, cannot approve, and name actions by commit', async () => {
  const recorded = await forge();
  expect(the(recorded, type('WorkflowRepositoryPermissions')).inputs).toMatchObject({
    defaultWorkflowPermissions: 'read',
    canApprovePullRequestReviews: false,
  });
  expect(the(recorded, type('ActionsRepositoryPermissions')).inputs).toMatchObject({ shaPinningRequired: true });
});

describe('environments', () => {
  const more = {
    'apps/environments.ts [1].reviewers': ['anna', 'team:release'],
    'apps/environments.ts [1].waitMinutes': 5,
  };

  test('ask whom the catalog names, after its wait, and no administrator goes around it', async () => {
    const recorded = await forge({}, { more });
    expect(the(recorded, type('RepositoryEnvironment'), 'github-platform-environment-live').inputs).toEqual({
      repository: 'platform',
      environment: 'live',
      waitTimer: 5,
      reviewers: [{ users: [7], teams: [77] }],
      preventSelfReview: true,
      canAdminsBypass: false,
      deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true },
    });
    const testing = the(recorded, type('RepositoryEnvironment'), 'github-platform-environment-testing').inputs;
    for (const key of ['waitTimer', 'reviewers', 'preventSelfReview']) expect(testing).not.toHaveProperty(key);
  });

  test('serve jobs of the branch alone', async () => {
    const policies = all(await forge({ branch: 'trunk' }), 'RepositoryEnvironmentDeploymentPolicy');
    expect(policies.map(({ inputs }) => inputs)).toEqual([
      { repository: 'platform', environment: 'live', branchPattern: 'trunk' },
      { repository: 'platform', environment: 'testing', branchPattern: 'trunk' },
    ]);
    expect(policies[1]!.dependsOn).toContain(`${type('RepositoryEnvironment')}::github-platform-environment-testing`);
  });
});

describe('variables and secrets', () => {
  const props = { variables: { REGION: 'eu' }, secrets: { TOKEN: {}, KEY: { environments: ['live'] } } };

  test('are where the catalog puts them, and values of secrets are marked as such', async () => {
    const recorded = await forge(props);
    expect(the(recorded, type('ActionsVariable')).inputs).toEqual({
      repository: 'platform',
      variableName: 'REGION',
      value: 'eu',
    });
    const whole = the(recorded, type('ActionsSecret'));
    expect(whole.inputs).toEqual({ repository: 'platform', secretName: 'TOKEN', value: 'value of TOKEN' });
    const scoped = the(recorded, type('ActionsEnvironmentSecret'));
    expect(scoped.inputs).toMatchObject({ environment: 'live', secretName: 'KEY', value: 'value of KEY' });
    expect([whole.secretInputs, scoped.secretInputs]).toEqual([['value'], ['value']]);
    // GIVEN what every secret holds, THEN no other resource has it
    const others = recorded.filter(({ secretInputs }) => !secretInputs.includes('value'));
    expect(JSON.stringify(others.map(({ inputs }) => inputs))).not.toContain('value of');
  });
});

describe('services in repositories of their own', () => {
  const more = {
    'apps/shop/service.ts repository': 'example/shop',
    'apps/stock/service.ts repository': 'example/shop',
  };

  test('share one where they say the same, reviewed as the platform is', async () => {
    const recorded = await forge({}, { more });
    const repository = the(recorded, type('Repository'), 'github-shop').inputs;
    expect(repository).toMatchObject({ name: 'shop', description: 'Source of shop, stock', autoInit: true });
    expect(all(recorded, 'RepositoryEnvironment').map(({ name }) => name)).toEqual([
      'github-platform-environment-live',
      'github-platform-environment-testing',
      // a service's own workflow publishes, and goes no further
      'github-shop-environment-testing',
    ]);
    expect(all(recorded, 'ActionsVariable').map(({ inputs }) => inputs)).toEqual([
      { repository: 'shop', variableName: 'PLATFORM_REPOSITORY', value: 'platform' },
    ]);
    const ruleset = the(recorded, type('RepositoryRuleset'), 'github-shop-branch').inputs;
    expect(ruleset.conditions).toEqual({ refName: { includes: ['~DEFAULT_BRANCH'], excludes: [] } });
    expect(ruleset.rules).toMatchObject({ nonFastForward: true, requiredLinearHistory: true, deletion: true });
    expect(ruleset.rules).not.toHaveProperty('requiredStatusChecks');
    expect(ruleset).not.toHaveProperty('bypassActors');
  });

  test('let the App of the workflows through', async () => {
    const recorded = await forge({ automationAppId: 42, approvals: 0 }, { more });
    const told = all(recorded, 'ActionsVariable').filter(({ inputs }) => inputs.variableName === 'AUTOMATION_APP_ID');
    expect(told.map(({ inputs }) => [inputs.repository, inputs.value])).toEqual([
      ['platform', '42'],
      ['shop', '42'],
    ]);
    const ruleset = the(recorded, type('RepositoryRuleset')).inputs;
    expect(ruleset.bypassActors).toEqual([{ actorId: 42, actorType: 'Integration', bypassMode: 'always' }]);
    expect(ruleset.rules.pullRequest).toMatchObject({ requiredApprovingReviewCount: 0, requireCodeOwnerReview: false });
  });
});

describe('credentials', () => {
  test('a token is a secret of the provider', async () => {
    const provider = the(await forge(), 'pulumi:providers:github');
    expect(provider.inputs).toMatchObject({ owner: 'example', token: 'ghp_hush' });
    expect(provider.secretInputs).toContain('token');
  });

  test('the key of an App is one too, and a token of the environment is not taken beside it', async () => {
    process.env['GITHUB_TOKEN'] = 'ghs_of_actions';
    const credentials = { type: 'app', appId: 1, installationId: 2, privateKey: 'pem' } as const;
    const provider = the(await forge({}, { credentials }), 'pulumi:providers:github');
    expect(JSON.parse(provider.inputs.appAuth)).toEqual({ id: '1', installationId: '2', pemFile: 'pem' });
    expect(provider.secretInputs).toContain('appAuth');
    expect(provider.inputs).not.toHaveProperty('token');
  });
});

test('what is there already is taken over under its own ID', async () => {
  const adopt = { 'github-platform': 'platform', 'github-platform-variable-REGION': 'platform:REGION' };
  const recorded = await forge({ variables: { REGION: 'eu', ZONE: 'a' } }, { adopt });
  expect(the(recorded, type('Repository')).importId).toBe('platform');
  expect(all(recorded, 'ActionsVariable').map(({ importId }) => importId)).toEqual(['platform:REGION', '']);
});

describe('access of Argo CD', () => {
  const access = (args: Partial<GithubAccessArgs> = {}, look?: (access: GithubAccess) => void) =>
    record(() => {
      const made = new GithubAccess('github-platform-argo-cd', {
        repositoryName: 'platform',
        repository: 'platform',
        platform: 'harbour',
        adopt: {},
        ...args,
      });
      look?.(made);
    });

  test('is a key that can only read, and that ends with the platform', async () => {
    let key: pulumi.Output<string> | undefined;
    const recorded = await access({}, ({ sshPrivateKey }) => (key = sshPrivateKey));
    const known = the(recorded, type('RepositoryDeployKey'));
    expect(known.inputs).toEqual({
      repository: 'platform',
      title: 'argo-cd@harbour',
      key: 'ssh-ed25519 AAAA',
      readOnly: true,
    });
    expect(known.retainOnDelete).toBe(false);
    expect(await pulumi.isSecret(key!)).toBe(true);
    expect(types(recorded)).not.toContain(type('RepositoryWebhook'));
    expect(JSON.stringify(known.inputs)).not.toContain('private');
  });

  test('hears of pushes with a secret that Argo CD knows first', async () => {
    const recorded = await record(() => {
      const secret = pulumi.secret('signed');
      const listener = new ArgoCdWebhook('github', { key: 'webhook.github.secret', secret });
      new GithubAccess('github-platform-argo-cd', {
        repositoryName: 'platform',
        repository: 'platform',
        platform: 'harbour',
        adopt: { 'github-platform-argo-cd': 'platform/12' },
        webhook: { url: 'https://argocd.example.test/api/webhook', secret, listener },
      });
    });
    const hook = the(recorded, type('RepositoryWebhook'));
    expect(hook.inputs).toEqual({
      repository: 'platform',
      events: ['push'],
      active: true,
      configuration: { url: 'https://argocd.example.test/api/webhook', contentType: 'json', secret: 'signed' },
    });
    expect(hook.secretInputs).toEqual(['configuration']);
    expect(hook.importId).toBe('platform/12');
    expect(hook.dependsOn).toContain('kubernetes:core/v1:SecretPatch::github');
    const patch = the(recorded, 'kubernetes:core/v1:SecretPatch');
    expect(patch.inputs.metadata).toEqual({ name: 'argocd-secret', namespace: 'argocd' });
    expect(patch.inputs.data).toEqual({ 'webhook.github.secret': Buffer.from('signed').toString('base64') });
    expect(patch.secretInputs).toEqual(['data']);
  });
});
