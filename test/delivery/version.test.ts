import { commitOfVersion, planRelease, tagRelease } from '../../delivery/tag-version';
import { releaseNotes } from '../../delivery/version-plan';
import { LockBench } from './lock-bench';
import { git } from './workbench';

// real processes, which a busy machine makes wait
jest.setTimeout(60_000);

let bench: LockBench;
let turn = 0;
beforeEach(async () => void (bench = await LockBench.create()));
afterEach(() => bench.remove());

const options = () => ({ root: bench.root, remote: bench.remote });
const commit = (message: string) => bench.platformChange({ [`file-${(turn += 1)}.txt`]: 'x\n' }, message);
const tag = (name: string) => git(bench.bare, 'tag', name, 'main');

test.each([
  [['docs: explain'], undefined],
  [['fix: one'], '1.2.4'],
  [['perf(cart): faster', 'docs: explain'], '1.2.4'],
  [['fix: one', 'feat(cart): two'], '1.3.0'],
  [['feat: two', 'fix(api)!: another answer'], '2.0.0'],
  [['fix: one\n\nBREAKING CHANGE: another answer'], '2.0.0'],
  [['Bump service-a in developer: 3f2c1ab'], undefined],
])('after 1.2.3 %j makes %s', async (messages, expected) => {
  tag('v1.2.3');
  for (const message of messages) await commit(message);
  expect(await planRelease(options())).toMatchObject({ current: '1.2.3', commit: bench.head() });
  expect((await planRelease(options())).next).toBe(expected);
});

test('the first version is 0.1.0, and before 1.0.0 what breaks moves the minor version', async () => {
  await commit('feat!: begin');
  expect((await planRelease(options())).next).toBe('0.1.0');
  tag('v0.1.0');
  await commit('feat!: another beginning');
  expect((await planRelease(options())).next).toBe('0.2.0');
});

test('only whole versions of this branch count', async () => {
  tag('v1.0.0');
  tag('v2.0.0-rc.1');
  tag('nightly');
  git(bench.bare, 'tag', 'v9.0.0', await bench.platformChange({ 'x.txt': 'x\n' }, 'Elsewhere'));
  git(bench.bare, 'update-ref', 'refs/heads/main', git(bench.bare, 'rev-parse', 'main~1'));
  await commit('fix: one');
  expect(await planRelease(options())).toMatchObject({ current: '1.0.0', next: '1.0.1' });
});

test('a tag is made once, with notes, by those who race as well', async () => {
  const fixed = await commit('fix(cart): count again');
  const rivals = [options(), { ...options(), root: bench.copyProject() }];
  const plans = await Promise.all(rivals.map((each) => tagRelease(each)));
  expect(plans.filter(({ next }) => next === '0.1.0')).toHaveLength(1);
  expect(git(bench.bare, 'tag', '--list')).toBe('v0.1.0');
  expect(git(bench.bare, 'tag', '--list', '--format=%(contents)')).toContain(
    `- cart: count again (${fixed.slice(0, 7)})`,
  );
  expect(await commitOfVersion(options(), '0.1.0')).toBe(bench.head());
  expect((await tagRelease(options())).next).toBeUndefined();
});

test('a version without a tag is told, with what makes one', async () => {
  await expect(commitOfVersion(options(), '3.0.0')).rejects.toMatchObject({
    message: expect.stringContaining('there is no tag v3.0.0'),
    repair: expect.stringContaining('release tag'),
  });
});

test('notes say what breaks first', () => {
  const changes = [
    { commit: 'a'.repeat(40), level: 'patch' as const, subject: 'mend' },
    { commit: 'b'.repeat(40), level: 'major' as const, subject: 'break', scope: 'api' },
  ];
  expect(releaseNotes({ changes })).toBe('### Breaking\n\n- api: break (bbbbbbb)\n\n### Fixed\n\n- mend (aaaaaaa)');
});
