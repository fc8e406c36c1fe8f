/**
 * The real engine with all that a platform has on GitHub, against stand-ins for GitHub's provider and for those of the
 * cluster. Needs no cluster and no container engine; the engine itself comes from the supply.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createCatalog } from '../../apps/catalog';
import type { Catalog } from '../../apps/model';
import { projectRoot } from '../../core/paths';
import { adoptionsVariable } from '../../infra/github/adoptions';
import { change, inputOf, validFiles } from '../apps/files';
import { GithubWorkbench } from './support/github-workbench';

const secrets = { REGISTRY_PASSWORD: 'hush-registry', DEPLOY_TOKEN: 'hush-deploy', SLACK_TOKEN: 'hush-slack' };
const webhookUrl = 'https://argocd.example.test/api/webhook';

const catalog = (): Catalog =>
  createCatalog(
    inputOf(
      change(validFiles(), {
        'apps/platform.ts forge': {
          type: 'github',
          organization: 'example',
          variables: { REGION: 'eu' },
          secrets: { REGISTRY_PASSWORD: {}, DEPLOY_TOKEN: { environments: ['live'] }, SLACK_TOKEN: {} },
          automationAppId: 42,
          webhookUrl,
        },
        'apps/environments.ts [1].reviewers': ['anna', 'team:release'],
        'apps/environments.ts [1].waitMinutes': 5,
        'apps/shop/service.ts repository': 'example/shop',
      }),
    ),
  );

const program = `export = require(${JSON.stringify(path.join(projectRoot, 'test/e2e/support/github-program.ts'))}).program;\n`;

/** `Repository github-platform` of lines such as `create Repository github-platform`, sorted. */
const those = (lines: readonly string[], operation: string): readonly string[] =>
  lines
    .filter((line) => line.startsWith(`${operation} `))
    .map((line) => line.split(' ').slice(1, 3).join(' '))
    .toSorted();

const everything = [
  'ActionsEnvironmentSecret github-platform-secret-live-DEPLOY_TOKEN',
  'ActionsRepositoryPermissions github-platform',
  'ActionsRepositoryPermissions github-shop',
  'ActionsSecret github-platform-secret-REGISTRY_PASSWORD',
  'ActionsSecret github-platform-secret-SLACK_TOKEN',
  'ActionsSecret github-shop-secret-REGISTRY_PASSWORD',
  'ActionsSecret github-shop-secret-SLACK_TOKEN',
  'ActionsVariable github-platform-variable-AUTOMATION_APP_ID',
  'ActionsVariable github-platform-variable-REGION',
  'ActionsVariable github-shop-variable-AUTOMATION_APP_ID',
  'ActionsVariable github-shop-variable-PLATFORM_REPOSITORY',
  'ActionsVariable github-shop-variable-REGION',
  'IssueLabel github-platform-label-hold',
  'IssueLabel github-platform-label-preview',
  'IssueLabel github-shop-label-hold',
  'IssueLabel github-shop-label-preview',
  'Repository github-platform',
  'Repository github-shop',
  'RepositoryDependabotSecurityUpdates github-platform',
  'RepositoryDependabotSecurityUpdates github-shop',
  'RepositoryDeployKey github-platform-argo-cd',
  'RepositoryEnvironment github-platform-environment-live',
  'RepositoryEnvironment github-platform-environment-testing',
  'RepositoryEnvironment github-shop-environment-testing',
  'RepositoryEnvironmentDeploymentPolicy github-platform-environment-live',
  'RepositoryEnvironmentDeploymentPolicy github-platform-environment-testing',
  'RepositoryEnvironmentDeploymentPolicy github-shop-environment-testing',
  'RepositoryRuleset github-platform-branch',
  'RepositoryRuleset github-shop-branch',
  'RepositoryVulnerabilityAlerts github-platform',
  'RepositoryVulnerabilityAlerts github-shop',
  'RepositoryWebhook github-platform-argo-cd',
  'WorkflowRepositoryPermissions github-platform',
  'WorkflowRepositoryPermissions github-shop',
];

const bench = new GithubWorkbench();
afterAll(() => bench.close());

async function newStack(name: string): Promise<void> {
  await bench.succeed(['stack', 'init', name]);
  for (const [secret, value] of Object.entries(secrets)) {
    await bench.succeed(['config', 'set', '--secret', '--path', `slipway:secrets.${secret}`, value]);
  }
}

const up = ['up', '--yes', '--skip-preview'];

beforeAll(async () => {
  await bench.start(program, catalog(), ['github', 'slipway', 'kubernetes']);
  await newStack('local');
}, 300_000);

test('preview checks everything against the schema and makes nothing', async () => {
  const output = await bench.succeed(['preview']);
  expect(output).toContain('RepositoryRuleset');
  expect(bench.asked()).toEqual([]);
  expect(bench.onGithub()).toEqual([]);
});

test('up makes all of it, with inputs that the schema knows, and the rules of the branch after the first delivery', async () => {
  await bench.succeed(up);
  const asked = bench.asked();
  expect(those(asked, 'create')).toEqual(everything);
  expect(asked.filter((line) => /^(refused|taken|update|delete)/.test(line))).toEqual([]);
  const delivery = asked.indexOf('deliver https://github.com/example/platform.git main');
  expect(delivery).toBeGreaterThan(asked.indexOf('create Repository github-platform'));
  expect(delivery).toBeLessThan(asked.indexOf('create RepositoryRuleset github-platform-branch'));
  const environment = bench.onGithub().find(({ id }) => id === 'platform:live')!;
  expect(environment.inputs).toMatchObject({ waitTimer: 5, reviewers: [{ users: [7], teams: [77] }] });
});

test('a second up and a refresh change nothing', async () => {
  await bench.succeed([...up, '--expect-no-changes']);
  await bench.succeed(['refresh', '--yes', '--skip-preview', '--expect-no-changes']);
  expect(bench.asked().filter((line) => !line.startsWith('read '))).toEqual([]);
});

test('no secret that was put in, and none that was drawn, is in the state or the configuration in the clear', async () => {
  const state = await bench.succeed(['stack', 'export']);
  const settings = readFileSync(path.join(bench.root, 'Pulumi.local.yaml'), 'utf8');
  const shown = JSON.parse(await bench.succeed(['stack', 'export', '--show-secrets'])) as {
    deployment: { resources: { type: string; outputs?: Record<string, { plaintext?: string }> }[] };
  };
  const drawn = shown.deployment.resources.flatMap(({ type, outputs }) =>
    type === 'slipway:index:DeployKey' || type === 'slipway:index:RandomPassword'
      ? [outputs!['privateKey'], outputs!['value']].flatMap((one) =>
          one?.plaintext ? [JSON.parse(one.plaintext) as string] : [],
        )
      : [],
  );
  expect(drawn).toHaveLength(2);
  expect(drawn.some((one) => one.startsWith('-----BEGIN OPENSSH PRIVATE KEY-----'))).toBe(true);
  const put = [...Object.values(secrets), 'ghp_token_of_the_environment', ...drawn];
  for (const secret of put) {
    // a key of several lines would be written with its line breaks escaped
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString('base64')]) {
      expect(state.includes(form)).toBe(false);
      expect(settings.includes(form)).toBe(false);
    }
  }
  expect(state).toContain('ciphertext');
  // GIVEN that they are really in there: with the passphrase each of them is found
  const open = JSON.stringify(shown);
  for (const secret of Object.values(secrets)) expect(open).toContain(secret);
});

test('what somebody removed on GitHub comes back', async () => {
  const labels = bench.onGithub().filter(({ type }) => type.endsWith(':IssueLabel'));
  bench.forget('platform:preview');
  await bench.succeed([...up, '--refresh']);
  expect(those(bench.asked(), 'create')).toEqual(['IssueLabel github-platform-label-preview']);
  expect(bench.onGithub().filter(({ type }) => type.endsWith(':IssueLabel'))).toHaveLength(labels.length);
});

describe('another machine', () => {
  beforeAll(() => newStack('other'), 120_000);

  test('that knows nothing of what is there is told so, and makes nothing', async () => {
    const before = bench.onGithub();
    const { exitCode, output } = await bench.pulumi(up);
    expect(exitCode).not.toBe(0);
    expect(output).toContain('name already exists on this account');
    expect(those(bench.asked(), 'create')).toEqual([]);
    expect(bench.onGithub()).toEqual(before);
  });

  test('that was told takes it over, settings that differ brought to what the catalog says', async () => {
    const id = (type: string, repository: string): string =>
      bench.onGithub().find((one) => one.type.endsWith(`:${type}`) && one.inputs['repository'] === repository)!.id;
    const adopt = {
      'github-platform': 'platform',
      'github-shop': 'shop',
      'github-platform-branch': `platform:${id('RepositoryRuleset', 'platform')}`,
      'github-shop-branch': `shop:${id('RepositoryRuleset', 'shop')}`,
      'github-platform-argo-cd': `platform/${id('RepositoryWebhook', 'platform')}`,
      'github-platform-variable-REGION': 'platform:REGION',
      'github-platform-variable-AUTOMATION_APP_ID': 'platform:AUTOMATION_APP_ID',
      'github-shop-variable-REGION': 'shop:REGION',
      'github-shop-variable-AUTOMATION_APP_ID': 'shop:AUTOMATION_APP_ID',
      'github-shop-variable-PLATFORM_REPOSITORY': 'shop:PLATFORM_REPOSITORY',
    };
    bench.alter('platform', { description: 'made by hand', hasWiki: true, homepageUrl: 'https://example.test' });
    await bench.succeed(up, { [adoptionsVariable]: JSON.stringify(adopt) });
    const asked = bench.asked();
    expect(those(asked, 'import')).toEqual(
      those(
        Object.keys(adopt).map((name) => `import ${typeOfName(name)} ${name}`),
        'import',
      ),
    );
    expect(those(asked, 'update')).toContain('Repository github-platform');
    // names that GitHub does not give twice
    expect(
      those(asked, 'create').filter((one) =>
        /^(Repository|RepositoryRuleset|RepositoryWebhook|ActionsVariable) /.test(one),
      ),
    ).toEqual([]);
    const repository = bench.onGithub().find((one) => one.type.endsWith(':Repository') && one.id === 'platform')!;
    expect(repository.inputs).toMatchObject({ hasWiki: false, homepageUrl: 'https://example.test' });
    expect(repository.inputs['description']).not.toBe('made by hand');
    // the next run needs no telling
    await bench.succeed([...up, '--expect-no-changes']);
  });

  test('leaves everything but its own key and webhook when it goes', async () => {
    const before = bench.onGithub().length;
    bench.asked();
    await bench.succeed(['destroy', '--yes', '--skip-preview']);
    expect(those(bench.asked(), 'delete')).toEqual([
      'RepositoryDeployKey github-platform-argo-cd',
      'RepositoryWebhook github-platform-argo-cd',
    ]);
    expect(bench.onGithub()).toHaveLength(before - 2);
    expect(bench.onGithub().some((one) => one.type.endsWith(':RepositoryDeployKey'))).toBe(true);
  });
});

function typeOfName(name: string): string {
  if (name.includes('-variable-')) return 'ActionsVariable';
  if (name.endsWith('-branch')) return 'RepositoryRuleset';
  return name.endsWith('-argo-cd') ? 'RepositoryWebhook' : 'Repository';
}

test('a program without GitHub never asks for its provider, although its package is there', async () => {
  const local = new GithubWorkbench();
  try {
    const resources = path.join(projectRoot, 'infra/provider/resources.ts');
    const main = `const { RandomPassword } = require(${JSON.stringify(resources)});\nexport = async () => { new RandomPassword('one'); };\n`;
    await local.start(main, {}, ['slipway']);
    await local.succeed(['stack', 'init', 'local']);
    const looked = /GetPluginPath\(resource, github|plugin github[^\n]*install/;
    const verbose = ['--logtostderr', '-v=7'];
    const output = await local.succeed([...up, ...verbose]);
    expect(output).toContain('RandomPassword');
    expect(output).not.toMatch(looked);
    // GIVEN that setting taken away, THEN it is looked for: the engine would ask for every package that it finds
    const { output: eager } = await local.pulumi(['preview', ...verbose], {
      PULUMI_OPTION_SKIP_PLUGIN_PRE_INSTALL: 'false',
    });
    expect(eager).toMatch(looked);
  } finally {
    local.close();
  }
});
