import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ForgeEvent } from '../../ci/event';
import { WorkflowRunner, type CommitStatus, type RunnerOptions } from '../../ci/runner';
import type { Remote } from '../../delivery/git';
import { GitServer } from '../delivery/git-server';
import { git } from '../delivery/workbench';
import { commitFiles } from './commit-files';
import { fakeAct } from './fake-act';

/** Whether the process whose number a file holds still runs; one that is dead and not yet buried has no command line. */
function runs(file: string): boolean {
  const commandLine = `/proc/${readFileSync(file, 'utf8').trim()}/cmdline`;
  return existsSync(commandLine) && readFileSync(commandLine, 'utf8') !== '';
}

const secret = 'a-token-of-the-forge';

describe('a run of workflows', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-ci-'));
  const bare = path.join(folder, 'projects/offerfit/platform.git');
  const clone = path.join(folder, 'clone');
  const server = new GitServer(path.join(folder, 'projects'), 'ci', secret);
  let remote: Remote;
  let calls: string;
  let act: string;
  let statuses: (CommitStatus & { readonly commit: string })[];
  let lines: string[];

  beforeAll(async () => {
    const port = await server.start();
    remote = {
      url: `http://git.offerfit.local:${port}/offerfit/platform.git`,
      branch: 'main',
      credentials: { username: 'ci', password: secret },
      resolve: `git.offerfit.local:${port}:127.0.0.1`,
    };
    git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', bare);
    git(folder, 'clone', '--quiet', bare, clone);
    ({ program: act, calls } = await fakeAct(folder));
  });

  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(() => {
    statuses = [];
    lines = [];
    rmSync(calls, { force: true });
  });

  const runner = (change: Partial<RunnerOptions> = {}): WorkflowRunner =>
    new WorkflowRunner({
      act: async () => act,
      folder: path.join(folder, 'work'),
      logs: path.join(folder, 'logs'),
      logUrl: 'http://ci.offerfit.local/runs/',
      remote: () => remote,
      settings: async () => ({
        secrets: { GITHUB_TOKEN: secret },
        variables: { REGISTRY: 'local' },
        environment: { GREETING: 'a "quoted" $word' },
      }),
      report: async (_repository, commit, status) => void statuses.push({ ...status, commit }),
      say: (line) => lines.push(line),
      ...change,
    });

  /** Pushes files and returns the event that the forge would send. */
  function push(files: Readonly<Record<string, string>>): ForgeEvent {
    git(clone, 'rm', '-r', '--quiet', '--ignore-unmatch', '.github');
    const before = git(clone, 'log', '--max-count=1', '--format=%H', '--all') || undefined;
    const commit = commitFiles(clone, files);
    git(clone, 'push', '--quiet', 'origin', 'HEAD:main');
    const payload = { repository: { default_branch: 'main' } };
    const common = { repository: 'offerfit/platform', ref: 'refs/heads/main', actor: 'ada', payload };
    return { ...common, name: 'push', commit, ...(before && { before }) };
  }

  const workflow = (command: string): string => `# act: ${command}\non: push\njobs: {}\n`;
  const run = (event: ForgeEvent, change?: Partial<RunnerOptions>, id = '1'): Promise<void> =>
    runner(change).run({ id, event }, new AbortController().signal);
  const shown = (): readonly string[] =>
    statuses.map(({ context, state, description }) => `${context} ${state}: ${description.replace(/\d+s/, 'some s')}`);

  it('runs every workflow of the commit and reports each', async () => {
    const event = push({
      '.github/workflows/good.yml': workflow('git log -1 --format=%s; echo the token is ' + secret),
      '.github/workflows/later.yml': workflow('echo broken; exit 3'),
      '.github/workflows/other.yml': 'on: workflow_dispatch\njobs: {}\n',
    });
    await run(event);
    expect(shown()).toEqual([
      'ci/good pending: waits',
      'ci/later pending: waits',
      'ci/good pending: runs',
      'ci/good success: passed after some s',
      'ci/later pending: runs',
      'ci/later failure: failed after some s',
    ]);
    expect(new Set(statuses.map(({ commit }) => commit))).toEqual(new Set([event.commit]));
    expect(statuses.at(-1)!.targetUrl).toBe('http://ci.offerfit.local/runs/1/later.log');
    const log = readFileSync(path.join(folder, 'logs/1/good.log'), 'utf8');
    expect(log).toMatch(/^Change\nthe token is \*\*\*\n.github\/workflows\/good.yml: passed after/);
    // nothing but the logs is left
    expect(readdirSync(path.join(folder, 'work'))).toEqual([]);
  });

  it('calls act with the event, and with secrets in files only', async () => {
    await run(push({ '.github/workflows/a.yml': `${workflow('true')}# one more line` }));
    const call = JSON.parse(readFileSync(calls, 'utf8')) as {
      readonly args: readonly string[];
      readonly environment: string;
      readonly secrets: string;
      readonly variables: string;
      readonly event: unknown;
    };
    expect(call.args[0]).toBe('push');
    expect(call.args.join(' ')).toContain('--platform ubuntu-latest=-self-hosted');
    expect(call.args.join(' ')).not.toContain(secret);
    expect(call.secrets).toBe(`GITHUB_TOKEN="${secret}"\n`);
    expect(call.variables).toBe('REGISTRY="local"\n');
    expect(call.environment).toContain('GREETING="a \\"quoted\\" \\$word"\n');
    expect(call.environment).toContain('GITHUB_REPOSITORY="offerfit/platform"\n');
    expect(call.event).toEqual({ repository: { default_branch: 'main' } });
  });

  it('leaves out a workflow whose files did not change', async () => {
    const listens = "# act: true\non: { push: { paths: ['docs/**'] } }\njobs: {}\n";
    await run(push({ '.github/workflows/docs.yml': listens, 'apps/a.txt': 'a' }));
    expect(statuses).toEqual([]);
    await run(push({ '.github/workflows/docs.yml': listens, 'docs/a.md': 'a' }));
    expect(shown().at(-1)).toBe('ci/docs success: passed after some s');
  });

  it('kills what a workflow started, in whatever session, once its time is over', async () => {
    const left = path.join(folder, 'left');
    const event = push({
      '.github/workflows/slow.yml': workflow(
        `setsid bash -c 'setsid sleep 300 & echo $! > ${left}; wait' & until test -s ${left}; do sleep 0.01; done; sleep 300`,
      ),
    });
    await run(event, { timeoutMs: 3000 });
    expect(shown().at(-1)).toBe('ci/slow failure: timed out after some s');
    expect(runs(left)).toBe(false);
  });

  it('leaves nothing behind of a workflow that ends by itself', async () => {
    const left = path.join(folder, 'daemon');
    const event = push({
      '.github/workflows/daemon.yml': workflow(
        `setsid sleep 300 & echo $! > ${left}; until test -s ${left}; do sleep 0.01; done`,
      ),
    });
    await run(event);
    expect(shown().at(-1)).toBe('ci/daemon success: passed after some s');
    expect(runs(left)).toBe(false);
  });

  it('says nothing more once the receiver ends, since the run is done again', async () => {
    const event = push({ '.github/workflows/slow.yml': workflow('sleep 300'), 'unlike.txt': 'the last' });
    const stop = new AbortController();
    const report = async (_repository: string, commit: string, status: CommitStatus): Promise<void> => {
      statuses.push({ ...status, commit });
      if (status.description === 'runs') stop.abort();
    };
    await runner({ report }).run({ id: '2', event }, stop.signal);
    expect(shown()).toEqual(['ci/slow pending: waits', 'ci/slow pending: runs']);
    expect(readdirSync(path.join(folder, 'work'))).toEqual([]);
  });

  it('says nothing more either where it ends while act is still made ready', async () => {
    const event = push({ '.github/workflows/slow.yml': workflow('exit 0'), 'unlike.txt': 'while it is made' });
    const stop = new AbortController();
    const interrupted = async (): Promise<string> => {
      stop.abort();
      throw new Error('The operation was aborted');
    };
    await runner({ act: interrupted }).run({ id: '3', event }, stop.signal);
    expect(shown()).toEqual(['ci/slow pending: waits', 'ci/slow pending: runs']);
    expect(lines.join('\n')).not.toContain('aborted');
  });

  it('names the action that nothing stands in for, and does not start', async () => {
    const uses = 'on: push\njobs:\n  a:\n    steps: [{ uses: actions/checkout@v7 }, { uses: mallory/miner@v1 }]\n';
    await run(push({ '.github/workflows/a.yml': uses }));
    expect(shown().at(-1)).toBe('ci/a error: the workflow uses actions that cannot run here');
    expect(readFileSync(path.join(folder, 'logs/1/a.log'), 'utf8')).toContain('mallory/miner@v1');
    expect(existsSync(calls)).toBe(false);
  });

  it('hands act the stand-ins of the actions that are used', async () => {
    const uses = `${workflow('true')}# x\n`.replace('{}', '{ a: { steps: [{ uses: actions/setup-node@abc }] } }');
    await run(push({ '.github/workflows/a.yml': uses }));
    const { args } = JSON.parse(readFileSync(calls, 'utf8')) as { readonly args: readonly string[] };
    const given = args[args.indexOf('--local-repository') + 1]!;
    expect(given).toMatch(/^actions\/setup-node@abc=.*ci\/actions\/actions\/setup-node$/);
  });

  describe('a workflow that another repository lends', () => {
    const calling = (uses: string): string => `${workflow('true')}# x\n`.replace('{}', `{ a: { uses: '${uses}' } }`);

    it('is checked out for act at the commit that is named, and what it uses is stood in for', async () => {
      const lent = `on: workflow_call\njobs: { a: { steps: [{ uses: actions/setup-node@abc }] } }\n`;
      const { commit } = push({ '.github/workflows/lent.yml': lent });
      await run(push({ '.github/workflows/a.yml': calling(`offerfit/tools/.github/workflows/lent.yml@${commit}`) }));
      expect(shown().at(-1)).toBe('ci/a success: passed after some s');
      const { args } = JSON.parse(readFileSync(calls, 'utf8')) as { readonly args: readonly string[] };
      const given = args.filter((_arg, index) => args[index - 1] === '--local-repository');
      expect(given[0]).toMatch(/^actions\/setup-node@abc=/);
      expect(given[1]).toMatch(new RegExp(`^offerfit/tools@${commit}=.*/work/1/called-0$`));
    });

    it.each([
      ['mallory/tools/.github/workflows/lent.yml@main', 'is of another owner, and so not on this forge'],
      ['offerfit/tools/.github/workflows/none.yml@main', 'offerfit/tools has no .github/workflows/none.yml at main'],
      [`offerfit/tools/.github/workflows/a.yml@${'f'.repeat(40)}`, `offerfit/tools has no commit ${'f'.repeat(40)}`],
    ])('%s is refused', async (uses, said) => {
      await run(push({ '.github/workflows/a.yml': calling(uses) }));
      expect(shown().at(-1)).toContain('ci/a error');
      expect(shown().at(-1)).toContain(said);
      expect(existsSync(calls)).toBe(false);
    });
  });

  it('reports a commit that is gone', async () => {
    const event = { ...push({ '.github/workflows/a.yml': workflow('true') }), commit: 'f'.repeat(40) };
    await run(event);
    expect(shown()).toEqual([`ci/run error: commit ${'f'.repeat(40)} is gone from offerfit/platform`]);
  });

  it('reports a workflow that is none, and a forge that does not answer is told', async () => {
    const event = push({ '.github/workflows/a.yml': 'on: [' });
    await run(event);
    expect(shown()[0]).toContain('ci/run error: .github/workflows/a.yml is no workflow');
    server.fault = 500;
    await run(event, { pauseMs: 1, report: () => Promise.reject(new Error('no answer')) });
    server.fault = undefined;
    expect(lines.join('\n')).toContain('the forge does not take the status');
  });

  it('keeps a log of plain text, whatever colours a program writes in', async () => {
    const event = push({ '.github/workflows/a.yml': workflow("printf '\\033[32mgreen\\033[0m as grass\\n'") });
    await run(event);
    const log = readFileSync(path.join(folder, 'logs/1/a.log'), 'utf8');
    expect(log).toContain('green as grass');
    expect(log).not.toContain('\u001b');
  });

  it('says how it ended again until the forge takes it', async () => {
    const event = push({ '.github/workflows/a.yml': workflow('exit 0'), 'unlike.txt': 'said again' });
    let refusals = 0;
    const report = async (_repository: string, commit: string, status: CommitStatus): Promise<void> => {
      if (status.state === 'success' && (refusals += 1) < 4) throw new Error('no answer');
      statuses.push({ ...status, commit });
    };
    await run(event, { pauseMs: 1, report });
    expect([refusals, shown().at(-1)]).toEqual([4, 'ci/a success: passed after some s']);
  });

  it('tells of a run that a newer one replaced', async () => {
    const event = push({ '.github/workflows/a.yml': workflow('exit 0') });
    await runner().superseded({ id: '1', event }, { id: '2', event: { ...event, commit: 'e'.repeat(40) } });
    expect(shown()).toEqual(['ci/run skipped: did not run: eeeeeee came first']);
  });
});
