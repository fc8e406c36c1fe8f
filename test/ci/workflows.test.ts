import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ForgeEvent } from '../../ci/event';
import { matches } from '../../ci/filters';
import { workflowsFor } from '../../ci/workflows';

describe('filter patterns', () => {
  it.each([
    ['main', ['main'], true],
    ['feature/a', ['*'], false],
    ['feature/a', ['**'], true],
    ['feature/a', ['feature/*'], true],
    ['feature/a/b', ['feature/*'], false],
    ['docs/README.md', ['**/README.md'], true],
    ['README.md', ['**/README.md'], true],
    ['apps/a/releases/developer.yaml', ['apps/*/releases/**'], true],
    ['v1.2', ['v[12].[0-9]+'], true],
    ['v3.2', ['v[12].[0-9]+'], false],
    ['a.b', ['a?b'], false],
    ['x-main', ['main'], false],
    ['release/beta', ['release/**', '!release/beta'], false],
    ['release/beta', ['!release/beta', 'release/**'], true],
    ['a+b', ['a\\+b'], true],
    ['(a|b)', ['(a|b)'], true],
    ['a', ['(a|b)'], false],
  ])('%s against %j: %s', (name, patterns, expected) => {
    expect(matches(patterns, name)).toBe(expected);
  });
});

describe('the workflows that an event starts', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'slipway-workflows-'));
    await mkdir(path.join(folder, '.github/workflows'), { recursive: true });
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const add = (name: string, text: string): Promise<void> =>
    writeFile(path.join(folder, '.github/workflows', name), text);

  const push: ForgeEvent = {
    name: 'push',
    repository: 'offerfit/platform',
    ref: 'refs/heads/main',
    commit: 'a'.repeat(40),
    actor: 'ada',
    payload: {},
  };

  const started = async (event: ForgeEvent, files?: readonly string[]): Promise<readonly string[]> =>
    (await workflowsFor({ folder, event, changed: async () => files })).map(({ name }) => name);

  it('reads every form of `on`', async () => {
    await add('a.yml', 'on: push\njobs: {}');
    await add('b.yaml', 'on: [pull_request, push]\njobs: {}');
    await add('c.yml', 'on:\n  push:\njobs: {}');
    await add('d.yml', 'on: workflow_dispatch\njobs: {}');
    await add('notes.txt', 'no workflow');
    expect(await started(push)).toEqual(['a', 'b', 'c']);
  });

  it('filters by branch and tag', async () => {
    await add('main.yml', 'on: { push: { branches: [main] } }');
    await add('others.yml', "on: { push: { branches-ignore: [main, 'previews'] } }");
    await add('tags.yml', "on: { push: { tags: ['v*'] } }");
    await add('all.yml', 'on: { push: }');
    expect(await started(push)).toEqual(['all', 'main']);
    expect(await started({ ...push, ref: 'refs/heads/feature' })).toEqual(['all', 'others']);
    expect(await started({ ...push, ref: 'refs/heads/previews' })).toEqual(['all']);
    expect(await started({ ...push, ref: 'refs/tags/v1' })).toEqual(['all', 'tags']);
  });

  it('filters by what changed', async () => {
    await add('docs.yml', "on: { push: { paths: ['docs/**'] } }");
    await add('code.yml', "on: { push: { paths-ignore: ['dist/**', 'apps/*/releases/**'] } }");
    expect(await started(push, ['docs/a.md'])).toEqual(['code', 'docs']);
    expect(await started(push, ['dist/x.yaml', 'apps/a/releases/developer.yaml'])).toEqual([]);
    // a branch that is new has nothing to compare with
    expect(await started(push, undefined)).toEqual(['code', 'docs']);
  });

  it('filters pull requests by their target and by what happened, and releases by the latter', async () => {
    await add('main.yml', 'on: { pull_request: { branches: [main] } }');
    await add('labels.yml', 'on: { pull_request: { types: [labeled] } }');
    await add('release.yml', 'on: { release: { types: [published] } }');
    const pull: ForgeEvent = {
      ...push,
      name: 'pull_request',
      ref: 'refs/pull/7/head',
      payload: { action: 'opened', pull_request: { base: { ref: 'main' } } },
    };
    expect(await started(pull)).toEqual(['main']);
    expect(await started({ ...pull, payload: { action: 'opened', pull_request: { base: { ref: 'old' } } } })).toEqual(
      [],
    );
    const release: ForgeEvent = { ...push, name: 'release', ref: 'refs/tags/v1', payload: { action: 'published' } };
    expect(await started(release)).toEqual(['release']);
  });

  it('knows the actions of a workflow and of those that it calls', async () => {
    const step = (uses: string) => `    steps: [{ uses: ${uses} }, { run: 'true' }, { uses: ./local }]`;
    await add('a.yml', `on: push\njobs:\n  one:\n${step('x/y@1')}\n  two:\n    uses: ./.github/workflows/b.yml`);
    await add('b.yml', `on: workflow_call\njobs:\n  one:\n${step('x/z/sub@2')}`);
    const [found] = await workflowsFor({ folder, event: push, changed: async () => [] });
    expect(found).toEqual({ name: 'a', file: '.github/workflows/a.yml', actions: ['x/y@1', 'x/z/sub@2'] });
  });

  it('names the file that is no workflow', async () => {
    await add('a.yml', 'on: [');
    await expect(started(push)).rejects.toThrow('.github/workflows/a.yml is no workflow');
    await add('a.yml', 'text');
    await expect(started(push)).rejects.toThrow('.github/workflows/a.yml is no workflow: it holds no object');
  });
});
