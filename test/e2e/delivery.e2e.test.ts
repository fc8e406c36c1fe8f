/**
 * The whole way on a real platform, without an account: a change is pushed, its workflow tests, builds and bumps, it runs in
 * developer, is promoted by a pull request, breaks, is rolled back and held, and is mended. The test pushes and watches;
 * everything between is the platform's own doing. The steps build on each other.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { eventually, Workspace } from './harness';
import { Caller } from './support/caller';
import { PlatformForge } from './support/platform-forge';

interface LockReport {
  readonly pullRequest?: { readonly number: number };
  readonly services: readonly { readonly state: string; readonly reason?: string }[];
}
interface Entry {
  readonly action: string;
  readonly by: string;
  readonly reason?: string;
  readonly release: { readonly source?: string; readonly digest?: string; readonly hold?: { readonly reason: string } };
}

// workflows install packages and build, on two cores
jest.setTimeout(45 * 60_000);

const MINUTE = 60;
const workspace = new Workspace({
  name: 'loop-e2e',
  httpPort: 18092,
  httpsPort: 18452,
  registryPort: 15092,
  ciPort: 19792,
});
const clone = `${workspace.root}-clone`;
const host = (environment: string): string => `${environment}.service-a.offerfit.local`;
const says = (message: string): string => JSON.stringify({ message });
const first = 'Greetings from Service A!';
const second = 'Greetings from the quay!';
const third = 'Greetings from the open sea!';
let forge: PlatformForge;
const commits: Record<'good' | 'broken' | 'mended', string> = { good: '', broken: '', mended: '' };

const git = (...args: string[]): string => workspace.git('-C', clone, ...args);

/** Edits files of the clone, which must change, and pushes them. @returns the commit */
async function push(message: string, edits: readonly (readonly [file: string, from: string, to: string])[]) {
  await workspace.succeed('git', 'pull', clone);
  for (const [file, from, to] of edits) {
    const where = path.join(clone, file);
    const before = readFileSync(where, 'utf8');
    if (!before.includes(from)) throw new Error(`${file} has no ${from}`);
    writeFileSync(where, before.replaceAll(from, to));
  }
  git('commit', '--quiet', '--all', '--message', message);
  await workspace.succeed('git', 'push', clone);
  return git('rev-parse', 'HEAD');
}

const greets = (from: string, to: string) =>
  (['src/routes.ts', 'test/service-a.test.ts'] as const).map((file) => [`apps/service-a/${file}`, from, to] as const);

/** The release lock as the platform's repository has it now. */
async function lock(environment: string): Promise<Entry['release']> {
  await workspace.succeed('git', 'fetch', clone);
  return parse(git('show', `FETCH_HEAD:apps/service-a/releases/${environment}.yaml`)) as Entry['release'];
}

async function expectAnswer(prefix: string, message: string): Promise<void> {
  await eventually(`${host(prefix)} to answer "${message}"`, MINUTE, async () => {
    const { body } = await workspace.ask(host(prefix), '/ping');
    if (body !== says(message)) throw new Error(body);
    return true;
  });
}

afterAll(async () => {
  await workspace.slipway('down');
  rmSync(clone, { recursive: true, force: true });
  workspace.remove();
});

test('up makes a platform whose forge starts workflows', async () => {
  // the project's own tests run elsewhere; here it counts that those of the changed service do
  const manifest = JSON.parse(workspace.read('package.json')) as { scripts: Record<string, string> };
  manifest.scripts['check'] = 'npm run synth -- --check && jest --coverage=false apps/service-a/';
  workspace.write('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
  workspace.commit('Check what this test changes');
  const { stderr } = await workspace.succeed('up', ...workspace.settings);
  expect(stderr).not.toContain('start no workflows');
  forge = await PlatformForge.open(workspace, 'git.offerfit.local', 'offerfit/platform');
  await workspace.succeed('git', 'clone', clone);
  git('config', 'user.name', 'Ada');
  git('config', 'user.email', 'ada@slipway.invalid');
  // what was there before anybody pushed starts nothing
  expect(await forge.statuses(git('rev-parse', 'HEAD'))).toEqual([]);
});

test('a push is tested, built, bumped and rolled out, without a failed request', async () => {
  const caller = new Caller(workspace, host('dev'), '/ping');
  const commit = (commits.good = await push('Greet from the quay', greets(first, second)));
  const { target_url: logOfMain, creator } = await forge.told(commit, 'ci/main', 'success', 30 * MINUTE);
  expect(creator.login).toBe('statuses');
  const log = await (await fetch(logOfMain)).text();
  expect(log).toMatch(/PASS +apps\/service-a\/test\/service-a\.test\.ts/);
  const waited = await workspace.succeed('wait', 'service-a', '--env', 'developer', '--commit', commit);
  expect(waited.stdout).toContain(`service-a ${commit.slice(0, 7)} in developer is healthy`);
  await expectAnswer('dev', second);
  expect(JSON.parse((await workspace.ask(host('dev'), '/version')).body)).toEqual({ version: commit.slice(0, 7) });
  const failed = await caller.stop();
  expect({ failed, bodies: caller.bodies }).toEqual({ failed: [], bodies: [says(first), says(second)] });

  expect(await lock('developer')).toMatchObject({ source: commit, digest: expect.stringMatching(/^sha256:/) });
  const delivered = await forge.told(commit, 'cd/developer/service-a', 'success', MINUTE, true);
  expect(delivered.description).toBe(`service-a ${commit.slice(0, 7)} runs in developer`);
  // the other service was not changed by it, and nothing is said of it
  expect((await forge.statuses(commit)).filter(({ context }) => context.includes('service-b'))).toEqual([]);
  const { stdout } = await workspace.succeed('status', '--json');
  const rows = (JSON.parse(stdout) as { services: { service: string; environment: string }[] }).services;
  expect(rows.find((row) => row.service === 'service-a' && row.environment === 'developer')).toMatchObject({
    ...{ sync: 'Synced', health: 'Healthy', source: commit },
  });
});

test('a promotion is a pull request that is checked, merged, and runs the same digest in production', async () => {
  const caller = new Caller(workspace, host('production'), '/ping');
  const { stdout } = await workspace.succeed('promote', 'service-a', '--to=production', '--auto-merge', '--json');
  const { number } = (JSON.parse(stdout) as LockReport).pullRequest!;
  const { head } = await forge.get<{ head: { sha: string } }>(`/pulls/${number}`);
  await forge.told(head.sha, 'ci/pull-request', 'success', 30 * MINUTE);
  await eventually('the pull request to be merged', MINUTE, async () => {
    const { merged } = await forge.get<{ merged: boolean }>(`/pulls/${number}`);
    return merged || undefined;
  });
  await workspace.succeed('wait', 'service-a', '--env=production', '--commit', commits.good);
  await expectAnswer('production', second);
  const failed = await caller.stop();
  expect({ failed, bodies: caller.bodies }).toEqual({ failed: [], bodies: [says(first), says(second)] });
  const image = (namespace: string): string =>
    workspace.kubectl('get', 'deployment', 'service-a', `--namespace=${namespace}`, '--output=jsonpath={..image}');
  expect(image('production').split('@')[1]).toBe(image('developer').split('@')[1]);
  await forge.told(commits.good, 'cd/production/service-a', 'success', MINUTE, true);
});

test('a version that does not start is told on its commit, and the old pods keep serving', async () => {
  const caller = new Caller(workspace, host('dev'), '/ping');
  const fault = "if (process.env['KUBERNETES_SERVICE_HOST']) throw new Error('no mooring in this harbour');\n\n";
  const start = 'void runService(';
  const commit = (commits.broken = await push('Moor', [['apps/service-a/src/main.ts', start, fault + start]]));
  await forge.told(commit, 'ci/main', 'success', 30 * MINUTE);
  const waited = await workspace.slipway('wait', 'service-a', '--env=developer', '--commit', commit, '--json');
  const outcome = JSON.parse(waited.stdout) as { kind: string; reason: string; log: string[] };
  expect({ exitCode: waited.exitCode, ...outcome }).toMatchObject({ exitCode: 1, kind: 'crash loop' });
  expect(outcome.reason).toContain('ends again and again (exit code 1');
  expect(outcome.log.join('\n')).toContain('no mooring in this harbour');
  const told = await forge.told(commit, 'cd/developer/service-a', 'failure', 5 * MINUTE, true);
  expect(told.description).toMatch(
    new RegExp(`^service-a ${commit.slice(0, 7)} fails in developer: .*progress deadline`),
  );
  const failed = await caller.stop();
  expect({ failed, bodies: caller.bodies }).toEqual({ failed: [], bodies: [says(second)] });
  expect(caller.calls.length).toBeGreaterThan(1000);
});

test('a rollback runs what ran before and holds it, also against a bot that comes again', async () => {
  const broken = await lock('developer');
  const reason = 'it does not start';
  await workspace.succeed('rollback', 'service-a', '--env=developer', '--reason', reason);
  await workspace.succeed('wait', 'service-a', '--env=developer', '--commit', commits.good);
  await expectAnswer('dev', second);
  const image = `service-a=registry.offerfit.local/service-a:${commits.broken.slice(0, 7)}@${broken.digest}`;
  const bot = await workspace.slipway('bump', image, '--env=developer', '--source', commits.broken, '--json');
  expect(bot.exitCode).toBe(3);
  expect((JSON.parse(bot.stdout) as LockReport).services[0]).toMatchObject({
    state: 'held',
    reason: expect.stringContaining(reason),
  });
  expect(await lock('developer')).toMatchObject({ source: commits.good, hold: { reason } });
});

test('a hold keeps production where it is, and says why', async () => {
  await workspace.succeed('hold', 'service-a', '--env=production', '--reason', 'the harbour is closed');
  const { exitCode, stdout } = await workspace.slipway('promote', 'service-a', '--to=production', '--json');
  expect({ exitCode, ...(JSON.parse(stdout) as LockReport) }).toMatchObject({
    exitCode: 3,
    services: [{ state: 'held', reason: expect.stringContaining('the harbour is closed') }],
  });
  await workspace.succeed('release-hold', 'service-a', '--env=production', '--reason', 'it is open again');
});

test('without the hold a mended version comes by its push alone', async () => {
  await workspace.succeed('release-hold', 'service-a', '--env=developer', '--reason', 'it is mended');
  const fault = readFileSync(path.join(clone, 'apps/service-a/src/main.ts'), 'utf8').split('\n').at(3)!;
  expect(fault).toContain('no mooring');
  const commit = (commits.mended = await push('Mend the mooring', [
    ['apps/service-a/src/main.ts', `${fault}\n\n`, ''],
    ...greets(second, third),
  ]));
  await forge.told(commit, 'ci/main', 'success', 30 * MINUTE);
  await workspace.succeed('wait', 'service-a', '--env=developer', '--commit', commit);
  await expectAnswer('dev', third);
});

test('what the cluster refuses is told on the commit that runs, with its words, and again when it is mended', async () => {
  const service = 'dist/developer/service-a/Service.service-a.yaml';
  await push('Send pigeons', [[service, 'protocol: TCP', 'protocol: PIGEON']]);
  const told = await forge.told(commits.mended, 'cd/developer/service-a', 'failure', 5 * MINUTE, true);
  expect(told.description).toMatch(/cannot be applied to developer: .*Service/);
  await expectAnswer('dev', third);
  await push('Call the pigeons back', [[service, 'protocol: PIGEON', 'protocol: TCP']]);
  await forge.told(commits.mended, 'cd/developer/service-a', 'success', 5 * MINUTE, true);
});

test('history shows all of it, newest first', async () => {
  const history = async (environment: string): Promise<readonly Entry[]> =>
    JSON.parse((await workspace.succeed('history', 'service-a', '--env', environment, '--json')).stdout) as Entry[];
  const developer = await history('developer');
  expect(developer.slice(0, 5).map(({ action, release, reason }) => [action, release.source, reason])).toEqual([
    ['bump', commits.mended, undefined],
    ['release-hold', commits.good, 'it is mended'],
    ['rollback', commits.good, 'it does not start'],
    ['bump', commits.broken, undefined],
    ['bump', commits.good, undefined],
  ]);
  const production = await history('production');
  expect(production.slice(0, 3).map(({ action, reason }) => [action, reason])).toEqual([
    ['release-hold', 'it is open again'],
    ['hold', 'the harbour is closed'],
    ['promote', undefined],
  ]);
  expect(production[2]!.release.digest).toBe(developer[4]!.release.digest);
});

test('down ends the receiver with everything else', async () => {
  const { pid } = JSON.parse(workspace.read('.slipway/ci/serve.lock')) as { pid: number };
  process.kill(pid, 0);
  const { stdout } = await workspace.succeed('down');
  expect(stdout).toMatch(/nothing left/i);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
