import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ForgeEvent } from '../../ci/event';
import { WorkflowRunner, type CommitStatus } from '../../ci/runner';
import { exec } from '../../core/exec';
import { projectRoot } from '../../core/paths';
import { silentProgress } from '../../core/progress';
import { findCommand, readMachine } from '../../infra/host/machine';
import { installPackages } from '../../infra/host/packages';
import { createSupply } from '../../infra/supply';
import { commitFiles } from '../ci/commit-files';
import { git } from '../delivery/workbench';

const secret = 'a-token-of-the-forge';

describe('workflows run by act on this machine', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-act-'));
  const bare = path.join(folder, 'platform.git');
  const clone = path.join(folder, 'clone');
  let act: string;
  let statuses: CommitStatus[];

  beforeAll(async () => {
    act = await createSupply().tool('act');
    git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', bare);
    git(folder, 'clone', '--quiet', bare, clone);
  }, 600_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeEach(() => {
    statuses = [];
  });

  /** Pushes one workflow and runs it. @returns its log and what became of it */
  async function run(workflow: string, timeoutMs = 120_000): Promise<{ readonly log: string; readonly state: string }> {
    const commit = commitFiles(clone, {
      '.github/workflows/one.yml': workflow,
      'greeting.txt': 'hello from the commit\n',
    });
    git(clone, 'push', '--quiet', 'origin', 'HEAD:main');
    const payload = { ref: 'refs/heads/main', after: commit, deleted: false, repository: { default_branch: 'main' } };
    const event: ForgeEvent = {
      name: 'push',
      repository: 'offerfit/platform',
      ref: 'refs/heads/main',
      commit,
      actor: 'ada',
      payload,
    };
    const runner = new WorkflowRunner({
      act: async () => act,
      folder: path.join(folder, 'work'),
      logs: path.join(folder, 'logs'),
      logUrl: 'http://127.0.0.1/runs/',
      remote: () => ({ url: `file://${bare}`, branch: 'main' }),
      settings: async () => ({
        secrets: { GITHUB_TOKEN: secret },
        variables: { COLOUR: 'blue' },
        environment: { QUOTED: 'a "quoted" $word with \\ and !' },
      }),
      report: async (_repository, _commit, status) => void statuses.push(status),
      timeoutMs,
      say: () => undefined,
    });
    await runner.run({ id: 'abc', event }, new AbortController().signal);
    return { log: readFileSync(path.join(folder, 'logs/abc/one.log'), 'utf8'), state: statuses.at(-1)!.state };
  }

  it('runs jobs with outputs and a matrix on the commit, with stand-ins in the place of actions', async () => {
    const { log, state } = await run(`
on: push
permissions: {}
jobs:
  first:
    runs-on: ubuntu-latest
    outputs:
      list: \${{ steps.list.outputs.list }}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1
        with: { fetch-depth: 0, persist-credentials: false }
      - uses: actions/setup-node@820762786026740c76f36085b0efc47a31fe5020
      - run: cat greeting.txt
      - run: echo "commit $(git rev-parse HEAD) of $(git branch --show-current) is $GITHUB_SHA of $GITHUB_REF"
      - run: echo "token $TOKEN, colour \${{ vars.COLOUR }}, quoted $QUOTED, repository $GITHUB_REPOSITORY, act $ACT"
        env:
          TOKEN: \${{ github.token }}
      - run: echo "home $HOME, cache $SLIPWAY_CACHE" && touch "$HOME/written"
      - id: list
        run: echo 'list={"images":[{"name":"a"},{"name":"b"}]}' >> "$GITHUB_OUTPUT"
  second:
    needs: first
    if: needs.first.outputs.list != ''
    runs-on: ubuntu-latest
    strategy:
      matrix:
        image: \${{ fromJSON(needs.first.outputs.list || '{"images":[]}').images }}
    env:
      NAME: \${{ matrix.image.name }}
    steps:
      - run: echo "image is $NAME"
      - if: \${{ !env.ACT }}
        run: echo 'only on GitHub'
  third:
    needs: first
    if: needs.first.outputs.missing != ''
    runs-on: ubuntu-latest
    strategy:
      matrix:
        image: \${{ fromJSON(needs.first.outputs.missing || '{"images":[]}').images }}
    steps:
      - run: echo 'must not run'
  last:
    needs: [first, third]
    if: \${{ !cancelled() && needs.first.result == 'success' && needs.third.result != 'failure' }}
    runs-on: ubuntu-latest
    steps:
      - run: echo 'the last job runs'
`);
    const commit = git(clone, 'rev-parse', 'HEAD');
    expect(log).toContain('hello from the commit');
    expect(log).toContain('stand-in for actions/setup-node: the runner has its own Node');
    expect(log).toContain(`commit ${commit} of main is ${commit} of refs/heads/main`);
    expect(log).toContain(
      'token ***, colour blue, quoted a "quoted" $word with \\ and !, repository offerfit/platform, act true',
    );
    expect(log).not.toContain(secret);
    expect(log).toMatch(/home \S+\/work\/abc\/scratch\/home, cache \S+/);
    expect(log).toContain('image is a');
    expect(log).toContain('image is b');
    expect(log).not.toMatch(/\| only on GitHub|\| must not run/);
    expect(log).toContain('the last job runs');
    expect(state).toBe('success');
    expect(existsSync(path.join(folder, 'work/abc'))).toBe(false);
  }, 300_000);

  it('fails with the step that fails', async () => {
    const { log, state } = await run(`
on: push
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - run: echo before && exit 3
      - run: echo 'never reached'
`);
    expect(log).toContain('before');
    expect(log).not.toMatch(/\| never reached/);
    expect(state).toBe('failure');
  }, 300_000);

  it('ends a step that takes too long, with what it left running', async () => {
    const left = path.join(folder, 'left');
    const { state } = await run(
      `
on: push
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - run: (setsid sleep 600 & echo $! > ${left}) && sleep 600
`,
      20_000,
    );
    expect(state).toBe('failure');
    expect(statuses.at(-1)!.description).toMatch(/^timed out after/);
    const commandLine = `/proc/${readFileSync(left, 'utf8').trim()}/cmdline`;
    expect(existsSync(commandLine) && readFileSync(commandLine, 'utf8') !== '').toBe(false);
  }, 300_000);
});

test('actionlint and shellcheck find nothing in the workflows', async () => {
  await installPackages(['shellcheck'], {
    machine: readMachine(),
    progress: silentProgress,
    reason: 'to check the shell in workflows',
    allowInstall: true,
  });
  const actionlint = await createSupply().tool('actionlint');
  const { stdout } = await exec(actionlint, [`-shellcheck=${findCommand('shellcheck')!}`, '-no-color'], {
    cwd: projectRoot,
    allowFailure: true,
  });
  expect(stdout).toBe('');
}, 300_000);
