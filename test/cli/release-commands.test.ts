import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FakeForge } from '../forge/fake-forge';
import { inProcess, projectCopy, removeCopy, slipway, type Result } from './cli';
import { FakePlatform } from './fake-platform';

// real processes, which a busy machine makes wait
jest.setTimeout(120_000);

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const image = (service: string, letter: string): string =>
  `${service}=registry.offerfit.local/${service}:1234567@${digest(letter)}`;

let root: string;
let platform: FakePlatform;
let forge: FakeForge;
let environment: Record<string, string>;

function git(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.invalid'];
  return execFileSync('git', ['-C', folder, ...identity, ...args], { encoding: 'utf8' }).trim();
}

const run = (...args: string[]): Promise<Result> => inProcess(args, { root, env: environment });
const shown = (file: string): string => git(platform.bare, 'show', `main:${file}`);
const lock = (service: string, name: string): string => shown(`apps/${service}/releases/${name}.yaml`);

beforeAll(async () => {
  root = projectCopy();
  platform = new FakePlatform(root);
  const port = await platform.start();
  git(root, 'push', '--quiet', platform.bare, 'HEAD:main');
  forge = new FakeForge('gitea', (branch) => git(platform.bare, 'rev-parse', branch));
  platform.server.api = (await forge.start()).resolve!.replace(/^([^:]+):(\d+):(.*)$/, '$3:$2');
  environment = {
    SLIPWAY_FORGE_TOKEN: 'drawn-once',
    SLIPWAY_FORGE_URL: `http://git.offerfit.local:${port}`,
    SLIPWAY_FORGE_RESOLVE: `git.offerfit.local:${port}:127.0.0.1`,
    SLIPWAY_ACTOR: 'ada',
    SLIPWAY_CACHE: path.join(root, '.slipway/cache'),
  };
});
afterAll(async () => {
  await forge.stop();
  await platform.stop();
  await removeCopy(root);
});

test('bump records images, rendered by the real renderer, and tells scripts', async () => {
  const head = git(root, 'rev-parse', 'HEAD');
  const images = [image('service-a', 'a'), image('service-b', 'b')];
  const { exitCode, stdout } = await run('bump', '--env', 'developer', '--source', 'HEAD', '--json', ...images);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    environment: 'developer',
    pushed: true,
    services: [
      { service: 'service-a', state: 'landed', source: head },
      { service: 'service-b', state: 'landed' },
    ],
  });
  expect(shown('dist/developer/service-a/Deployment.service-a.yaml')).toContain(`service-a:1234567@${digest('a')}`);
  expect(lock('service-a', 'developer')).toMatch(/sourceTime: \d{4}-/);
  expect(git(platform.bare, 'log', '-1', '--format=%an', 'main')).toBe('ada');
  const again = await run('bump', '--env', 'developer', '--source', 'HEAD', ...images);
  expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('current') });
  expect(git(root, 'status', '--porcelain')).toBe('');
});

test('bump records nothing that the registry does not have, and names all of it', async () => {
  const head = git(platform.bare, 'rev-parse', 'main');
  platform.missing.add('ccc').add('ddd');
  const images = [image('service-a', 'c'), image('service-b', 'd')];
  const { exitCode, stderr } = await run('bump', '--env', 'developer', '--source', 'HEAD', ...images);
  platform.missing.clear();
  expect(exitCode).toBe(1);
  expect(stderr).toContain('pods could not pull what would be recorded, and nothing was changed');
  for (const [service, letter] of Object.entries({ 'service-a': 'c', 'service-b': 'd' })) {
    expect(stderr).toMatch(new RegExp(`${service}: image: the registry at \\S+ has no .*@${digest(letter)}`));
  }
  expect(stderr).toContain('npx slipway image push service-a service-b');
  expect(git(platform.bare, 'rev-parse', 'main')).toBe(head);
});

test('bump takes the file of `image push --json`', async () => {
  const file = path.join(path.dirname(root), 'images.json');
  const source = git(root, 'rev-parse', 'HEAD');
  const one = { service: 'service-b', image: 'registry.offerfit.local/service-b:1234567', digest: digest('b'), source };
  writeFileSync(file, JSON.stringify({ images: [one] }));
  expect((await run('bump', '--env', 'developer', '--file', file)).stdout).toContain('current');
});

test.each([
  [['bump', '--env', 'developer'], /there is no image to record/],
  [['bump', 'service-a', '--env', 'developer'], /there is no image for service-a[^]*image push service-a/],
  [['bump', 'service-a', 'service-b', '--env', 'developer', '--image', 'x'], /--image is for one service/],
  [['bump', 'service-a=x', '--env', 'developer'], /service-a: image: [^]*service-a: source: is missing/],
  [['bump', image('service-a', 'a'), '--env', 'develop', '--source', 'HEAD'], /"develop" is not an environment/],
  [['bump', image('service-c', 'a'), '--env', 'developer', '--source', 'HEAD'], /did you mean "service-a"/],
  [['bump', '--env', 'developer', '--file', '/nowhere'], /\/nowhere cannot be read/],
  [['promote', 'service-a', '--to', 'developer'], /nothing is promoted to developer/],
  [['promote', 'service-a', '--to', 'production', '--from', 'production'], /takes releases from developer/],
  [['promote', 'service-a', '--to', 'production', '--force'], /--force wants a reason/],
  [['release', 'publish', '9.9.9'], /there is no tag v9.9.9/],
  [['history', 'service-x', '--env', 'developer'], /"service-x" is not a service; allowed: "service-a", "service-b"/],
  [['image', 'push', 'service-x'], /service-x: is not a service/],
])('%j is refused in words', async (args, expected) => {
  const head = git(platform.bare, 'rev-parse', 'main');
  const { exitCode, stdout, stderr } = await run(...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toMatch(expected);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(git(platform.bare, 'rev-parse', 'main')).toBe(head);
});

test.each([
  ['SLIPWAY_FORGE_URL', 'foo', /SLIPWAY_FORGE_URL is no address: "foo"\nrepair: /],
  ['SLIPWAY_FORGE_RESOLVE', 'foo', /SLIPWAY_FORGE_RESOLVE is not <host>:<port>:<address>: "foo"\nrepair: /],
])('%s=%s is refused in words', async (variable, value, expected) => {
  const env = { ...environment, [variable]: value };
  const { exitCode, stderr } = await inProcess(['history', 'service-a', '--env', 'developer'], { root, env });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(expected);
});

test.each([
  ['hold', 'service-a', '--env', 'developer', '--reason', ''],
  ['rollback', 'service-a', '--env', 'developer', '--reason', 'two\nlines'],
])('%s %s wants a reason that a lock can hold', async (...args) => {
  const { exitCode, stderr } = await run(...args);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('a reason is 1 to 500 characters on one line');
});

describe('promote', () => {
  const healthy = (images: readonly string[]) =>
    platform.answer('applications.argoproj.io-developer-service-a', {
      metadata: { name: 'developer-service-a' },
      spec: {},
      status: { sync: { status: 'Synced' }, health: { status: 'Healthy' }, summary: { images } },
    });

  test('refuses what Argo CD does not find healthy with that digest', async () => {
    const unknown = await run('promote', 'service-a', '--to', 'production');
    expect(unknown).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('Argo CD has no Application for it'),
    });
    healthy([`registry.offerfit.local/service-a@${digest('0')}`]);
    const other = await run('promote', 'service-a', '--to', 'production');
    expect(other).toMatchObject({ exitCode: 4, stderr: expect.stringContaining(`not ${digest('a')}`) });
    expect(lock('service-a', 'production')).toBe('unreleased: true');
  });

  test('opens one pull request where the environment asks for one, and merges it when asked to', async () => {
    healthy([`registry.offerfit.local/service-a:1234567@${digest('a')}`]);
    const first = JSON.parse((await run('promote', 'service-a', '--to', 'production', '--json')).stdout) as object;
    expect(first).toMatchObject({ services: [{ state: 'proposed' }], pullRequest: { number: 1, merge: 'by hand' } });
    const second = await run('promote', 'service-a', '--to', 'production', '--auto-merge');
    expect(second.stdout).toContain('pull request 1:');
    expect(second.stdout).toContain('(merged)');
    expect(forge.pulls).toHaveLength(1);
    expect(forge.pulls[0]).toMatchObject({ merged: true, head: { ref: 'slipway/promote/production/service-a' } });
    expect(git(platform.bare, 'show', `${forge.pulls[0]!.head.ref}:apps/service-a/releases/production.yaml`)).toContain(
      digest('a'),
    );
    expect(lock('service-a', 'production')).toBe('unreleased: true');
  });

  describe('where CI knows no cluster', () => {
    const kubeconfig = (): string => path.join(root, '.slipway/kubeconfig');
    beforeEach(() => renameSync(kubeconfig(), `${kubeconfig()}.away`));
    afterEach(() => renameSync(`${kubeconfig()}.away`, kubeconfig()));
    const promote = () => run('promote', 'service-a', '--to', 'production');
    const say = (state: string, description: string) => {
      const commit = /^source: "?(\w+)/m.exec(lock('service-a', 'developer'))![1]!;
      forge.statuses.push({ commit, context: 'cd/developer/service-a', state, description });
    };

    test('what Argo CD told the source commit decides', async () => {
      expect(await promote()).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('there is no status') });
      say('failure', 'its pods crash');
      const failed = await promote();
      expect(failed).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('failure: its pods crash') });
      say('success', 'it runs');
      expect(await promote()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('pull request') });
    });

    test('a plain repository has nobody to ask', async () => {
      const { exitCode, stderr } = await run(
        ...['promote', 'service-a', '--to', 'production', '--remote', platform.bare],
      );
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain('is given as a plain Git repository');
    });
  });

  test('goes at once where the environment says auto, and forced without asking', async () => {
    const file = path.join(root, 'apps/environments.ts');
    writeFileSync(file, readFileSync(file, 'utf8').replace("promotesFrom: 'developer'", "$&, approval: 'auto'"));
    const forced = ['--force', '--reason', 'the shop is down'];
    // a process of its own sees the changed catalog
    const { exitCode } = await slipway(['promote', 'service-b', '--to', 'production', ...forced], {
      root,
      env: environment,
    });
    expect(exitCode).toBe(0);
    expect(lock('service-b', 'production')).toContain(digest('b'));
    expect(git(platform.bare, 'log', '-1', '--format=%B', 'main')).toContain('Slipway-forced: ');
  });
});

test('hold, refused bump, history, rollback and release', async () => {
  const held = await run('hold', 'service-b', '--env', 'production', '--reason', 'freeze');
  expect(held.exitCode).toBe(0);
  const bumped = await run('bump', image('service-b', 'c'), '--env', 'production', '--source', 'HEAD');
  expect(bumped.exitCode).toBe(3);
  expect(bumped.stdout).toMatch(/held .*by ada: freeze/);
  expect((await run('release-hold', 'service-b', '--env', 'production')).exitCode).toBe(0);
  const history = await run('history', 'service-b', '--env', 'production');
  expect(history.stdout).toMatch(/release-hold[^]*hold[^]*freeze[^]*promote[^]*the shop is down/);
  const rolled = await run('rollback', 'service-b', '--env', 'production', '--reason', 'x');
  expect(rolled).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('there is nothing to go back to') });
});

test('versions: plan, tag by hand and by itself, publish', async () => {
  const automatic = await run('release', 'tag', '--if-automatic');
  expect(automatic).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('releases are by hand') });
  git(root, 'stash', '--quiet');
  git(root, 'pull', '--quiet', '--rebase', platform.bare, 'main');
  git(root, 'commit', '--quiet', '--allow-empty', '--message', 'feat: greet');
  git(root, 'push', '--quiet', platform.bare, 'HEAD:main');
  git(root, 'stash', 'pop', '--quiet');
  expect((await run('release', 'plan')).stdout).toContain('none -> 0.1.0');
  expect(JSON.parse((await run('release', 'tag', '--json')).stdout)).toMatchObject({ tagged: '0.1.0' });
  expect(forge.releases.get('v0.1.0')).toMatchObject({ name: '0.1.0', body: expect.stringContaining('greet') });
  platform.answer('applications.argoproj.io-developer-service-a', {
    metadata: {},
    spec: {},
    status: { sync: { status: 'Synced' }, health: { status: 'Degraded', message: 'probe fails' } },
  });
  const refused = await run('release', 'publish', 'v0.1.0');
  expect(refused).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('Synced, Degraded, probe fails') });
});

test('git pull takes what was delivered as the platform has it, and keeps what was not', async () => {
  const [mine, theirs] = ['mine', 'theirs'].map((name) => path.join(path.dirname(root), `pull-${name}`)) as [
    string,
    string,
  ];
  for (const folder of [mine, theirs]) execFileSync('git', ['clone', '--quiet', platform.bare, folder]);
  const commit = (folder: string, file: string, content: string, message: string): string => {
    writeFileSync(path.join(folder, file), content);
    git(folder, 'add', '--all');
    git(folder, 'commit', '--quiet', '--message', message);
    return git(folder, 'rev-parse', 'HEAD');
  };
  const pulled = async (): Promise<string[]> => {
    git(mine, 'config', 'user.name', 'Ada');
    git(mine, 'config', 'user.email', 'ada@example.invalid');
    expect(await run('git', 'pull', mine)).toMatchObject({ exitCode: 0 });
    return git(mine, 'log', '--format=%s', `${git(platform.bare, 'rev-parse', 'main')}..HEAD`)
      .split('\n')
      .filter(Boolean);
  };
  const delivered = commit(mine, 'lock.txt', 'unreleased', 'Add orders');
  commit(theirs, 'lock.txt', 'released', `Add orders\n\nDelivered-from: ${delivered}`);
  git(theirs, 'push', '--quiet', 'origin', 'HEAD:main');
  expect(await pulled()).toEqual([]);
  expect(readFileSync(path.join(mine, 'lock.txt'), 'utf8')).toBe('released');
  commit(mine, 'later.txt', 'later', 'Do more');
  commit(theirs, 'other.txt', 'other', 'Do something else');
  git(theirs, 'push', '--quiet', 'origin', 'HEAD:main');
  expect(await pulled()).toEqual(['Do more']);
  expect(await pulled()).toEqual(['Do more']);
});

test('after all of that dist is what the catalog of the branch renders, and nothing else', async () => {
  const clone = path.join(path.dirname(root), 'afterwards');
  execFileSync('git', ['clone', '--quiet', platform.bare, clone]);
  symlinkSync(path.join(root, 'node_modules'), path.join(clone, 'node_modules'));
  expect(await slipway(['synth', '--check'], { root: clone })).toMatchObject({ exitCode: 0 });
});

test('bump lets a platform whose program is another than this one render itself', async () => {
  const clone = path.join(path.dirname(root), 'another-program');
  execFileSync('git', ['clone', '--quiet', platform.bare, clone]);
  const file = path.join(clone, 'manifests/constructs/labels.ts');
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, before.replaceAll("'app.kubernetes.io/managed-by'", "'example.test/managed-by'"));
  git(clone, 'commit', '--quiet', '--all', '--message', 'Label otherwise');
  git(clone, 'push', '--quiet', 'origin', 'HEAD:main');
  const source = git(clone, 'rev-parse', 'HEAD');
  const { exitCode } = await run('bump', image('service-a', 'e'), '--env', 'developer', '--source', source);
  expect(exitCode).toBe(0);
  const deployment = shown('dist/developer/service-a/Deployment.service-a.yaml');
  expect(deployment).toContain(digest('e'));
  expect(deployment).toContain('example.test/managed-by');
  expect(git(platform.bare, 'ls-tree', '--name-only', 'main', 'cli/bin.js', 'infra/index.ts')).toMatch(
    /bin\.js\n.*index/,
  );
});

test('wait tells a release that is on its way from one that another has replaced', async () => {
  platform.answer('applications.argoproj.io-developer-service-a', {
    metadata: { name: 'developer-service-a', annotations: { 'slipway.dev/source-commit': 'f'.repeat(40) } },
    spec: {},
    status: { sync: { status: 'Synced' }, health: { status: 'Healthy' } },
  });
  const ended = async (commit: string): Promise<string> => {
    const args = ['wait', 'service-a', '--env', 'developer', '--timeout', '1', '--json', '--commit', commit];
    const { exitCode, stdout } = await run(...args);
    expect(exitCode).toBe(1);
    return (JSON.parse(stdout) as { kind: string }).kind;
  };
  const written = git(platform.bare, 'log', '-p', '--format=', 'main', '--', 'apps/service-a/releases/developer.yaml');
  const sources = Array.from(written.matchAll(/^\+source: "?([0-9a-f]{40})/gm), ([, source]) => source!);
  expect(await ended(sources.at(0)!)).toBe('not delivered');
  expect(await ended(sources.at(-1)!)).toBe('superseded');
});
