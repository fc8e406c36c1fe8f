/**
 * A service in a repository of its own, from a push to a bump of the platform, by the workflows of both and nothing else: bare
 * repositories behind a server that wants a token are the forge, and a registry listens on loopback. Needs no cluster.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import type { ForgeEvent } from '../../ci/event';
import { createReceiver, hookPath } from '../../ci/receiver';
import { WorkflowRunner, type CommitStatus } from '../../ci/runner';
import { planService, writeService } from '../../cli/scaffold/new-service';
import { projectRoot } from '../../core/paths';
import { createSupply } from '../../infra/supply';
import { digestInRegistry } from '../../infra/supply/images';
import { GitServer } from '../delivery/git-server';
import { git } from '../delivery/workbench';
import { LocalRegistry } from './support/registry-process';

const token = 'a-token-of-the-forge';
const hookSecret = 'what the forge signs its events with';
const folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-service-'));
const projects = path.join(folder, 'projects/offerfit');
const server = new GitServer(path.join(folder, 'projects'), 'slipway', token);
const told: ForgeEvent[] = [];
const receiver = createReceiver({
  secret: hookSecret,
  duties: [{ name: 'test', accept: async (event) => void told.push(event) }],
  say: () => undefined,
});
let registry: LocalRegistry;
let forgeUrl: string;
let receiverUrl: string;

/** A bare repository of the forge with the content of a work tree. */
function publish(name: string, tree: string): string {
  const bare = path.join(projects, `${name}.git`);
  git(projects, 'init', '--quiet', '--bare', '--initial-branch=main', bare);
  git(bare, 'config', 'http.receivepack', 'true');
  git(tree, 'push', '--quiet', bare, 'HEAD:refs/heads/main');
  return git(bare, 'rev-parse', 'main');
}

beforeAll(async () => {
  mkdirSync(projects, { recursive: true });
  registry = await LocalRegistry.start(path.join(folder, 'registry'));
  forgeUrl = `http://127.0.0.1:${await server.start()}`;
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}${hookPath}`;
}, 300_000);

afterAll(async () => {
  registry?.stop();
  receiver.close().closeAllConnections();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(id: string, event: ForgeEvent): Promise<readonly CommitStatus[]> {
  const statuses: CommitStatus[] = [];
  const act = await createSupply().tool('act');
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
      secrets: { GITHUB_TOKEN: token, SLIPWAY_CI_SECRET: hookSecret },
      variables: {},
      environment: {
        SLIPWAY_FORGE_URL: forgeUrl,
        SLIPWAY_FORGE_USER: 'slipway',
        SLIPWAY_CI_URL: receiverUrl,
        SLIPWAY_REGISTRY: `127.0.0.1:${registry.port}`,
      },
    }),
    report: async (_repository, _commit, status) => void statuses.push(status),
    timeoutMs: 40 * 60_000,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  await runner.run({ id, event }, new AbortController().signal);
  for (const { state, context } of statuses) {
    if (state !== 'failure' && state !== 'error') continue;
    const log = readFileSync(path.join(folder, 'logs', id, `${context.slice(3)}.log`), 'utf8');
    process.stderr.write(`${log.split('\n').slice(-60).join('\n')}\n`);
  }
  return statuses;
}

test(
  'a push is tested, built and published by the workflow that the platform lends, and the platform bumps',
  async () => {
    // the platform, whose catalog knows of it
    const platform = path.join(folder, 'platform');
    git(folder, 'clone', '--quiet', projectRoot, platform);
    git(platform, 'checkout', '--quiet', '-B', 'main');
    await writeService(platform, await planService(platform, { name: 'hello', repository: 'offerfit/hello' }));
    git(platform, 'add', '--all');
    git(platform, 'commit', '--quiet', '--message', 'Add hello');
    const reference = publish('platform', platform);

    // its own repository
    const hello = path.join(folder, 'hello');
    cpSync(path.join(projectRoot, 'samples/hello'), hello, { recursive: true });
    const workflow = path.join(hello, '.github/workflows/publish.yml');
    writeFileSync(workflow, readFileSync(workflow, 'utf8').replaceAll('PLATFORM_COMMIT', reference));
    git(hello, 'init', '--quiet', '--initial-branch=main');
    git(hello, 'add', '--all');
    git(hello, 'commit', '--quiet', '--message', 'Start hello');
    const commit = publish('hello', hello);

    const push = { ref: 'refs/heads/main', after: commit, repository: { name: 'hello', default_branch: 'main' } };
    const statuses = await run('1', {
      name: 'push',
      repository: 'offerfit/hello',
      ref: 'refs/heads/main',
      commit,
      actor: 'ada',
      payload: push,
    });
    expect(statuses.at(-1)).toMatchObject({ context: 'ci/publish', state: 'success' });
    const log = readFileSync(path.join(folder, 'logs/1/publish.log'), 'utf8');
    expect(log).toMatch(/pass 2/);
    for (const hidden of [token, hookSecret]) expect(log).not.toContain(hidden);

    // the event that the platform is sent, signed, with service, image, digest and commit
    const digest = await digestInRegistry(`hello:${commit.slice(0, 7)}`, `127.0.0.1:${registry.port}`);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      name: 'repository_dispatch',
      repository: 'offerfit/platform',
      payload: {
        client_payload: {
          service: 'hello',
          image: `registry.offerfit.local/hello:${commit.slice(0, 7)}`,
          digest,
          commit,
        },
      },
    });

    const bumped = await run('2', told[0]!);
    expect(bumped.at(-1)).toMatchObject({ context: 'ci/image-published', state: 'success' });
    const bare = path.join(projects, 'platform.git');
    const lock = parse(git(bare, 'show', 'main:apps/hello/releases/developer.yaml')) as Record<string, string>;
    expect(lock).toMatchObject({ digest, source: commit, version: commit.slice(0, 7) });
    expect(git(bare, 'rev-parse', 'main^')).toBe(reference);
    expect(git(bare, 'show', 'main:dist/developer/hello/release.params')).toContain('repository: offerfit/hello');
    expect(git(bare, 'show', 'main:apps/hello/releases/production.yaml')).toBe('unreleased: true');
  },
  60 * 60_000,
);
