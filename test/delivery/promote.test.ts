import { UserError } from '../../core/errors';
import { bump } from '../../delivery/bump';
import { hold, releaseHold } from '../../delivery/hold';
import { promote } from '../../delivery/promote';
import { readHistory } from '../../delivery/read-history';
import { rollback } from '../../delivery/rollback';
import { LockBench } from './lock-bench';
import { git } from './workbench';

// real processes, which a busy machine makes wait
jest.setTimeout(60_000);

let bench: LockBench;
beforeEach(async () => void (bench = await LockBench.create()));
afterEach(() => bench.remove());

const services = ['service-a'];
const admit = async (): Promise<void> => undefined;

async function release(name: string, version?: string): Promise<string> {
  const image = await bench.sourceCommit(name);
  await bump({ ...bench.command, environment: 'developer', images: [image] });
  const promoted = { ...bench.command, services, from: 'developer', to: 'production', admit };
  await promote({ ...promoted, ...(version !== undefined && { version }) });
  return image.source;
}

const roll = (to?: string) =>
  rollback({
    ...bench.command,
    service: 'service-a',
    environment: 'production',
    reason: 'orders fail',
    ...(to !== undefined && { to }),
  });

describe('promote', () => {
  test('takes the same digest, and asks before it does', async () => {
    const image = await bench.sourceCommit('one');
    await bump({ ...bench.command, environment: 'developer', images: [image] });
    const asked: unknown[] = [];
    const result = await promote({
      ...bench.command,
      services,
      from: 'developer',
      to: 'production',
      admit: async (service, { digest }) => void asked.push([service, digest]),
    });
    expect(asked).toEqual([['service-a', image.digest]]);
    expect(result.services).toMatchObject([{ state: 'landed', digest: image.digest }]);
    expect(bench.release('production')).toEqual(bench.release('developer'));
    expect(bench.message()).toContain('Slipway-action: promote');
  });

  test('a release is another name of the same digest', async () => {
    await release('one', '1.2.3');
    const { image, version, digest, source } = bench.release('production');
    expect({ image, version }).toEqual({ image: 'registry.offerfit.local/service-a:1.2.3', version: '1.2.3' });
    expect({ digest, source }).toMatchObject({ digest: bench.release().digest, source: bench.release().source });
  });

  test('is refused as the admission says, and nothing is changed', async () => {
    const image = await bench.sourceCommit('one');
    await bump({ ...bench.command, environment: 'developer', images: [image] });
    const head = bench.head();
    const refuse = async (): Promise<void> => {
      throw new UserError('not healthy');
    };
    const promoted = { ...bench.command, services, from: 'developer', to: 'production' };
    await expect(promote({ ...promoted, admit: refuse })).rejects.toThrow('not healthy');
    expect(bench.head()).toBe(head);
    await promote({ ...promoted, admit, forced: 'not asked: the shop is down' });
    expect(bench.message()).toContain('Slipway-forced: not asked: the shop is down');
  });

  test('takes what was recorded for a commit, whatever runs now', async () => {
    const first = await bench.sourceCommit('first');
    await bump({ ...bench.command, environment: 'developer', images: [first] });
    const tagged = await bench.platformChange({ 'README.md': 'release\n' }, 'Document');
    const second = await bench.sourceCommit('second');
    await bump({ ...bench.command, environment: 'developer', images: [second] });
    await promote({
      ...bench.command,
      services,
      from: 'developer',
      to: 'production',
      admit,
      at: tagged,
      version: '1.0.0',
    });
    expect(bench.release('production')).toMatchObject({ digest: first.digest, version: '1.0.0' });
  });

  test('does not go back, and moves nothing that is held', async () => {
    const first = await bench.sourceCommit('first');
    await release('second');
    const back = { ...bench.command, services, from: 'developer', to: 'production', admit };
    await bump({ ...bench.command, environment: 'developer', images: [first] });
    const old = await promote({ ...back, at: first.source });
    expect(old.pushed).toBe(false);
    await hold({ ...bench.command, services, environment: 'production', reason: 'freeze' });
    const third = await bench.sourceCommit('third');
    await bump({ ...bench.command, environment: 'developer', images: [third] });
    expect((await promote(back)).services).toMatchObject([{ state: 'held' }]);
  });

  test('a proposal is a branch of its own, and the platform stays as it is', async () => {
    const image = await bench.sourceCommit('one');
    await bump({ ...bench.command, environment: 'developer', images: [image] });
    const head = bench.head();
    const proposed = { ...bench.command, services, from: 'developer', to: 'production', admit, proposal: 'slipway/p' };
    const result = await promote(proposed);
    expect(result).toMatchObject({ pushed: true, services: [{ state: 'proposed' }] });
    expect(bench.head()).toBe(head);
    expect(bench.head('slipway/p~1')).toBe(head);
    await bench.platformChange({ 'README.md': 'moved\n' }, 'Move on');
    await promote(proposed);
    expect(bench.head('slipway/p~1')).toBe(bench.head());
    expect(git(bench.bare, 'show', 'slipway/p:apps/service-a/releases/production.yaml')).toContain(image.digest);
  });
});

describe('rollback', () => {
  test('restores what ran before and holds it, in one commit, until the hold is released', async () => {
    const one = await release('one');
    await release('two');
    const before = bench.head();
    const result = await roll();
    expect(result.services).toMatchObject([{ state: 'landed', source: one }]);
    expect(bench.head('main~1')).toBe(before);
    expect(bench.lock('production')).toMatchObject({ source: one, hold: { reason: 'orders fail', by: 'Bot' } });
    const three = await bench.sourceCommit('three');
    const bumped = { ...bench.command, environment: 'production', images: [three] };
    expect((await bump(bumped)).services).toMatchObject([{ state: 'held' }]);
    await releaseHold({ ...bench.command, services, environment: 'production' });
    expect((await bump(bumped)).services).toMatchObject([{ state: 'landed' }]);
  });

  test('goes to a version or a commit, and further back when asked twice', async () => {
    const one = await release('one', '1.0.0');
    const two = await release('two');
    await release('three');
    await roll('v1.0.0');
    expect(bench.release('production').version).toBe('1.0.0');
    await roll(two.slice(0, 10));
    expect(bench.release('production').source).toBe(two);
    await roll();
    expect(bench.release('production').source).toBe(one);
  });

  test('to what never ran is refused, saying what did', async () => {
    await release('one', '1.0.0');
    await expect(roll('2.0.0')).rejects.toMatchObject({
      message: 'service-a in production never ran 2.0.0',
      details: [expect.stringContaining('"1.0.0"')],
    });
  });

  test('with nothing before is refused', async () => {
    await expect(roll()).rejects.toThrow('there is nothing to go back to');
  });
});

describe('history', () => {
  const read = () =>
    readHistory({ root: bench.root, remote: bench.remote, service: 'service-a', environment: 'production' });

  test('says what ran when, by whom and why, newest first', async () => {
    const one = await release('one');
    await release('two', '2.0.0');
    await roll();
    const entries = await read();
    expect(entries.slice(0, 3)).toMatchObject([
      { action: 'rollback', by: 'Bot', reason: 'orders fail', release: { source: one, hold: { by: 'Bot' } } },
      { action: 'promote', release: { version: '2.0.0' } },
      { action: 'promote', release: { source: one } },
    ]);
    expect(entries[0]!.until).toBeUndefined();
    expect(entries[1]!.until).toBe(entries[0]!.since);
    expect(entries.at(-1)).toMatchObject({ action: 'change', release: { unreleased: true } });
  });

  test('a merged pull request is told by who proposed it and who merged it', async () => {
    const image = await bench.sourceCommit('one');
    await bump({ ...bench.command, environment: 'production', images: [image], proposal: 'slipway/b' });
    await bench.platformChange({ 'README.md': 'meanwhile\n' }, 'Meanwhile');
    const clone = `${bench.folder}/merger`;
    git(bench.folder, 'clone', '--quiet', bench.bare, clone);
    git(clone, 'merge', '--quiet', '--no-ff', '--message', 'Merge pull request 7', 'origin/slipway/b');
    git(clone, 'push', '--quiet', 'origin', 'HEAD:main');
    expect((await read())[0]).toMatchObject({
      action: 'bump',
      by: 'Bot',
      mergedBy: 'Ada',
      commit: bench.head(),
      release: { source: image.source },
    });
  });
});
