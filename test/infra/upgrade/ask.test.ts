import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { askSources, type AskOptions } from '../../../infra/upgrade/ask';
import { fakeProgram } from '../../cli/cli';

let folder: string;
let server: Server;
let base: string;
let replies: Record<
  string,
  { readonly status?: number; readonly body?: unknown; readonly headers?: Record<string, string> }
>;
let asked: { readonly url: string; readonly headers: IncomingHttpHeaders }[];

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-ask-'));
  [replies, asked] = [{}, []];
  server = createServer(({ url = '', headers }, response) => {
    asked.push({ url, headers });
    const reply = replies[url];
    // what no test has an answer for stays silent
    if (reply === undefined) return;
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    response.end(JSON.stringify(reply.body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const options = (more: Partial<AskOptions> = {}): AskOptions => ({
  rewrite: (url) => url.replace('https://api.github.com', base),
  environment: { PATH: `${folder}:${process.env['PATH']}`, GITHUB_TOKEN: undefined },
  timeoutMs: 20_000,
  ...more,
});

describe('releases on GitHub', () => {
  const source = { type: 'github', repository: 'kubernetes/ingress-nginx' } as const;
  const url = '/repos/kubernetes/ingress-nginx/releases?per_page=100';
  const ask = async (more?: Partial<AskOptions>) =>
    (await askSources([source, source], options(more))).get('github kubernetes/ingress-nginx');

  test('are asked for once, drafts and prereleases left out', async () => {
    const release = { draft: false, prerelease: false };
    replies[url] = {
      body: [
        { ...release, tag_name: 'controller-v1.15.1' },
        { ...release, tag_name: 'controller-v1.16.0', draft: true },
        { ...release, tag_name: 'controller-v1.16.0-beta.1', prerelease: true },
      ],
    };
    expect(await ask()).toEqual({ versions: ['controller-v1.15.1'] });
    expect(asked).toHaveLength(1);
    expect(asked[0]!.headers.authorization).toBeUndefined();
  });

  test('are asked for with a token where there is one', async () => {
    replies[url] = { body: [] };
    const environment = { GITHUB_TOKEN: 'ghp_hush' };
    expect(await ask({ environment })).toEqual({ unknown: 'it has no releases' });
    expect(asked[0]!.headers.authorization).toBe('Bearer ghp_hush');
  });

  test('that cannot be had are unknown, and no error', async () => {
    replies[url] = { status: 404 };
    expect(await ask()).toEqual({ unknown: 'GitHub answers 404' });
    replies[url] = { status: 403, headers: { 'x-ratelimit-remaining': '0' } };
    expect(await ask()).toEqual({ unknown: 'the limit of GitHub for this hour is spent; set GITHUB_TOKEN' });
    delete replies[url];
    expect(await ask({ timeoutMs: 50 })).toEqual({ unknown: 'api.github.com does not answer: no answer in time' });
    const nobody = { rewrite: () => 'http://127.0.0.1:1/' };
    expect(await ask(nobody)).toEqual({ unknown: expect.stringMatching(/^api\.github\.com does not answer: /) });
  });
});

describe('Go modules', () => {
  const sources = ['sigs.k8s.io/kind', 'k8s.io/minikube'].map((module) => ({ type: 'go', module }) as const);
  const ask = (more?: Partial<AskOptions>) => askSources(sources, options(more));

  test('are asked for all at once, and one that is not told leaves the others', async () => {
    const found = [
      { Path: 'sigs.k8s.io/kind', Versions: ['v0.32.0', 'v0.33.0'] },
      { Path: 'k8s.io/minikube', Error: { Err: 'module k8s.io/minikube: 403 Forbidden\n\tserver response: no' } },
    ];
    const text = found.map((module) => JSON.stringify(module, null, '\t')).join('\n');
    fakeProgram(folder, 'go', `echo "$* $GOFLAGS" >>'${folder}/asked'\ncat <<'END'\n${text}\nEND`);
    expect(await ask()).toEqual(
      new Map([
        ['go sigs.k8s.io/kind', { versions: ['v0.32.0', 'v0.33.0'] }],
        ['go k8s.io/minikube', { unknown: 'module k8s.io/minikube: 403 Forbidden' }],
      ]),
    );
    expect(readFileSync(path.join(folder, 'asked'), 'utf8')).toBe(
      'list -m -e -versions -json sigs.k8s.io/kind k8s.io/minikube -mod=mod\n',
    );
  });

  test('are unknown where there is no Go, or it cannot say', async () => {
    const none = await ask({ environment: { PATH: folder } });
    expect([...none.values()]).toEqual([
      { unknown: 'there is no Go here to ask the module proxy with' },
      { unknown: 'there is no Go here to ask the module proxy with' },
    ]);
    fakeProgram(folder, 'go', 'echo "go: no network" >&2; exit 1');
    expect((await ask()).get('go k8s.io/minikube')).toEqual({ unknown: 'go: no network' });
    fakeProgram(folder, 'go', 'sleep 5');
    expect((await ask({ timeoutMs: 100 })).get('go k8s.io/minikube')).toEqual({
      unknown: expect.stringContaining('took longer than 0.1 s') as string,
    });
  });
});

describe('packages of npm', () => {
  const source = { type: 'npm', package: '@pulumi/github' } as const;

  test('are asked for by npm, of the registry that it is told', async () => {
    replies['/@pulumi%2fgithub'] = {
      body: { name: '@pulumi/github', 'dist-tags': { latest: '6.15.0' }, versions: { '6.14.1': {}, '6.15.0': {} } },
    };
    const environment = { npm_config_registry: base, npm_config_cache: path.join(folder, 'cache') };
    expect(await askSources([source], options({ environment }))).toEqual(
      new Map([['npm @pulumi/github', { versions: ['6.14.1', '6.15.0'] }]]),
    );
  }, 30_000);

  test('with one version alone, and those that cannot be had', async () => {
    fakeProgram(folder, 'npm', 'echo \'"1.0.0"\'');
    expect((await askSources([source], options())).get('npm @pulumi/github')).toEqual({ versions: ['1.0.0'] });
    fakeProgram(folder, 'npm', 'echo "npm error code E404" >&2; echo "npm error 404 Not Found" >&2; exit 1');
    expect((await askSources([source], options())).get('npm @pulumi/github')).toEqual({ unknown: '404 Not Found' });
  });
});

test('an interruption ends the questions', async () => {
  const stop = new AbortController();
  stop.abort(new Error('stopped'));
  const source = { type: 'github', repository: 'a/b' } as const;
  await expect(askSources([source], options({ signal: stop.signal }))).rejects.toThrow('stopped');
});
