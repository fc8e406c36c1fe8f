import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Stack } from '@pulumi/pulumi/automation';
import { explainGithub, githubRemote } from '../../../cli/platform/github';
import { prepareGithub } from '../../../cli/platform/github-apply';
import { githubChecks } from '../../../cli/platform/github-checks';
import { stateFiles, type Project } from '../../../cli/platform/project';
import { createCatalog } from '../../../apps/catalog';
import type { Catalog } from '../../../apps/model';
import { silentProgress } from '../../../core/progress';
import { change, inputOf, validFiles } from '../../apps/files';
import { fakeGithub, type FakeGithub, type Reply } from '../../infra/github/fake-github';

let root: string;
let github: FakeGithub | undefined;
beforeEach(() => (root = mkdtempSync(path.join(os.tmpdir(), 'slipway-github-'))));
afterEach(async () => {
  await github?.close();
  github = undefined;
  rmSync(root, { recursive: true });
});

const catalogOf = (props: object = {}, more: Readonly<Record<string, unknown>> = {}): Catalog =>
  createCatalog(
    inputOf(
      change(validFiles(), {
        'apps/platform.ts forge': { type: 'github', organization: 'example', ...props },
        ...more,
      }),
    ),
  );

const repository = (more: object = {}): Reply => ({
  body: {
    full_name: 'example/platform',
    visibility: 'private',
    archived: false,
    permissions: { admin: true },
    ...more,
  },
});
const classic = { 'GET /user': { headers: { 'x-oauth-scopes': 'repo, workflow, admin:org' } } };
const organization = { 'GET /users/example': { body: { type: 'Organization' } } };
const readable = { 'GET /repos/example/platform/keys': { body: [] }, 'GET /repos/example/platform/environments': {} };

async function check(replies: Readonly<Record<string, Reply>>, catalog = catalogOf(), token = 'ghp_hush') {
  github = await fakeGithub(replies);
  const checks = await githubChecks(
    { root, catalog },
    { environment: { GITHUB_TOKEN: token }, baseUrl: github.baseUrl, patienceMs: 0 },
  );
  expect(JSON.stringify(checks)).not.toContain('ghp_hush');
  // it looks, and changes nothing
  expect(github.asked.every((one) => one.startsWith('GET '))).toBe(true);
  return checks.map(({ state, finding }) => `${state}: ${finding}`);
}

describe('before anything is made', () => {
  test('another forge is not looked at', async () => {
    const catalog = createCatalog(inputOf(validFiles()));
    expect(await githubChecks({ root, catalog }, { environment: {} })).toEqual([]);
  });

  test('a repository that is there is adopted, one that is not is created', async () => {
    const more = { 'apps/shop/service.ts repository': 'example/shop' };
    const replies = { ...classic, ...organization, ...readable, 'GET /repos/example/platform': repository() };
    expect(await check(replies)).toEqual(['ok: example/platform will be adopted']);
    expect(await check(replies, catalogOf({}, more))).toEqual([
      'handled: example/platform will be adopted; example/shop will be created',
    ]);
    expect(await check({ ...classic, ...organization })).toEqual(['handled: example/platform will be created']);
  });

  test('scopes that a token lacks are named', async () => {
    const more = { 'apps/environments.ts [1].reviewers': ['team:release'] };
    const replies = {
      ...organization,
      'GET /user': { headers: { 'x-oauth-scopes': 'repo' } },
      'GET /orgs/example/teams/release': {},
    };
    expect(await check(replies, catalogOf({}, more))).toEqual([
      'broken: the token lacks the scope workflow',
      'broken: the token lacks the scope read:org',
    ]);
  });

  test('a permission that a fine-grained token lacks is named where GitHub tells it', async () => {
    const replies = {
      ...organization,
      'GET /user': {},
      'GET /repos/example/platform': repository(),
      'GET /repos/example/platform/keys': {
        status: 403,
        headers: { 'x-accepted-github-permissions': 'administration=read' },
        body: { message: 'Resource not accessible by personal access token' },
      },
    };
    expect(await check(replies)).toEqual([
      'broken: GitHub refuses GET /repos/example/platform/keys?per_page=1: the permission administration: read is missing',
    ]);
  });

  test.each<[string, Reply]>([
    ['example/platform is archived', repository({ archived: true })],
    ['example/platform was renamed to example/base', repository({ full_name: 'example/base' })],
    [
      "example/platform exists, and is not these credentials' to administer",
      repository({ permissions: { admin: false } }),
    ],
    [
      'example/platform is public, and the catalog says private: forks and stars would be lost',
      repository({ visibility: 'public' }),
    ],
  ])('%s', async (finding, reply) => {
    expect(await check({ ...classic, ...organization, 'GET /repos/example/platform': reply })).toEqual([
      `broken: ${finding}`,
    ]);
  });

  test('an organization, a user and a team that are not there', async () => {
    expect(await check(classic)).toEqual(['broken: GitHub has no "example"']);
    const more = { 'apps/environments.ts [1].reviewers': ['anna', 'team:release'] };
    expect(await check({ ...classic, ...organization }, catalogOf({}, more))).toEqual([
      'broken: GitHub has no user "anna"',
      'broken: "example" has no team "release"',
    ]);
  });

  test('a revoked token and none at all', async () => {
    expect(await check({ 'GET /user': { status: 401, body: { message: 'Bad credentials' } } })).toEqual([
      'broken: GitHub refuses the credentials: they are revoked, expired or mistyped: Bad credentials',
    ]);
    expect(await check({}, catalogOf(), '')).toEqual(['broken: the token for GitHub is not set']);
  });

  test('secrets without a value, each with the command that sets it', async () => {
    writeFileSync(
      path.join(root, 'Pulumi.local.yaml'),
      'config:\n  slipway:secrets:\n    TOKEN:\n      secure: v1:abc\n',
    );
    const catalog = catalogOf({ secrets: { TOKEN: {}, KEY: {} } });
    expect(await check({ ...classic, ...organization }, catalog)).toEqual([
      'handled: example/platform will be created',
      'broken: the secret KEY of Actions has no value',
    ]);
  });
});

describe('adoption', () => {
  const catalog = catalogOf({
    variables: { REGION: 'eu', ZONE: 'a' },
    webhookUrl: 'https://argocd.example.test/api/webhook',
  });
  const replies = {
    'GET /repos/example/platform': repository(),
    'GET /repos/example/platform/rulesets': {
      body: [
        { id: 5, name: 'other' },
        { id: 6, name: 'slipway: branch' },
      ],
    },
    'GET /repos/example/platform/actions/variables': { body: { variables: [{ name: 'REGION' }, { name: 'MINE' }] } },
    'GET /repos/example/platform/hooks': {
      body: [
        { id: 8, config: { url: 'https://other.test' } },
        { id: 9, config: { url: 'https://argocd.example.test/api/webhook' } },
      ],
    },
  };
  const urn = (name: string): string =>
    `urn:pulumi:local::slipway::slipway:component:GithubRepository$github:index/repository:Repository::${name}`;

  async function prepare(resources: readonly object[]) {
    github = await fakeGithub(replies);
    process.env['GITHUB_TOKEN'] = 'ghp_hush';
    const plugin = path.join(root, 'plugin');
    writeFileSync(plugin, '');
    const envVars: Record<string, string> = {};
    const stack = { exportStack: async () => ({ version: 3, deployment: { resources } }), workspace: { envVars } };
    const project = { ...stateFiles(root), catalog } as Project;
    const said: string[] = [];
    await prepareGithub({
      stack: stack as unknown as Stack,
      project,
      supply: { plugin: async () => plugin },
      progress: { ...silentProgress, say: (line) => void said.push(line) },
      signal: new AbortController().signal,
      github: { baseUrl: github.baseUrl },
    });
    delete process.env['GITHUB_TOKEN'];
    expect(readlinkSync(path.join(project.bin, 'pulumi-resource-github'))).toBe(plugin);
    return { adopt: JSON.parse(envVars['SLIPWAY_GITHUB_ADOPT']!) as object, said };
  }

  test('is of what is on GitHub and not in the stack, by the IDs that Pulumi imports', async () => {
    const { adopt, said } = await prepare([]);
    expect(adopt).toEqual({
      'github-platform': 'platform',
      'github-platform-branch': 'platform:6',
      'github-platform-variable-REGION': 'platform:REGION',
      'github-platform-argo-cd': 'platform/9',
    });
    expect(said).toHaveLength(4);
  });

  test('leaves alone what the stack has already', async () => {
    const { adopt } = await prepare([{ urn: urn('github-platform') }, { urn: urn('github-platform-argo-cd') }]);
    expect(Object.keys(adopt)).toEqual(['github-platform-branch', 'github-platform-variable-REGION']);
  });

  test('asks nothing where the forge is another one', async () => {
    const project = { ...stateFiles(root), catalog: createCatalog(inputOf(validFiles())) } as Project;
    const never = (): never => {
      throw new Error('asked');
    };
    await prepareGithub({
      stack: {} as Stack,
      project,
      supply: { plugin: never },
      progress: silentProgress,
      signal: new AbortController().signal,
    });
  });
});

test('Git pushes by HTTPS as the App or with the token, which is no part of the address', async () => {
  process.env['GITHUB_TOKEN'] = 'ghp_hush';
  const remote = await githubRemote(catalogOf().platform, new AbortController().signal);
  delete process.env['GITHUB_TOKEN'];
  expect(remote).toEqual({
    url: 'https://github.com/example/platform.git',
    branch: 'main',
    credentials: { username: 'x-access-token', password: 'ghp_hush' },
  });
});

test.each([
  ['422 Repository creation failed. [name already exists on this account]', 'the name of a repository is taken'],
  ['GET https://api.github.com/user: 401 Bad credentials []', 'they were revoked or have expired meanwhile'],
  ['403 Resource not accessible by integration []', 'a permission is missing'],
  ['403 Upgrade to GitHub Pro or make this repository public []', 'the plan of the organization'],
])('a refusal of the provider is told so that it can be repaired: %s', (line, message) => {
  const error = explainGithub(['some other line', line])!;
  expect(error.message).toContain(message);
  expect(error.details).toEqual([line]);
  expect(error.repair).toBeDefined();
  expect(explainGithub(['anything else'])).toBeUndefined();
});

test('the version of the provider is that of the package that speaks to it', () => {
  const { version } = JSON.parse(readFileSync(require.resolve('@pulumi/github/package.json'), 'utf8')) as {
    version: string;
  };
  const { plugins } = jest.requireActual<typeof import('../../../infra/versions')>('../../../infra/versions');
  expect(plugins['pulumi-resource-github'].version).toBe(`v${version}`);
  expect(plugins['pulumi-resource-github'].release.url).toContain(`v${version}`);
});
