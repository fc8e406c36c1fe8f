import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { deliver, previewDelivery } from '../../delivery/deliver';
import { firstDelivery } from '../../delivery/first-delivery';
import { git, released, render, unreleased, Workbench } from './workbench';

// real processes, which a busy machine makes wait
jest.setTimeout(60_000);

let bench: Workbench;
const lock = 'apps/service-a/releases/developer.yaml';
const service = 'apps/service-a/service.txt';

beforeEach(async () => {
  bench = new Workbench();
  await bench.commit('Start');
  await firstDelivery(bench.options);
});
afterEach(() => bench.remove());

test("delivers one commit as one commit, rendered from the platform's releases", async () => {
  const recorded = bench.platformFile(lock);
  bench.write(service, 'replicas: 3\n');
  const local = await bench.commit('More replicas');
  const result = await deliver(bench.options);

  expect(result).toMatchObject({ pushed: true, attempts: 1, released: [] });
  expect(result.delivered.map(({ subject }) => subject)).toEqual(['More replicas']);
  expect(bench.platformLog()).toEqual(['More replicas', 'Deliver the platform for the first time', 'Start']);
  expect(bench.platformFile(lock)).toBe(recorded);
  expect(bench.platformFile('dist/developer/service-a.txt')).toBe(`replicas: 3\n${recorded}`);
  expect(git(bench.bare, 'log', '-1', '--format=%an %(trailers:key=Delivered-from,valueonly)', 'main')).toBe(
    `Ada ${local}`,
  );
});

test('leaves the working tree alone and does not deliver what is not committed', async () => {
  bench.write(service, 'replicas: 3\n');
  await bench.commit('More replicas');
  bench.write(service, 'replicas: 9\n');
  const before = bench.snapshot();
  await deliver(bench.options);
  expect(bench.snapshot()).toBe(before);
  expect(bench.platformFile(service)).toBe('replicas: 3');
});

test('delivers only what is new the next time', async () => {
  bench.write(service, 'replicas: 2\n\n\n\nport: 8080\n');
  await bench.commit('Two');
  await deliver(bench.options);
  bench.write(service, 'replicas: 2\n\n\n\nport: 9090\n');
  await bench.commit('Another port');
  const result = await deliver(bench.options);
  expect(result.delivered.map(({ subject }) => subject)).toEqual(['Another port']);
  expect(await deliver(bench.options)).toMatchObject({ pushed: false, delivered: [] });
});

test('renders several commits once, in a commit of its own on top', async () => {
  bench.write(service, 'replicas: 2\n\n\n\nport: 8080\n');
  await bench.commit('Two');
  bench.write(service, 'replicas: 3\n\n\n\nport: 8080\n');
  await bench.commit('Three');
  await deliver(bench.options);
  expect(bench.platformLog().slice(0, 3)).toEqual(['Render 2 delivered commits', 'Three', 'Two']);
  expect(bench.platformFile('dist/developer/service-a.txt')).toContain('replicas: 3');
});

test('merges what others changed elsewhere in the same file', async () => {
  await bench.platformChange({ [service]: 'replicas: 5\n\n\n\nport: 8080\n' }, 'Scale');
  bench.write(service, 'replicas: 1\n\n\n\nport: 9090\n');
  await bench.commit('Another port');
  await deliver(bench.options);
  expect(bench.platformFile(service)).toBe('replicas: 5\n\n\n\nport: 9090');
  expect(bench.platformFile('dist/developer/service-a.txt')).toContain('replicas: 5\n\n\n\nport: 9090');
});

test('builds and records a service that the commits add', async () => {
  bench.addService('service-b');
  await bench.commit('Add service-b');
  const result = await deliver(bench.options);
  expect(result.released).toEqual(['service-b']);
  expect(bench.built).toEqual(['service-a', 'service-b']);
  expect(bench.platformFile('apps/service-b/releases/production.yaml')).toContain('registry.offerfit.local/service-b:');
  const source = /source: (\w+)/.exec(bench.platformFile('apps/service-b/releases/production.yaml'))![1]!;
  expect(git(bench.bare, 'merge-base', '--is-ancestor', source, 'main')).toBe('');
});

test("keeps the hashes of commits that already stand on the platform's", async () => {
  git(bench.root, 'pull', '--quiet', '--rebase', bench.bare, 'main');
  bench.write(service, 'replicas: 3\n');
  const local = await bench.commit('More replicas');
  const result = await deliver(bench.options);
  expect(result.commit).toBe(local);
});

test('completes a commit that forgot to render, without changing its hash', async () => {
  git(bench.root, 'pull', '--quiet', '--rebase', bench.bare, 'main');
  bench.write(service, 'replicas: 3\n');
  git(bench.root, 'commit', '--quiet', '--all', '--message', 'Not rendered');
  const local = git(bench.root, 'rev-parse', 'HEAD');
  await deliver(bench.options);
  expect(bench.platformLog().slice(0, 2)).toEqual(['Complete a delivery', 'Not rendered']);
  expect(git(bench.bare, 'rev-parse', 'main~1')).toBe(local);
  expect(bench.platformFile('dist/developer/service-a.txt')).toContain('replicas: 3');
});

test('a hand-edited dist is replaced by what the catalog renders', async () => {
  bench.write(service, 'replicas: 3\n');
  await render(bench.root);
  bench.write('dist/developer/service-a.txt', 'edited by hand\n');
  git(bench.root, 'add', '--all');
  git(bench.root, 'commit', '--quiet', '--message', 'Edit');
  await deliver(bench.options);
  expect(bench.platformFile('dist/developer/service-a.txt')).not.toContain('edited by hand');
});

test('a commit of dist alone is nothing to deliver', async () => {
  bench.write('dist/developer/extra.txt', 'x\n');
  git(bench.root, 'add', '--all');
  git(bench.root, 'commit', '--quiet', '--message', 'Only dist');
  expect(await previewDelivery(bench.options)).toMatchObject({ pending: [] });
  expect(await deliver(bench.options)).toMatchObject({ pushed: false });
});

describe('merges in the local history', () => {
  test('a feature branch that was merged arrives with what its merge resolved', async () => {
    git(bench.root, 'checkout', '--quiet', '-b', 'feature');
    bench.write(service, 'replicas: 4\n\n\n\nport: 8080\n');
    await bench.commit('Four');
    git(bench.root, 'checkout', '--quiet', 'main');
    bench.write(service, 'replicas: 2\n\n\n\nport: 8080\n');
    await bench.commit('Two');
    expect(() => git(bench.root, 'merge', '--quiet', 'feature')).toThrow();
    bench.write(service, 'replicas: 6\n\n\n\nport: 8080\n');
    await bench.commit('Merge feature');
    await deliver(bench.options);
    expect(bench.platformFile(service)).toContain('replicas: 6');
    expect(await deliver(bench.options)).toMatchObject({ pushed: false });
  });

  test("a merge with the platform's copy keeps what its author resolved", async () => {
    await bench.platformChange({ [service]: 'replicas: 5\n\n\n\nport: 8080\n' }, 'Scale');
    bench.write(service, 'replicas: 2\n\n\n\nport: 8080\n');
    await bench.commit('Two');
    expect(() => git(bench.root, 'pull', '--quiet', '--no-rebase', bench.bare, 'main')).toThrow();
    bench.write(service, 'replicas: 7\n\n\n\nport: 8080\n');
    git(bench.root, 'checkout', '--theirs', '--', lock);
    await bench.commit('Merge the platform');
    await bench.platformChange({ 'README.md': 'hello\n' }, 'Document');
    await deliver(bench.options);
    expect(bench.platformFile(service)).toContain('replicas: 7');
    expect(bench.platformFile('README.md')).toBe('hello');
  });
});

describe('races', () => {
  test('two that deliver at once both arrive', async () => {
    const other = bench.copyProject();
    bench.write('a.txt', 'a\n');
    await bench.commit('From one');
    writeFileSync(path.join(other, 'b.txt'), 'b\n');
    git(other, 'add', '--all');
    git(other, 'commit', '--quiet', '--message', 'From the other');
    const results = await Promise.all([deliver(bench.options), deliver({ ...bench.options, root: other })]);
    expect(results.every(({ pushed }) => pushed)).toBe(true);
    expect([bench.platformFile('a.txt'), bench.platformFile('b.txt')]).toEqual(['a', 'b']);
  });

  test('one that is overtaken starts over from the new state and builds nothing twice', async () => {
    bench.addService('service-b');
    await bench.commit('Add service-b');
    let overtaken = 0;
    const reasons: string[] = [];
    const result = await deliver({
      ...bench.options,
      onRetry: (_attempt, reason) => reasons.push(reason),
      render: async (folder) => {
        await render(folder);
        if (overtaken++ < 2) await bench.platformChange({ [`other-${overtaken}.txt`]: 'x\n' }, `Other ${overtaken}`);
      },
    });
    expect(result).toMatchObject({ pushed: true, attempts: 3 });
    expect(reasons).toEqual(['somebody else delivered first', 'somebody else delivered first']);
    expect(bench.platformFile('other-2.txt')).toBe('x');
  });

  test('it gives up after its attempts, and nothing is lost', async () => {
    bench.write('a.txt', 'a\n');
    await bench.commit('Mine');
    let turn = 0;
    const attempt = deliver({
      ...bench.options,
      attempts: 2,
      render: async (folder) => {
        await render(folder);
        await bench.platformChange({ [`other-${turn++}.txt`]: 'x\n' }, 'Other');
      },
    });
    await expect(attempt).rejects.toThrow('nothing was delivered in 2 attempts');
    expect(await deliver(bench.options)).toMatchObject({ pushed: true });
  });

  test('a branch that was rewritten is delivered to as it is now', async () => {
    bench.write('a.txt', 'a\n');
    await bench.commit('A');
    await deliver(bench.options);
    git(bench.bare, 'update-ref', 'refs/heads/main', git(bench.bare, 'rev-parse', 'main~1'));
    await bench.platformChange({ 'other.txt': 'x\n' }, 'Instead');
    await deliver(bench.options);
    expect([bench.platformFile('a.txt'), bench.platformFile('other.txt')]).toEqual(['a', 'x']);
  });
});

describe('refuses, and delivers nothing', () => {
  async function refused(expected: string | RegExp): Promise<UserError> {
    const before = git(bench.bare, 'rev-parse', 'main');
    const error = await deliver(bench.options).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(expected);
    expect(git(bench.bare, 'rev-parse', 'main')).toBe(before);
    expect(bench.leftovers()).toEqual([]);
    return error as UserError;
  }

  test('a conflict outside of dist and locks, naming the file', async () => {
    await bench.platformChange({ [service]: 'replicas: 5\n\n\n\nport: 8080\n' }, 'Scale');
    bench.write(service, 'replicas: 2\n\n\n\nport: 8080\n');
    await bench.commit('Two');
    const error = await refused(/commit \w{7} "Two" conflicts with what the platform's copy has/);
    expect(error.details).toEqual([`conflict: ${service}`]);
    expect(error.repair).toContain('npx slipway git pull');
  });

  test('a catalog that does not render', async () => {
    bench.write('a.txt', 'a\n');
    await bench.commit('A');
    const before = git(bench.bare, 'rev-parse', 'main');
    const broken = deliver({
      ...bench.options,
      render: async () => Promise.reject(new UserError('the catalog is invalid')),
    });
    await expect(broken).rejects.toThrow('the catalog is invalid');
    expect(git(bench.bare, 'rev-parse', 'main')).toBe(before);
  });

  test('a repository whose hook says no, in its own words and at once', async () => {
    const hook = path.join(bench.bare, 'hooks/pre-receive');
    writeFileSync(hook, '#!/bin/sh\necho "frozen until Monday" >&2\nexit 1\n');
    chmodSync(hook, 0o755);
    bench.write('a.txt', 'a\n');
    await bench.commit('A');
    const error = await refused(/refuses the delivery/);
    expect(error.details.join('\n')).toContain('frozen until Monday');
  });

  test('a copy without a common history', async () => {
    git(bench.root, 'checkout', '--quiet', '--orphan', 'new');
    await bench.commit('Elsewhere');
    await refused('shares no history with this project');
  });

  test('a copy without its branch', async () => {
    git(bench.bare, 'update-ref', '-d', 'refs/heads/main');
    await expect(deliver(bench.options)).rejects.toThrow('has no branch main yet');
  });
});

test('a preview names commits and uncommitted files and changes nothing', async () => {
  bench.write('a.txt', 'a\n');
  await bench.commit('A');
  bench.write('b.txt', 'b\n');
  const before = git(bench.bare, 'rev-parse', 'main');
  const preview = await previewDelivery(bench.options);
  expect(preview.pending.map(({ subject }) => subject)).toEqual(['A']);
  expect(preview.uncommitted).toEqual(['b.txt']);
  expect(git(bench.bare, 'rev-parse', 'main')).toBe(before);
});

describe('a release lock', () => {
  const hold = 'hold:\n  reason: moving day\n  by: ada\n  since: "2025-01-31T09:30:00Z"\n';

  test("stays the platform's where only the platform changed it", async () => {
    await bench.platformChange({ [lock]: released('v2') }, 'Bump');
    bench.write(service, 'replicas: 3\n');
    await bench.commit('More');
    await deliver(bench.options);
    expect(bench.platformFile(lock)).toBe(released('v2').trim());
  });

  test('becomes what a commit chose over what the first delivery recorded', async () => {
    bench.write(lock, released('v7'));
    await bench.commit('Choose v7');
    await deliver(bench.options);
    expect(bench.platformFile(lock)).toBe(released('v7').trim());
    expect(bench.platformFile('dist/developer/service-a.txt')).toContain('v7');
  });

  test('keeps the recorded release and takes the hold of a commit that still says unreleased', async () => {
    const recorded = bench.platformFile(lock);
    bench.write(lock, `${unreleased}${hold}`);
    await bench.commit('Hold');
    await deliver(bench.options);
    expect(bench.platformFile(lock)).toBe(`${recorded}\n${hold.replaceAll('"', '').trim()}`);
  });

  test('is for a person to decide where both sides chose a release', async () => {
    bench.write(lock, released('v1'));
    await bench.commit('v1');
    await deliver(bench.options);
    await bench.platformChange({ [lock]: released('v2') }, 'Bump to v2');
    bench.write(lock, released('v3'));
    await bench.commit('Bump to v3');
    await expect(deliver(bench.options)).rejects.toMatchObject({
      details: [`conflict: ${lock}`],
      repair: expect.stringContaining('decide there which release the lock names'),
    });
    expect(bench.platformFile(lock)).toBe(released('v2').trim());
  });
});
