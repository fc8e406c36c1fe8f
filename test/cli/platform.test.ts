import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fingerprint, writeCompleted } from '../../cli/platform/fingerprint';
import { loadProject } from '../../cli/platform/project';
import { inProcess as run, projectCopy, removeCopy, slipway, type Result } from './cli';
import { FakePlatform } from './fake-platform';

jest.setTimeout(60_000);

let root: string;
let platform: FakePlatform;
let port: number;

beforeEach(async () => {
  root = projectCopy();
  platform = new FakePlatform(root);
  port = await platform.start();
  git('push', '--quiet', platform.bare, 'HEAD:main');
});
afterEach(async () => {
  await platform.stop();
  await removeCopy(root);
});

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.invalid'];
  return execFileSync('git', [...identity, ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** Commits a document, which needs no rendering. */
function commit(message: string): string {
  writeFileSync(path.join(root, `${message}.md`), `${message}\n`);
  git('add', `${message}.md`);
  git('commit', '--quiet', '--message', message);
  return git('rev-parse', '--short=7', 'HEAD');
}

/** Releases every service, as the first delivery does, so that a delivery has nothing to build. */
function release(): void {
  const digest = `sha256:${'0a'.repeat(32)}`;
  for (const file of git('ls-files', 'apps/*/releases/*.yaml').split('\n')) {
    const service = file.split('/')[1];
    writeFileSync(
      path.join(root, file),
      `image: registry.offerfit.local/${service}:3f2c1ab\ndigest: ${digest}\nversion: 3f2c1ab\n`,
    );
  }
  execFileSync(process.execPath, ['cli/bin.js', 'synth'], { cwd: root, stdio: 'ignore' });
  git('add', 'apps', 'dist');
  git('commit', '--quiet', '--message', 'Release');
  git('push', '--quiet', '--force', platform.bare, 'HEAD:main');
}

describe('status', () => {
  test('shows every service in every environment and exits with 0 where all is well', async () => {
    const { exitCode, stdout } = await run(['status', '--json'], { root });
    expect(exitCode).toBe(0);
    const status = JSON.parse(stdout) as {
      healthy: boolean;
      services: object[];
      environments: object[];
      delivery: object;
      drift: object;
    };
    expect(status.healthy).toBe(true);
    expect(status.services[0]).toEqual({
      service: 'service-a',
      environment: 'developer',
      version: '3f2c1ab',
      sync: 'Synced',
      health: 'Healthy',
      source: 'b'.repeat(40),
      url: `http://dev.service-a.offerfit.local:${port}`,
    });
    expect(status.services).toHaveLength(4);
    expect(status.environments).toHaveLength(2);
    expect(status.delivery).toEqual({ sync: 'Synced', health: 'Healthy' });
    expect(status.drift).toEqual({ dist: 'rendered', pending: [], uncommitted: [], cluster: [] });
  });

  test('for people it is a table', async () => {
    const { stdout } = await run(['status'], { root });
    expect(stdout).toMatch(/^service +environment +version +sync +health +source +URL$/m);
    expect(stdout).toMatch(
      /^service-b +production +3f2c1ab +Synced +Healthy +bbbbbbb +http:\/\/production\.service-b/m,
    );
    expect(stdout).toMatch(/^drift: none$/m);
  });

  test('a bad commit is told in words and exits with 1', async () => {
    await platform.show('developer-service-a', {
      sync: { status: 'Unknown' },
      conditions: [
        {
          type: 'ComparisonError',
          message: 'rpc error: code = Unknown desc = Failed to unmarshal "Deployment.service-a.yaml"',
        },
      ],
    });
    const { exitCode, stdout } = await run(['status'], { root });
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      'service-a in developer: the manifests of this commit cannot be read: Failed to unmarshal "Deployment.service-a.yaml"',
    );
  });

  test('what Argo CD cannot bring out of Git at all is told as well', async () => {
    await platform.show('bootstrap', {
      sync: { status: 'OutOfSync' },
      operationState: { phase: 'Failed', message: 'one or more objects failed to apply' },
    });
    const { exitCode, stdout } = await run(['status'], { root });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('delivery from Git: the last sync failed: one or more objects failed to apply');
  });

  test('local commits, changes and a stale dist are shown beside it', async () => {
    const short = commit('Document');
    writeFileSync(path.join(root, 'dist/developer/service-a/Stale.yaml'), 'kind: Stale\n');
    const { stdout } = await run(['status'], { root });
    expect(stdout).toContain(`not delivered yet (npx slipway deliver): ${short} Document`);
    expect(stdout).toContain('not committed: dist/developer/service-a/Stale.yaml');
    expect(stdout).toContain('dist is not what the catalog renders');
    expect(stdout).toContain('drift: dist/ is not rendered; 1 of your commits not delivered; 1 files not committed; ');
  });

  test('what the cluster has otherwise is named, and a copy that cannot be asked is no green line', async () => {
    await platform.show('production-service-b', { sync: { status: 'OutOfSync' } });
    await platform.stop();
    const { stdout } = await run(['status'], { root });
    expect(stdout).toMatch(
      /^drift: not Synced: production-service-b; the platform's copy could not be asked \(.+\); /m,
    );
  });

  test('a cluster that does not answer exits with 2 and says what mends it', async () => {
    platform.silence();
    const { exitCode, stdout, stderr } = await run(['status', '--json'], { root });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('the cluster of platform slipway does not answer');
    expect(stderr).toContain('repair: `npx slipway up` starts or mends it');
  });
});

describe('deliver', () => {
  test('pushes, lets Argo CD look at once, and waits until all is healthy with it', async () => {
    release();
    const short = commit('Document');
    const { exitCode, stdout, stderr } = await run(['deliver', '--json'], { root });
    expect(stderr).toContain(`${short} Document`);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      pushed: true,
      delivered: [{ subject: 'Document' }],
      released: [],
      uncommitted: [],
    });
    expect(execFileSync('git', ['-C', platform.bare, 'show', 'main:Document.md'], { encoding: 'utf8' })).toBe(
      'Document\n',
    );
    expect(platform.commands).toContain(
      'annotate applications.argoproj.io --all --namespace=argocd --overwrite argocd.argoproj.io/refresh=normal',
    );
    expect(platform.commands).toContain(
      'annotate applicationsets.argoproj.io --all --namespace=argocd --overwrite argocd.argoproj.io/application-set-refresh=true',
    );
    expect(stderr).toContain('delivered 1 commit as');
  });

  test('says what it would deliver, and what no commit holds', async () => {
    const short = commit('Document');
    writeFileSync(path.join(root, 'draft.md'), 'draft\n');
    const { stderr } = await run(['deliver', '--dry-run'], { root });
    expect(stderr).toBe(`  ${short} Document\n  not committed, and so not delivered: draft.md\n1 commit to deliver\n`);
  });

  test('with nothing to deliver changes nothing', async () => {
    release();
    const { exitCode, stderr } = await run(['deliver'], { root });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('nothing to deliver: the platform has every local commit');
    expect(platform.commands).not.toContain('annotate');
  });

  test('a tree that its own rules refuse is not delivered, and the rules say why', async () => {
    release();
    const file = path.join(root, 'apps/service-a/service.ts');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/name: 'service-a'/, "name: 'Service_A'"));
    git('commit', '--quiet', '--all', '--message', 'Break');
    const before = execFileSync('git', ['-C', platform.bare, 'rev-parse', 'main'], { encoding: 'utf8' });
    // in a process of its own, since this one has the catalog loaded
    const { exitCode, stderr } = await slipway(['deliver'], { root });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Service_A');
    expect(execFileSync('git', ['-C', platform.bare, 'rev-parse', 'main'], { encoding: 'utf8' })).toBe(before);
  });
});

describe('git', () => {
  test("clones the copy and pushes to it with the platform's address and credentials", async () => {
    const clone = path.join(path.dirname(root), 'operator');
    expect((await run(['git', 'clone', clone], { root })).exitCode).toBe(0);
    execFileSync('git', [
      '-C',
      clone,
      '-c',
      'user.name=O',
      '-c',
      'user.email=o@x',
      'commit',
      '--quiet',
      '--allow-empty',
      '--message',
      'By hand',
    ]);
    expect((await run(['git', 'push', clone], { root })).exitCode).toBe(0);
    expect(execFileSync('git', ['-C', platform.bare, 'log', '-1', '--format=%s', 'main'], { encoding: 'utf8' })).toBe(
      'By hand\n',
    );
    expect(readFileSync(path.join(clone, '.git/config'), 'utf8')).not.toContain('drawn-once');
  });

  test('what Git refuses is an error with its words', async () => {
    const { exitCode, stderr } = await run(['git', 'push', path.join(root, 'docs-that-are-not-there')], { root });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/error: /);
  });
});

describe('credentials', () => {
  const owner = (name: string): Promise<Result> => slipway(['credentials', name, '--json'], { root });

  test.each([
    ['argocd', { username: 'admin', password: 'argo-password' }],
    ['git', { username: 'slipway', password: 'drawn-once' }],
  ])('of %s are printed on request', async (name, expected) => {
    const { stdout, stderr } = await owner(name);
    expect(JSON.parse(stdout)).toEqual(expected);
    expect(stderr).toBe('');
  });

  test('are refused to a file', () => {
    const log = path.join(root, 'up.log');
    expect(() =>
      execFileSync('sh', ['-c', `exec node cli/bin.js credentials argocd >'${log}'`], { cwd: root, stdio: 'pipe' }),
    ).toThrow('a password does not belong in one');
    expect(readFileSync(log, 'utf8')).toBe('');
  });

  test('that are not there yet are said to be so', async () => {
    platform.answer('secret-gitea-admin', { metadata: {}, data: {} });
    expect(await run(['credentials', 'git'], { root })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('the platform has no credentials of git yet'),
    });
  });
});

describe('a second up', () => {
  async function completed(): Promise<void> {
    const project = await loadProject(root);
    await writeCompleted(project, {
      fingerprint: await fingerprint(project),
      notes: ['Traefik in the place of ingress-nginx'],
    });
  }

  test('changes nothing and says so, with URLs and how to sign in', async () => {
    await completed();
    const { exitCode, stdout, stderr } = await run(['up', '--no-ci'], { root });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^nothing to change/);
    expect(stderr).toContain('note: 1 substitutes stand in (npx slipway doctor)');
    expect(stderr).toContain(
      `curl --resolve dev.service-a.offerfit.local:${port}:127.0.0.1 http://dev.service-a.offerfit.local:${port}/health`,
    );
    expect(stdout).toMatch(/^Argo CD +http:\/\/argocd\.offerfit\.local:\d+ +npx slipway credentials argocd$/m);
    expect(stderr + stdout).not.toContain('argo-password');
    expect(stderr).toContain('pushes to the local forge start no workflows (npx slipway ci start): as asked for');
    expect(existsSync(path.join(root, '.slipway/up.lock'))).toBe(false);
  });

  test('starts what runs the workflows of pushes, and tells what keeps it from starting', async () => {
    await completed();
    // of a network that no machine is in
    const addresses = [{ type: 'InternalIP', address: '240.0.0.7' }];
    platform.answer('nodes', { items: [{ metadata: { name: 'node' }, status: { addresses } }] });
    const { exitCode, stderr } = await run(['up'], { root });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('start the receiver of the forge');
    expect(stderr).toMatch(
      /note: pushes .* start no workflows .*: the nodes of the cluster are in no network of this/s,
    );
    expect(existsSync(path.join(root, '.slipway/ci/serve.lock'))).toBe(false);
  });

  test('says which local commits the platform does not have, and delivers them when told so', async () => {
    release();
    await completed();
    const short = commit('Document');
    const told = await run(['up', '--no-ci'], { root });
    expect(told.stderr).toContain(
      `local commits that the platform does not have (npx slipway deliver):\n  ${short} Document`,
    );
    const delivered = await run(['up', '--no-ci', '--deliver', '--json'], { root });
    expect(delivered.exitCode).toBe(0);
    expect(execFileSync('git', ['-C', platform.bare, 'log', '-1', '--format=%s', 'main'], { encoding: 'utf8' })).toBe(
      'Document\n',
    );
    expect(JSON.parse(delivered.stdout)).toMatchObject({ settings: { httpPort: port }, notes: expect.any(Array) });
  });

  test('a web page that was not part of the build is said, with where its API is', async () => {
    await completed();
    platform.server.others = () => ({ status: 200, type: 'application/json', body: '{}' });
    const { stdout, stderr } = await run(['up', '--no-ci'], { root });
    expect(stderr).toContain('note: Argo CD was built from source without its web pages');
    expect(stdout).toContain(`http://argocd.offerfit.local:${port}/api/version`);
  });
});
