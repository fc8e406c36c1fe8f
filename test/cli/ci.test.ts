import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { addressBeside } from '../../cli/platform/ci-access';
import { signatureOf } from '../../core/signature';
import { eventually } from '../e2e/harness';
import { inProcess as run, projectCopy, removeCopy, slipway } from './cli';
import { FakePlatform } from './fake-platform';

// real processes, which a busy machine makes wait
jest.setTimeout(120_000);

let root: string;
beforeEach(() => void (root = projectCopy()));
afterEach(() => removeCopy(root));

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.invalid'];
  return execFileSync('git', [...identity, ...args], { cwd: root, encoding: 'utf8' }).trim();
}

function commit(file: string, content: string): string {
  writeFileSync(path.join(root, file), content);
  git('add', '--all');
  git('commit', '--quiet', '--message', `Change ${file}`);
  return git('rev-parse', 'HEAD');
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

describe('ci changed', () => {
  const changed = async (...args: readonly string[]) =>
    (await run(['ci', 'changed', '--env', 'developer', ...args], { root })).stdout;

  function release(service: string): void {
    const source = git('rev-parse', 'HEAD');
    const lock = `image: registry.offerfit.local/${service}:3f2c1ab\ndigest: sha256:${'0a'.repeat(32)}\nversion: 3f2c1ab\nsource: ${source}\n`;
    commit(`apps/${service}/releases/developer.yaml`, lock);
  }

  test('names what has no release, and then what differs from it', async () => {
    expect(await changed()).toBe('service-a\nservice-b\n');
    release('service-a');
    release('service-b');
    expect(await changed('--json')).toBe('[]\n');
    commit('apps/service-a/src/new.ts', 'export const answer = 42;\n');
    expect(await changed('--json')).toBe('["service-a"]\n');
    commit('apps/shared/http/new.ts', 'export const answer = 42;\n');
    expect(await changed('--json')).toBe('["service-a","service-b"]\n');
  });

  test('knows what no image is made of', async () => {
    release('service-a');
    release('service-b');
    commit('apps/service-a/NOTES.md', 'Notes\n');
    commit('apps/service-a/test/more.test.ts', 'test.todo("more");\n');
    commit(
      'apps/service-b/service.ts',
      `${readFileSync(path.join(root, 'apps/service-b/service.ts'), 'utf8')}// more\n`,
    );
    expect(await changed('--json')).toBe('[]\n');
  });

  test('builds again what was released from a commit that is gone', async () => {
    const lock = `image: registry.offerfit.local/service-a:3f2c1ab\ndigest: sha256:${'0a'.repeat(32)}\nversion: 3f2c1ab\nsource: ${'f'.repeat(40)}\n`;
    commit('apps/service-a/releases/developer.yaml', lock);
    expect(await changed()).toContain('service-a');
  });

  test('refuses an environment that is not there, and half a history', async () => {
    const unknown = await run(['ci', 'changed', '--env', 'staging'], { root });
    expect(unknown).toMatchObject({ exitCode: 1, stdout: '' });
    expect(unknown.stderr).toContain('there is no environment "staging"');
    commit('README.md', 'More\n');
    writeFileSync(path.join(root, '.git/shallow'), `${git('rev-parse', 'HEAD')}\n`);
    expect((await run(['ci', 'changed', '--env', 'developer'], { root })).stderr).toContain('git fetch --unshallow');
  });
});

test('ci service says what workflows ask, as outputs', async () => {
  expect((await run(['ci', 'service', 'service-a'], { root })).stdout).toBe(
    'image=registry.offerfit.local/service-a\nrepository=\n',
  );
  expect((await run(['ci', 'service', 'service-x'], { root })).stderr).toContain('"service-x" is no service');
});

describe('ci dispatch', () => {
  const args = (change: Readonly<Record<string, string>> = {}): readonly string[] => {
    const flags = {
      platform: 'offerfit/platform',
      image: 'ghcr.io/offerfit/hello:3f2c1ab',
      digest: `sha256:${'0a'.repeat(32)}`,
      commit: 'a'.repeat(40),
      time: '2026-01-31T09:30:00Z',
      ...change,
    };
    return ['ci', 'dispatch', 'hello', ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])];
  };

  test('refuses everything that is malformed at once, and sends nothing', async () => {
    const { exitCode, stderr } = await run(args({ image: 'ghcr.io/offerfit/hello', digest: 'latest' }), { root });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('image: "ghcr.io/offerfit/hello" does not match');
    expect(stderr).toContain('digest: "latest" does not match');
  });

  test('needs to know who sends it', async () => {
    expect((await run(args(), { root, env: { SLIPWAY_FORGE_TOKEN: '' } })).stderr).toContain(
      'nothing says who sends it',
    );
  });
});

describe('registry', () => {
  const platformFile = (): string => path.join(root, 'apps/platform.ts');
  const use = (registry: string): void =>
    writeFileSync(
      platformFile(),
      readFileSync(platformFile(), 'utf8').replace('  forge:', `  registry: ${registry},\n  forge:`),
    );

  test('of the platform itself needs neither login nor Secret', async () => {
    expect((await slipway(['registry', 'login'], { root })).stderr).toContain('needs no login');
    expect((await slipway(['registry', 'secret'], { root })).stderr).toContain('pull without a Secret');
  });

  test('of somebody else needs to know who signs in', async () => {
    use("{ type: 'ghcr', namespace: 'offerfit' }");
    const { exitCode, stderr } = await slipway(['registry', 'login'], { root });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('set SLIPWAY_REGISTRY_USERNAME and SLIPWAY_REGISTRY_PASSWORD');
  });

  test('gives pods a Secret in every environment, with the password in no argument', async () => {
    use("{ type: 'ghcr', namespace: 'offerfit' }");
    const platform = new FakePlatform(root);
    await platform.start();
    const env = { SLIPWAY_REGISTRY_USERNAME: 'ada', SLIPWAY_REGISTRY_PASSWORD: 'a-secret-of-the-registry' };
    const { exitCode, stderr } = await slipway(['registry', 'secret'], { root, env });
    await platform.stop();
    expect(stderr).toContain('pods of developer, production pull as ada');
    expect(exitCode).toBe(0);
    expect(platform.commands).toContain('apply --server-side --field-manager=slipway-registry --filename=-');
    expect(platform.commands + stderr).not.toContain('a-secret-of-the-registry');
  });
});

test('the address by which pods reach this machine is the one beside the nodes', () => {
  const one = (address: string, netmask: string, internal = false) =>
    ({ address, netmask, internal, family: 'IPv4', mac: '', cidr: null }) as const;
  const interfaces = {
    lo: [one('127.0.0.1', '255.0.0.0', true)],
    eth0: [one('10.0.0.5', '255.255.255.0')],
    bridge: [one('172.18.0.1', '255.255.0.0')],
  };
  expect(addressBeside('172.18.0.3', interfaces)).toBe('172.18.0.1');
  expect(addressBeside('10.0.0.9', interfaces)).toBe('10.0.0.5');
  expect(addressBeside('192.168.65.3', interfaces)).toBeUndefined();
});

describe('ci serve', () => {
  test('registers a signed hook, catches up, takes pushes, and ends with `ci stop`', async () => {
    const platform = new FakePlatform(root);
    await platform.start();
    git('push', '--quiet', platform.bare, 'HEAD:main');
    const first = git('rev-parse', 'HEAD');
    const asked: { readonly method: string; readonly url: string; readonly body: string }[] = [];
    const repository = { full_name: 'offerfit/platform', default_branch: 'main', empty: false };
    platform.server.others = (_host, url, method, body) => {
      asked.push({ method, url, body });
      const json = (status: number, value: unknown) => ({
        status,
        type: 'application/json',
        body: JSON.stringify(value),
      });
      if (method !== 'GET') return json(method === 'DELETE' ? 204 : 201, {});
      if (url.includes('/orgs/offerfit/repos')) return json(200, [repository]);
      if (url.includes('/branches')) return json(200, [{ name: 'main', commit: { id: first } }]);
      return json(200, []);
    };
    const port = await freePort();
    const server = spawn(
      process.execPath,
      ['cli/bin.js', 'ci', 'serve', '--address', '127.0.0.1', '--port', String(port)],
      {
        cwd: root,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, SLIPWAY_CACHE: path.join(root, 'cache') },
      },
    );
    let said = '';
    server.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const exited = new Promise<number | null>((resolve) => server.on('exit', resolve));
    try {
      const hook = await eventually('the hook is registered', 60, () =>
        asked.find(({ method, url }) => method === 'POST' && url === '/api/v1/orgs/offerfit/hooks'),
      );
      const { config, events } = JSON.parse(hook.body) as { config: { url: string; secret: string }; events: string[] };
      expect(config.url).toBe(`http://127.0.0.1:${port}/hooks/forge`);
      expect(events).toEqual(['push', 'pull_request', 'pull_request_sync', 'release']);
      expect(config.secret).toBe(readFileSync(path.join(root, '.slipway/ci/hook-secret'), 'utf8').trim());

      // what was there before anybody listened is noted and not run
      await eventually('the receiver is ready', 60, () => said.includes('forge sends') || undefined);
      expect(said).not.toContain(first.slice(0, 7));
      const second = commit('.github-less.md', 'a change\n');
      git('push', '--quiet', platform.bare, 'HEAD:main');
      const body = JSON.stringify({
        ...{ ref: 'refs/heads/main', before: first, after: second, repository, sender: { login: 'ada' } },
      });
      const send = (signature: string) =>
        fetch(config.url, {
          method: 'POST',
          body,
          headers: { 'x-gitea-event': 'push', 'x-gitea-signature': signature },
        });
      expect((await send('0'.repeat(64))).status).toBe(401);
      expect((await send(signatureOf(config.secret, Buffer.from(body)))).status).toBe(200);
      expect(said).toContain(`push offerfit/platform refs/heads/main ${second.slice(0, 7)}`);
      const again = await slipway(['ci', 'start', '--port', String(port)], { root });
      expect(again.stderr).toContain('the receiver runs already');
      const state = JSON.parse(readFileSync(path.join(root, '.slipway/ci/queue.json'), 'utf8')) as { known: string[] };
      expect(state.known).toHaveLength(2);
    } finally {
      expect((await slipway(['ci', 'stop'], { root })).stderr).toContain('the receiver has ended');
      await exited;
      await platform.stop();
    }
    expect(existsSync(path.join(root, '.slipway/ci/serve.lock'))).toBe(false);
    expect(said).not.toContain('drawn-once');
    expect((await slipway(['ci', 'stop'], { root })).stderr).toContain('no receiver runs');
  });
});
