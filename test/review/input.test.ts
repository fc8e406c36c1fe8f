import { readFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { compose } from '../../review/review';
import { GitReader } from '../../review/tree/git';
import { loadTrees } from '../../review/tree/load';
import { findSides } from '../../review/tree/sides';
import type { Review } from '../../review/model';
import { TestRepository } from './repository';

// a busy machine takes its time over a dozen processes of Git
jest.setTimeout(60_000);

const deployment = 'dist/production/service-a/Deployment.service-a.yaml';
let repository: TestRepository;

beforeEach(() => (repository = new TestRepository(['dist'])));
afterEach(() => repository.remove());

async function reviewed(base?: string, head?: string, root = repository.root): Promise<Review> {
  const git = new GitReader(root);
  const sides = await findSides(git, base, head);
  return compose(await loadTrees(git, sides), { findings: sides.findings });
}

const told = ({ findings }: Review): string[] =>
  findings.map(({ severity, rule, message }) => `${severity} ${rule}: ${message}`);

test('nothing changed is nothing to say', async () => {
  const { counts, changes } = await reviewed();
  expect([changes, counts]).toEqual([
    [],
    { added: 0, removed: 0, changed: 0, renamed: 0, findings: { error: 0, warning: 0, info: 0 } },
  ]);
});

describe('a file of dist is told and not read', () => {
  test.each<[string, string, string | Buffer, string]>([
    [
      'that breaks off',
      deployment,
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: "service-a',
      'unreadable-yaml',
    ],
    ['that is binary', deployment, Buffer.from([0, 1, 2, 255, 254]), 'not-text'],
    ['that is not UTF-8', deployment, Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe]), 'not-text'],
    ['of ten megabytes', deployment, `a: ${'x'.repeat(10 * 2 ** 20)}\n`, 'file-too-large'],
    ['that is a list', deployment, '- a\n- b\n', 'not-an-object'],
    ['without a kind', deployment, 'apiVersion: v1\nmetadata:\n  name: a\n', 'not-an-object'],
    ['without a name', deployment, 'apiVersion: v1\nkind: Service\nmetadata: {}\n', 'not-an-object'],
    [
      'with a key twice',
      deployment,
      'apiVersion: v1\nkind: Service\nkind: Service\nmetadata:\n  name: a\n',
      'unreadable-yaml',
    ],
    [
      'that aliases itself a million times',
      deployment,
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
        .split('')
        .map((key, index) => `${key}: &${key} [${Array(9).fill(`*${'abcdefg'[index]}`).join()}]`)
        .join('\n')}\n`,
      'unreadable-yaml',
    ],
    ['that is no manifest', 'dist/production/service-a/notes.txt', 'hello\n', 'not-a-manifest'],
  ])('%s', async (_what, file, content, rule) => {
    repository.write(file, content);
    const review = await reviewed();
    const finding = review.findings.find((one) => one.rule === rule);
    expect(finding).toMatchObject({
      category: 'input',
      severity: 'error',
      places: [expect.objectContaining({ file })],
    });
    expect(finding?.repair).toContain('npm run synth');
  });

  test('that is a link', async () => {
    repository.delete(deployment);
    repository.link(deployment, '/etc/hostname');
    repository.commit('Link');
    expect(told(await reviewed('HEAD~1', 'HEAD'))).toContainEqual(expect.stringContaining('error unreadable-file:'));
  });

  test.each(['/etc/hostname', '/etc'])('that is a link to %s and not in Git yet', async (target) => {
    repository.link('dist/production/service-a/link.yaml', target);
    expect(told(await reviewed())).toEqual([
      'error unreadable-file: dist/production/service-a/link.yaml cannot be read',
    ]);
  });
});

test('an object that is there twice is told with both places', async () => {
  const copy = 'dist/production/service-a/Deployment.copy.yaml';
  repository.write(copy, readFileSync(path.join(repository.root, deployment)));
  const finding = (await reviewed()).findings.find(({ rule }) => rule === 'duplicate-object');
  expect(finding?.places.map(({ file }) => file).sort()).toEqual([copy, deployment].sort());
});

test('what left the index and still lies on disk stands where it stood', async () => {
  repository.git('rm', '--quiet', '--cached', deployment);
  const git = new GitReader(repository.root);
  const { head, base } = await loadTrees(git, await findSides(git, 'HEAD', undefined));
  expect(head.objects.map(({ place }) => place.file)).toEqual(base.objects.map(({ place }) => place.file));
});

test('kinds and versions that nobody serves are told', async () => {
  repository.write(
    'dist/production/service-a/a.yaml',
    'apiVersion: example.test/v1\nkind: Thing\nmetadata:\n  name: a\n',
  );
  repository.write(
    'dist/production/service-a/b.yaml',
    'apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata:\n  name: b\n',
  );
  expect(told(await reviewed())).toEqual(
    expect.arrayContaining([
      'warning unknown-kind: the API server may not know Thing of example.test/v1',
      'error unknown-kind: the API server may not know Ingress of extensions/v1beta1',
    ]),
  );
});

test('several documents, lists and JSON are objects each; an object without a namespace lands in the environment', async () => {
  repository.write(
    'dist/production/service-a/more.yaml',
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: two}\n',
  );
  repository.write(
    'dist/production/service-a/three.json',
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"three"}}',
  );
  const { changes } = await reviewed();
  expect(changes.map(({ object }) => `${object.namespace}/${object.name}`).sort()).toEqual([
    'production/one',
    'production/three',
    'production/two',
  ]);
});

test('commits are compared without a checkout, and the working tree stays out of it', async () => {
  repository.write(
    deployment,
    readFileSync(path.join(repository.root, deployment), 'utf8').replace('replicas: 2', 'replicas: 3'),
  );
  repository.commit('Three');
  repository.write(deployment, 'spoilt');
  repository.delete('dist/production/service-b');
  const review = await reviewed('HEAD~1', 'HEAD');
  expect(review.changes.map(({ fields }) => fields)).toEqual([[{ path: 'spec.replicas', before: 2, after: 3 }]]);
  expect(review.head.commit).toBe(repository.git('rev-parse', 'HEAD'));
});

test('a base without dist makes everything new, a head without dist everything gone', async () => {
  repository.delete('dist');
  repository.write('README', 'empty\n');
  repository.commit('Nothing');
  const gone = await reviewed('HEAD~1', 'HEAD');
  expect(told(gone)).toContainEqual(expect.stringMatching(/^error head-without-dist:/));
  expect(gone.counts.removed).toBeGreaterThan(20);
  const fresh = await reviewed('HEAD', 'HEAD~1');
  expect(told(fresh)).toContainEqual('info base-without-dist: the base has no dist');
  expect(fresh.counts.added).toBe(gone.counts.removed);
});

test('what the platform has already is no change of the head', async () => {
  const main = await new GitReader(repository.root).run('rev-parse', 'HEAD');
  repository.write('README', 'delivered\n');
  repository.commit('Delivered');
  const git = new GitReader(repository.root);
  const delivered = (await git.run('rev-parse', 'HEAD')).trim();
  await git.run('update-ref', 'refs/remotes/slipway/platform', delivered);
  await git.run('update-ref', 'refs/remotes/origin/main', main.trim());
  expect((await reviewed()).base).toEqual({
    name: 'merge base with origin/main and slipway/platform',
    commit: delivered,
  });
});

test('a shallow clone is compared with the newest commit of main, and says so', async () => {
  repository.commit('Second');
  const clone = repository.shallowClone();
  const git = new GitReader(clone);
  await git.run('checkout', '--quiet', '--orphan', 'change');
  await git.run(
    '-c',
    'user.name=Ada',
    '-c',
    'user.email=ada@example.invalid',
    'commit',
    '--quiet',
    '--message',
    'Alone',
  );
  const { findings, base } = await reviewed(undefined, undefined, clone);
  expect(base.name).toBe('origin/main');
  expect(findings[0]).toMatchObject({ rule: 'no-merge-base', reason: expect.stringContaining('shallow') as string });
  await expect(reviewed('v1.0', undefined, clone)).rejects.toMatchObject({
    repair: expect.stringContaining('git fetch') as string,
  });
});

test('a revision that is none, and a folder that is no repository, are refused', async () => {
  await expect(reviewed('no-such-branch')).rejects.toThrow(new UserError('there is no commit "no-such-branch"'));
  await expect(reviewed('--output=x')).rejects.toThrow('there is no commit "--output=x"');
  await expect(reviewed(undefined, undefined, '/')).rejects.toThrow('/ is not in a Git repository');
});
