import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import type { ForgeEvent } from '../../ci/event';
import { WorkflowRunner, type CommitStatus } from '../../ci/runner';
import { projectRoot } from '../../core/paths';
import { createSupply } from '../../infra/supply';
import { digestInRegistry } from '../../infra/supply/images';
import { commitFiles } from '../ci/commit-files';
import { GitServer } from '../delivery/git-server';
import { git } from '../delivery/workbench';
import { eventually } from './harness';

/*
 * The project's own workflows, run by act from a push to a bump: a bare repository behind a server that wants a token is the
 * forge, and a registry listens on loopback. Nothing else is needed, neither a cluster nor a container engine.
 */
const token = 'a-token-of-the-forge';
const HOUR_MS = 60 * 60_000;
const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-workflows-'));
const bare = path.join(folder, 'projects/offerfit/platform.git');
const clone = path.join(folder, 'clone');
const server = new GitServer(path.join(folder, 'projects'), 'slipway', token);

let act: string;
let registry: ChildProcess;
let registryPort: number;
let forgeUrl: string;
let statuses: (CommitStatus & { readonly commit: string })[] = [];

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function startRegistry(program: string): Promise<void> {
  registryPort = await freePort();
  const settings = path.join(folder, 'registry.yaml');
  const storage = path.join(folder, 'registry');
  writeFileSync(
    settings,
    `version: 0.1
storage: { filesystem: { rootdirectory: ${storage} } }
http: { addr: '127.0.0.1:${registryPort}' }
`,
  );
  registry = spawn(program, ['serve', settings], { stdio: 'ignore' });
  await eventually('the registry answers', 60, async () => {
    const answer = await fetch(`http://127.0.0.1:${registryPort}/v2/`);
    return answer.ok || undefined;
  });
}

beforeAll(async () => {
  const supply = createSupply();
  act = await supply.tool('act');
  await startRegistry(await supply.tool('registry'));
  mkdirSync(path.dirname(bare), { recursive: true });
  git(folder, 'clone', '--quiet', '--bare', projectRoot, bare);
  git(bare, 'symbolic-ref', 'HEAD', 'refs/heads/main');
  git(bare, 'config', 'http.receivepack', 'true');
  forgeUrl = `http://127.0.0.1:${await server.start()}`;
  git(folder, 'clone', '--quiet', bare, clone);
  git(clone, 'checkout', '--quiet', '-B', 'main', git(projectRoot, 'rev-parse', 'HEAD'));
  // what renders in it needs the project's packages
  symlinkSync(path.join(projectRoot, 'node_modules'), path.join(clone, 'node_modules'));
  appendFileSync(path.join(clone, '.git/info/exclude'), 'node_modules\n');
  // all of the check runs elsewhere; here it counts that the workflow runs what the script says
  const manifest = path.join(clone, 'package.json');
  const content = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly scripts: Record<string, string> };
  content.scripts['check'] = 'npm run synth -- --check && jest test/core/lock.test.ts';
  writeFileSync(manifest, `${JSON.stringify(content, null, 2)}\n`);
  commitFiles(clone, {});
  git(clone, 'push', '--quiet', '--force', 'origin', 'HEAD:main');
}, 15 * 60_000);

afterAll(async () => {
  registry?.kill();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What is said of the one pull request, as the forge would keep it. */
const said: { readonly path: string; readonly body: string }[] = [];

function discuss(commit: string): void {
  const url = 'http://git.offerfit.local/offerfit/platform/pulls/1';
  server.others = (_host, path, method, body) => {
    if (method === 'POST') said.push({ path, body });
    const answer =
      method === 'POST' ? { html_url: url } : path.includes('/pulls/1') ? { html_url: url, head: { sha: commit } } : [];
    return { status: method === 'POST' ? 201 : 200, type: 'application/json', body: JSON.stringify(answer) };
  };
}

/** The forge as a release sees it: what stands beside its commit, and the pull request that it opens. */
function publish(source: string): { healthy: boolean; proposed?: unknown } {
  const state: { healthy: boolean; proposed?: unknown } = { healthy: false };
  const json = (status: number, body: unknown) => ({ status, type: 'application/json', body: JSON.stringify(body) });
  server.others = (_host, path, method, body) => {
    if (path.includes(`/commits/${source}/status`)) {
      const contexts = ['service-a', 'service-b'].map((service) => `cd/developer/${service}`);
      const statuses = contexts.map((context) => ({ context, status: 'success', description: 'it runs' }));
      return json(200, { statuses: state.healthy ? statuses : [] });
    }
    if (!path.includes('/pulls')) return json(404, { message: 'Not Found' });
    if (method === 'GET') return json(200, []);
    state.proposed = JSON.parse(body);
    return json(201, { number: 2, html_url: 'http://forge/pulls/2', head: { sha: '' }, base: { ref: 'main' } });
  };
  return state;
}

const head = (branch = 'main'): string => git(bare, 'rev-parse', branch);

async function run(event: Omit<ForgeEvent, 'repository' | 'actor'>): Promise<Readonly<Record<string, string>>> {
  statuses = [];
  const runner = new WorkflowRunner({
    act: async () => act,
    folder: path.join(folder, 'work'),
    logs: path.join(folder, 'logs'),
    logUrl: 'http://127.0.0.1/runs/',
    remote: (repository) => ({
      url: `${forgeUrl}/${repository}.git`,
      branch: 'main',
      credentials: { username: 'slipway', password: token },
    }),
    settings: async () => ({
      secrets: { GITHUB_TOKEN: token },
      variables: {},
      environment: { SLIPWAY_FORGE_URL: forgeUrl, SLIPWAY_REGISTRY: `127.0.0.1:${registryPort}` },
    }),
    report: async (_repository, commit, status) => void statuses.push({ ...status, commit }),
    timeoutMs: 40 * 60_000,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  await runner.run(
    { id: 'e2e', event: { ...event, repository: 'offerfit/platform', actor: 'ada' } },
    new AbortController().signal,
  );
  const failed = statuses.filter(({ state }) => state === 'failure' || state === 'error');
  for (const { context } of failed)
    process.stderr.write(`${log(context.slice(3)).split('\n').slice(-60).join('\n')}\n`);
  return Object.fromEntries(statuses.map(({ context, state }) => [context, state]));
}

function log(workflow: string): string {
  return readFileSync(path.join(folder, `logs/e2e/${workflow}.log`), 'utf8');
}

function lock(commit: string, service: string, environment = 'developer'): Readonly<Record<string, string>> {
  return parse(git(bare, 'show', `${commit}:apps/${service}/releases/${environment}.yaml`)) as Record<string, string>;
}

const push = (before: string, commit: string, branch = 'main') =>
  ({
    name: 'push',
    ref: `refs/heads/${branch}`,
    before,
    commit,
    payload: { ref: `refs/heads/${branch}`, after: commit, deleted: false, repository: { default_branch: 'main' } },
  }) as const;

describe('the project’s own workflows', () => {
  it(
    'pull request: checks and reviews',
    async () => {
      const base = head();
      const service = 'apps/service-a/service.ts';
      const text = readFileSync(path.join(clone, service), 'utf8');
      git(clone, 'checkout', '--quiet', '-b', 'feature');
      writeFileSync(path.join(clone, service), text.replace(/memoryLimit: '\d+Mi'/, "memoryLimit: '192Mi'"));
      execFileSync(process.execPath, ['cli/bin.js', 'synth'], { cwd: clone, stdio: 'ignore' });
      commitFiles(clone, {});
      git(clone, 'push', '--quiet', 'origin', 'HEAD:refs/heads/feature', 'HEAD:refs/pull/1/head');
      const commit = head('feature');
      discuss(commit);
      const states = await run({
        name: 'pull_request',
        ref: 'refs/pull/1/head',
        before: base,
        commit,
        payload: {
          action: 'opened',
          number: 1,
          pull_request: {
            number: 1,
            base: { ref: 'main', sha: base },
            head: { ref: 'feature', sha: commit, repo: { full_name: 'offerfit/platform' } },
          },
          repository: { default_branch: 'main' },
        },
      });
      expect(states).toEqual({ 'ci/pull-request': 'success' });
      // the review says what the change does in the cluster, where those who approve see it
      expect(said.map(({ path: where }) => where)).toEqual([
        '/api/v1/repos/offerfit/platform/issues/1/comments',
        `/api/v1/repos/offerfit/platform/statuses/${commit}`,
      ]);
      expect(said[0]!.body).toContain('192Mi');
    },
    HOUR_MS,
  );

  it(
    'main: tests, pushes an image of every service, and bumps developer once',
    async () => {
      const before = head();
      git(clone, 'checkout', '--quiet', 'main');
      const commit = commitFiles(clone, { 'apps/service-a/NOTES.md': '# Notes\n' });
      git(clone, 'push', '--quiet', 'origin', 'HEAD:main');
      expect(await run(push(before, commit))).toMatchObject({ 'ci/main': 'success' });
      const bumped = head();
      expect(git(bare, 'rev-parse', `${bumped}^`)).toBe(commit);
      const services = readdirSync(path.join(projectRoot, 'apps')).filter((name) => name.startsWith('service-'));
      for (const service of services) {
        const { source, digest, image } = lock(bumped, service);
        expect(source).toBe(commit);
        expect(image).toBe(`registry.offerfit.local/${service}:${commit.slice(0, 7)}`);
        expect(await digestInRegistry(`${service}:${commit.slice(0, 7)}`, `127.0.0.1:${registryPort}`)).toBe(digest);
        expect(git(bare, 'grep', '--files-with-matches', digest!, bumped, '--', 'dist/developer')).toContain(service);
      }
      expect(log('main')).not.toContain(token);
    },
    HOUR_MS,
  );

  it(
    'main again: what a bump pushed has nothing to build',
    async () => {
      const bumped = head();
      expect(await run(push(git(bare, 'rev-parse', `${bumped}^`), bumped))).toEqual({});
    },
    HOUR_MS,
  );

  it(
    'release: proposes the digest that was recorded for the commit, under its version, once it is known to run',
    async () => {
      const bumped = head();
      const { source, digest } = lock(bumped, 'service-a');
      git(bare, 'tag', 'v1.2.0', source!);
      const answered = publish(source!);
      const event = {
        name: 'release',
        ref: 'refs/tags/v1.2.0',
        payload: {
          action: 'published',
          release: { tag_name: 'v1.2.0', draft: false },
          repository: { default_branch: 'main' },
        },
      } as const;
      // nobody has said yet that it runs in developer
      expect(await run(event)).toEqual({ 'ci/release': 'failure' });
      expect(log('release')).toMatch(/not healthy in developer: there is no status/);
      expect(git(bare, 'for-each-ref', 'refs/heads/slipway')).toBe('');

      answered.healthy = true;
      expect(await run(event)).toEqual({ 'ci/release': 'success' });
      const [proposal, ...others] = git(bare, 'for-each-ref', '--format=%(refname)', 'refs/heads/slipway').split('\n');
      expect(others).toEqual([]);
      expect(answered.proposed).toMatchObject({ base: 'main', head: proposal!.replace('refs/heads/', '') });
      expect(lock(proposal!, 'service-a', 'production')).toMatchObject({ digest, source, version: '1.2.0' });
      // never another build: the version is one more name of the same digest
      expect(await digestInRegistry('service-a:1.2.0', `127.0.0.1:${registryPort}`)).toBe(digest);
      expect(head()).toBe(bumped);
    },
    HOUR_MS,
  );
});
