import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { BuiltImage } from '../../delivery/bump';
import { bumper } from './bumpers';
import { LockBench } from './lock-bench';
import { git, render } from './workbench';

/** How many at once; `npm run test:race` lets twenty meet. */
const RIVALS = Number(process.env['SLIPWAY_RACE'] ?? 4);

jest.setTimeout(30_000 + RIVALS * 15_000);

let bench: LockBench;
beforeEach(async () => {
  const names = Array.from({ length: RIVALS }, (_each, index) => `rival-${index}`);
  bench = await LockBench.create(...names);
});
afterEach(() => bench.remove());

function tree(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      return [path.relative(folder, file), readFileSync(file, 'utf8')];
    }),
  );
}

/** The branch is one line of commits, and dist of each is what its own catalog renders. */
async function expectSound(since: string): Promise<readonly string[]> {
  const commits = git(bench.bare, 'rev-list', '--reverse', `${since}..main`).split('\n').filter(Boolean);
  expect(git(bench.bare, 'rev-list', '--merges', '--count', 'main')).toBe('0');
  const folder = path.join(bench.folder, 'look');
  git(bench.folder, 'clone', '--quiet', bench.bare, folder);
  for (const commit of commits) {
    git(folder, 'checkout', '--quiet', '--force', commit);
    const committed = tree(path.join(folder, 'dist'));
    await render(folder);
    expect(tree(path.join(folder, 'dist'))).toEqual(committed);
  }
  git(bench.bare, 'fsck', '--no-dangling');
  return commits;
}

/** Clones of the platform, as bots have them. */
function clones(): readonly string[] {
  return Array.from({ length: RIVALS }, (_each, index) => {
    const clone = path.join(bench.folder, `bot-${index}`);
    git(bench.folder, 'clone', '--quiet', bench.bare, clone);
    mkdirSync(path.join(clone, '.slipway'), { recursive: true });
    return clone;
  });
}

test('bumps of as many services at once all land', async () => {
  const source = await bench.sourceCommit('one');
  const since = bench.head();
  const results = await Promise.all(
    clones().map((root, index) =>
      bumper({ root, url: bench.remote.url, images: [bench.image(source.source, `rival-${index}`)] }),
    ),
  );
  expect(results.map(({ stderr }) => stderr).join('')).toBe('');
  expect(results.map(({ result }) => result!.services[0]!.state)).toEqual(results.map(() => 'landed'));
  expect(await expectSound(since)).toHaveLength(RIVALS);
  for (let index = 0; index < RIVALS; index += 1) {
    expect(bench.release('developer', `rival-${index}`).source).toBe(source.source);
  }
});

test('of bumps of one service at once the newest is what stays, and each of the others is accounted for', async () => {
  const images: BuiltImage[] = [];
  for (let index = 0; index < RIVALS; index += 1) images.push(await bench.sourceCommit(`commit ${index}`));
  const since = bench.head();
  const results = await Promise.all(
    clones().map((root, index) => bumper({ root, url: bench.remote.url, images: [images[index]!] })),
  );
  expect(results.map(({ stderr }) => stderr).join('')).toBe('');
  const states = results.map(({ result }) => result!.services[0]!.state);
  expect(states.at(-1)).toBe('landed');
  expect(states.filter((state) => state !== 'landed' && state !== 'superseded')).toEqual([]);
  const commits = await expectSound(since);
  expect(commits).toHaveLength(states.filter((state) => state === 'landed').length);
  expect(bench.release().source).toBe(images.at(-1)!.source);
  const order = commits.map((commit) =>
    images.findIndex(({ source }) =>
      git(bench.bare, 'show', `${commit}:apps/service-a/releases/developer.yaml`).includes(source),
    ),
  );
  expect(order).toEqual(order.toSorted((left, right) => left - right));
});
