import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { deliver } from '../../delivery/deliver';
import { firstDelivery } from '../../delivery/first-delivery';
import { CommandFailed } from '../../core/exec';
import { explainRemote, gitEnvironment, isUnreachable, Repository, type Remote } from '../../delivery/git';
import { GitServer } from './git-server';
import { git, Workbench } from './workbench';

// real processes, which a busy machine makes wait
jest.setTimeout(60_000);

const password = "a pass\"word with 'quotes' and $dollars";

describe('a repository behind HTTP and a password', () => {
  let bench: Workbench;
  let server: GitServer;
  let remote: Remote;

  beforeEach(async () => {
    bench = new Workbench();
    await bench.commit('Start');
    git(bench.bare, 'config', 'http.receivepack', 'true');
    server = new GitServer(bench.folder, 'ada', password);
    const port = await server.start();
    remote = {
      url: `http://git.offerfit.local:${port}/platform.git`,
      branch: 'main',
      resolve: `git.offerfit.local:${port}:127.0.0.1`,
      credentials: { username: 'ada', password },
    };
  });
  afterEach(async () => {
    await server.stop();
    bench.remove();
  });

  test('is reached by its name without name resolution, signed in from the environment', async () => {
    await firstDelivery({ ...bench.options, remote });
    bench.write('a.txt', 'a\n');
    await bench.commit('A');
    await deliver({ ...bench.options, remote });
    expect(bench.platformFile('a.txt')).toBe('a');
    expect(new Set(server.requests.map(({ host }) => host.split(':')[0]))).toEqual(new Set(['git.offerfit.local']));
    expect(server.requests.some(({ authorized }) => authorized)).toBe(true);
  });

  test('is reached past a proxy that knows nothing of it', async () => {
    const before = process.env['http_proxy'];
    process.env['http_proxy'] = 'http://127.0.0.1:9';
    try {
      await expect(firstDelivery({ ...bench.options, remote })).resolves.toMatchObject({ pushed: true });
    } finally {
      if (before === undefined) delete process.env['http_proxy'];
      else process.env['http_proxy'] = before;
    }
  });

  test('a wrong password is said, and is in no message', async () => {
    const wrong = { ...remote, credentials: { username: 'ada', password: 'not-the-password' } };
    const error = (await firstDelivery({ ...bench.options, remote: wrong }).catch(
      (caught: unknown) => caught,
    )) as Error;
    expect(error.message).toContain('refuses the credentials');
    expect(JSON.stringify(error) + error.stack).not.toContain('not-the-password');
  });

  test('a server that fails is said to be away', async () => {
    server.fault = 503;
    await expect(firstDelivery({ ...bench.options, remote })).rejects.toThrow('does not answer');
  });

  test('a missing repository is said, with what makes it', async () => {
    const missing = { ...remote, url: remote.url.replace('platform', 'other') };
    await expect(firstDelivery({ ...bench.options, remote: missing })).rejects.toMatchObject({
      message: expect.stringContaining('there is no repository at'),
      repair: expect.stringContaining('slipway up'),
    });
  });

  test('the password is neither in arguments nor in any file of the project', async () => {
    let found = 'not looked';
    await firstDelivery({
      ...bench.options,
      remote,
      render: async (folder) => {
        await bench.options.render(folder);
        found = spawnSync('grep', ['-rlF', password, bench.root], { encoding: 'utf8' }).stdout;
      },
    });
    expect(found).toBe('');
    const environment = gitEnvironment(remote);
    const config = Object.entries(environment).filter(([name]) => name.startsWith('GIT_CONFIG_'));
    expect(JSON.stringify(config)).not.toContain(password);
  });
});

test.each([
  [
    'an ingress without a route, as it has just started',
    'remote: 404 page not found\nfatal: repository not found',
    true,
  ],
  ['a forge that does not have it', 'remote: Not found.\nfatal: repository not found', false],
  ['a forge that fails', 'fatal: The requested URL returned error: 502', true],
  ['credentials that are refused', 'fatal: Authentication failed', false],
])('whether %s is asked again', (_what, stderr, again) => {
  const failed = new CommandFailed('git', ['fetch'], 'exited with 128', { stdout: '', stderr, exitCode: 128 });
  expect(isUnreachable(explainRemote({ url: 'http://git.x.local/a/b.git', branch: 'main' }, failed))).toBe(again);
});

test('Git of a surrounding hook does not leak into the scratch repository', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'delivery-'));
  const before = process.env['GIT_DIR'];
  process.env['GIT_DIR'] = '/nowhere';
  try {
    const repository = new Repository(folder);
    await repository.run(['init', '--quiet']);
    expect(readdirSync(folder)).toEqual(['.git']);
    expect(readFileSync(path.join(folder, '.git/HEAD'), 'utf8')).toContain('refs/heads/');
  } finally {
    if (before === undefined) delete process.env['GIT_DIR'];
    else process.env['GIT_DIR'] = before;
    rmSync(folder, { recursive: true, force: true });
  }
});
