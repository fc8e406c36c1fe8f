import { writeFileSync, chmodSync } from 'node:fs';
import path from 'node:path';
import { serializeRelease } from '../../apps/release';
import { bump } from '../../delivery/bump';
import { hold, releaseHold } from '../../delivery/hold';
import { LockBench } from './lock-bench';
import { git, renderReleases } from './workbench';

// real processes, which a busy machine makes wait
jest.setTimeout(60_000);

let bench: LockBench;
beforeEach(async () => void (bench = await LockBench.create('service-b')));
afterEach(() => bench.remove());

const environment = 'developer';

test('records image, digest, source and its time in one commit with dist, in the name of who asked', async () => {
  const image = await bench.sourceCommit('one');
  const before = bench.snapshot();
  const result = await bump({ ...bench.command, environment, images: [image] });
  expect(result).toMatchObject({
    pushed: true,
    attempts: 1,
    commit: bench.head(),
    services: [{ service: 'service-a', state: 'landed', source: image.source, version: image.source.slice(0, 7) }],
  });
  expect(bench.release()).toEqual({
    image: image.image,
    digest: image.digest,
    version: image.source.slice(0, 7),
    source: image.source,
    sourceTime: new Date(Number(git(bench.bare, 'log', '-1', '--format=%ct', image.source)) * 1000)
      .toISOString()
      .replace('.000Z', 'Z'),
  });
  expect(bench.platformFile('dist/developer/service-a.txt')).toContain(image.digest);
  expect(bench.message()).toMatch(
    /^Bot\nBump service-a in developer: \w{7}\n\n- service-a: \w{7} -> \w{7}\n\nSlipway-action: bump\nSlipway-by: Bot$/,
  );
  expect(git(bench.bare, 'rev-parse', 'main~1')).toBe(image.source);
  expect(bench.snapshot()).toBe(before);
  expect(bench.leftovers()).toEqual([]);
});

test('several services are one commit', async () => {
  const one = await bench.sourceCommit('one');
  const two = bench.image(one.source, 'service-b');
  const result = await bump({ ...bench.command, environment, images: [one, two] });
  expect(result.services.map(({ state }) => state)).toEqual(['landed', 'landed']);
  expect(git(bench.bare, 'rev-parse', 'main~1')).toBe(one.source);
  expect(bench.message()).toContain('Bump 2 services in developer');
});

test('the same again is nothing to do', async () => {
  const image = await bench.sourceCommit('one');
  await bump({ ...bench.command, environment, images: [image] });
  const head = bench.head();
  const again = await bump({ ...bench.command, environment, images: [image] });
  expect(again).toMatchObject({ pushed: false, commit: head, services: [{ state: 'current' }] });
  expect(bench.head()).toBe(head);
});

describe('which release is newer', () => {
  test('within one history the order of commits decides, whatever their times say', async () => {
    const older = await bench.sourceCommit('older');
    const newer = await bench.sourceCommit('newer');
    const late = { ...older, sourceTime: '2040-01-01T00:00:00Z' };
    await bump({ ...bench.command, environment, images: [newer] });
    const result = await bump({ ...bench.command, environment, images: [late] });
    expect(result).toMatchObject({
      pushed: false,
      services: [{ state: 'superseded', version: newer.source.slice(0, 7) }],
    });
    expect(result.services[0]!.reason).toContain(newer.source);
    expect(bench.release().source).toBe(newer.source);
  });

  test('across repositories the time of the commits decides', async () => {
    const at = (letter: string, sourceTime: string) => bench.image(letter.repeat(40), 'service-a', { sourceTime });
    const run = (image: ReturnType<typeof at>) => bump({ ...bench.command, environment, images: [image] });
    expect((await run(at('b', '2031-05-01T10:00:00Z'))).services[0]!.state).toBe('landed');
    expect((await run(at('a', '2031-05-01T09:59:59Z'))).services[0]!.state).toBe('superseded');
    expect((await run(at('c', '2031-05-01T10:00:01Z'))).services[0]!.state).toBe('landed');
    // those of one second agree on who wins, whoever comes first
    expect((await run(at('d', '2031-05-01T10:00:01Z'))).services[0]!.state).toBe('landed');
    expect((await run(at('c', '2031-05-01T10:00:01Z'))).services[0]!.state).toBe('superseded');
  });

  test('where nothing tells, it is refused with what would', async () => {
    const known = await bench.sourceCommit('one');
    await bump({ ...bench.command, environment, images: [known] });
    const head = bench.head();
    await expect(bump({ ...bench.command, environment, images: [bench.image('f'.repeat(40))] })).rejects.toMatchObject({
      message: expect.stringContaining('cannot be told'),
      repair: expect.stringContaining('--source-time'),
    });
    expect(bench.head()).toBe(head);
  });

  test('another build of the same commit takes its place', async () => {
    const image = await bench.sourceCommit('one');
    await bump({ ...bench.command, environment, images: [image] });
    const rebuilt = { ...image, digest: `sha256:${'9'.repeat(64)}` };
    expect((await bump({ ...bench.command, environment, images: [rebuilt] })).services[0]!.state).toBe('landed');
  });

  test('a clone with a part of its history knows the order all the same', async () => {
    const older = await bench.sourceCommit('older');
    const newer = await bench.sourceCommit('newer');
    await bump({ ...bench.command, environment, images: [newer] });
    const shallow = path.join(bench.folder, 'shallow');
    git(bench.folder, 'clone', '--quiet', '--depth=1', `file://${bench.bare}`, shallow);
    const result = await bump({ ...bench.command, root: shallow, environment, images: [older] });
    expect(result.services[0]!.state).toBe('superseded');
  });
});

describe('a hold', () => {
  test('keeps its release, while the others of the same call go on', async () => {
    await hold({ ...bench.command, environment, services: ['service-a'], reason: 'orders fail' });
    const one = await bench.sourceCommit('one');
    const result = await bump({ ...bench.command, environment, images: [one, bench.image(one.source, 'service-b')] });
    expect(result.services).toMatchObject([
      { service: 'service-a', state: 'held', reason: expect.stringMatching(/^held since .*Z by Bot: orders fail$/) },
      { service: 'service-b', state: 'landed' },
    ]);
    expect(bench.lock().hold).toMatchObject({ reason: 'orders fail', by: 'Bot' });
  });

  test("is not replaced by somebody else's, and released once", async () => {
    const held = { ...bench.command, environment, services: ['service-a'] };
    await hold({ ...held, reason: 'first' });
    expect((await hold({ ...held, reason: 'second' })).services[0]).toMatchObject({ state: 'held' });
    expect(bench.lock().hold!.reason).toBe('first');
    expect((await releaseHold(held)).services[0]!.state).toBe('landed');
    expect((await releaseHold(held)).services[0]!.state).toBe('current');
    expect(bench.lock().hold).toBeUndefined();
    const one = await bench.sourceCommit('one');
    expect((await bump({ ...bench.command, environment, images: [one] })).services[0]!.state).toBe('landed');
  });
});

describe('against others', () => {
  test('decides anew after somebody was faster, and never undoes a newer release', async () => {
    const older = await bench.sourceCommit('older');
    const newer = await bench.sourceCommit('newer');
    let overtaken = false;
    const result = await bump({
      ...bench.command,
      environment,
      images: [older],
      render: async (folder, releases) => {
        await renderReleases(folder, releases);
        if (overtaken) return;
        overtaken = true;
        const { image, digest, source } = newer;
        const lock = serializeRelease({ image, digest, version: source.slice(0, 7), source });
        await bench.platformChange({ 'apps/service-a/releases/developer.yaml': lock }, 'Faster');
      },
    });
    expect(result).toMatchObject({ pushed: false, services: [{ state: 'superseded' }] });
    expect(bench.release().source).toBe(newer.source);
  });

  test('renders anew on top of what the other one did', async () => {
    const image = await bench.sourceCommit('one');
    let overtaken = false;
    const result = await bump({
      ...bench.command,
      environment,
      images: [image],
      render: async (folder, releases) => {
        await renderReleases(folder, releases);
        if (overtaken) return;
        overtaken = true;
        await bench.platformChange({ 'apps/service-a/service.txt': 'replicas: 7\n' }, 'Scale');
      },
    });
    expect(result).toMatchObject({ pushed: true, attempts: 2 });
    expect(bench.platformFile('dist/developer/service-a.txt')).toMatch(/replicas: 7\n[^]*digest: /);
    expect(bench.platformFile('dist/developer/service-a.txt')).toContain(image.digest);
  });

  test('a rewritten branch is built on as it is now', async () => {
    const image = await bench.sourceCommit('one');
    await bump({ ...bench.command, environment, images: [image] });
    git(bench.bare, 'update-ref', 'refs/heads/main', image.source);
    const result = await bump({ ...bench.command, environment, images: [image] });
    expect(result.services[0]!.state).toBe('landed');
    expect(git(bench.bare, 'rev-parse', 'main~1')).toBe(image.source);
  });
});

describe('refuses, and changes nothing', () => {
  async function refused(work: Promise<unknown>, expected: object): Promise<void> {
    const before = bench.snapshot();
    const head = bench.head();
    await expect(work).rejects.toMatchObject(expected);
    expect(bench.head()).toBe(head);
    expect(bench.snapshot()).toBe(before);
    expect(bench.leftovers()).toEqual([]);
  }

  test('services and environments that are not there, all at once, with what was meant', async () => {
    const source = bench.head();
    const images = [bench.image(source, 'service-c'), bench.image(source, '../service-a')];
    await refused(bump({ ...bench.command, environment, images }), {
      details: [
        'service-c: is not a service of the platform; allowed: "service-a", "service-b"; did you mean "service-a"?',
        '../service-a: is not a service of the platform; allowed: "service-a", "service-b"; did you mean "service-a"?',
      ],
    });
    await refused(bump({ ...bench.command, environment: 'develop', images: [bench.image(source)] }), {
      details: [expect.stringContaining('develop: is not an environment of service-a')],
    });
  });

  test('what does not render', async () => {
    const image = await bench.sourceCommit('one');
    const broken = async (): Promise<void> => {
      throw new Error('does not render');
    };
    await refused(bump({ ...bench.command, render: broken, environment, images: [image] }), {
      message: 'does not render',
    });
  });

  test('what a rule of the repository forbids', async () => {
    const image = await bench.sourceCommit('one');
    const hook = path.join(bench.bare, 'hooks/pre-receive');
    writeFileSync(hook, '#!/bin/sh\necho "main is protected" >&2\nexit 1\n');
    chmodSync(hook, 0o755);
    await refused(bump({ ...bench.command, environment, images: [image] }), {
      message: expect.stringContaining('refuses the delivery'),
      details: expect.arrayContaining([expect.stringContaining('main is protected')]),
    });
  });

  test('an interrupt', async () => {
    const image = await bench.sourceCommit('one');
    const abort = new AbortController();
    const interrupted = async (): Promise<void> => abort.abort(new Error('interrupted'));
    await refused(
      bump({ ...bench.command, signal: abort.signal, render: interrupted, environment, images: [image] }),
      {},
    );
  });
});
