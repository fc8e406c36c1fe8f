import { toYaml } from '../../../manifests/yaml';
import { withoutSecretValues } from '../../../review/diff/secret-values';
import { renderHtml } from '../../../review/report/html';
import { renderMarkdown } from '../../../review/report/markdown';
import { renderSarif } from '../../../review/report/sarif';
import { reviewText } from '../../../review/report/text';
import { compose } from '../../../review/review';
import type { Review } from '../../../review/model';
import { readFile } from '../../../review/tree/read-file';
import { isMap, type YamlMap } from '../../../review/tree/object';
import { treesOf, type Placed } from '../trees';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

function secret(name: string, values: YamlMap, metadata: YamlMap = {}): Placed {
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'production', ...metadata } };
  return { folder: 'production/service-a', object: { ...object, ...values } };
}

/** Every report that shows changes; SARIF shows findings alone. */
function reports(review: Review): string[] {
  return [reviewText(review), renderMarkdown(review), renderHtml(review), JSON.stringify(review)];
}

const fieldsOf = (review: Review): unknown => review.changes.map(({ fields }) => fields);

test('no report says a value of a Secret, and all say which of them changed', () => {
  const base = [
    secret('changed', {
      data: { same: 'cTFydA==', other: 'cTJydA==', gone: 'cTNydA==' },
      stringData: { text: 'q4rt' },
    }),
    secret('removed', { data: { password: 'cTVydA==' } }),
    secret('old-name', { type: 'kubernetes.io/tls', data: { 'tls.crt': 'cTZydA==', 'tls.key': 'cTdydA==' } }),
  ];
  const head = [
    secret('changed', { data: { same: 'cTFydA==', other: 'cThydA==', new: 'cTlydA==' }, stringData: { text: 'q0rt' } }),
    secret('added', { stringData: { password: 'q-rt' } }),
    secret('new-name', { type: 'kubernetes.io/tls', data: { 'tls.crt': 'cTZydA==', 'tls.key': 'cTdydA==' } }),
  ];
  const review = compose(treesOf(base, head));
  for (const report of [...reports(review), JSON.stringify(renderSarif(review))]) {
    expect(report).not.toMatch(/cT.ydA==|q.rt/);
  }
  for (const report of reports(review)) expect(report).toContain('another value');
  expect(review.changes.map(({ type, object }) => `${type} ${object.name}`).sort()).toEqual([
    'added added',
    'changed changed',
    'removed removed',
    'renamed new-name',
  ]);
  expect(review.changes.find(({ type }) => type === 'changed')).toMatchObject({
    fields: [
      { path: 'data.gone', before: '(hidden)' },
      { path: 'data.new', after: '(hidden)' },
      { path: 'data.other', before: '(hidden: the value before)', after: '(hidden: another value)' },
      { path: 'stringData.text', before: '(hidden: the value before)', after: '(hidden: another value)' },
    ],
    before: expect.stringContaining('same: "(hidden)"') as string,
    after: expect.stringContaining('same: "(hidden)"') as string,
  });
});

test('values of a ConfigMap, and what a Secret says besides, are shown', () => {
  const of = (value: string): Placed[] => [
    secret('a', { type: value, data: { key: 'cTFydA==' } }),
    {
      folder: 'production/service-a',
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' }, data: { key: value } },
    },
  ];
  expect(fieldsOf(compose(treesOf(of('one'), of('two'))))).toEqual([
    [{ path: 'data.key', before: 'one', after: 'two' }],
    [{ path: 'type', before: 'one', after: 'two' }],
  ]);
});

test('the copy that kubectl keeps in an annotation is hidden like the values themselves', () => {
  const of = (value: string): Placed[] => [
    secret(
      'a',
      { data: { key: value } },
      { annotations: { [lastApplied]: `{"data":{"key":"${value}"}}`, team: value } },
    ),
  ];
  const review = compose(treesOf(of('one'), of('two')));
  expect(fieldsOf(review)).toEqual([
    [
      {
        path: `metadata.annotations[${lastApplied}]`,
        before: '(hidden: the value before)',
        after: '(hidden: another value)',
      },
      { path: 'metadata.annotations.team', before: 'one', after: 'two' },
      { path: 'data.key', before: '(hidden: the value before)', after: '(hidden: another value)' },
    ],
  ]);
});

test.each<[string, YamlMap]>([
  ['text', { data: 'q1rt' }],
  ['a list', { data: ['q1rt', { a: 'q2rt' }] }],
  ['maps in maps', { data: { a: { b: { c: 'q1rt' } } }, stringData: { d: ['q2rt'], e: 1 } }],
])('values that are %s, which no Secret takes, are hidden as well', (_what, values) => {
  const [, after] = withoutSecretValues('Secret', undefined, secret('a', values).object);
  expect(toYaml(after)).not.toMatch(/q.rt/);
  expect(Object.keys(after).sort()).toEqual(Object.keys(secret('a', values).object).sort());
});

test('what differs from the render is told without the values of either', () => {
  const placed = secret('a', { data: { key: 'cTFydA==' } });
  const trees = treesOf([], [placed]);
  const rendered = secret('a', { data: { key: 'cTJydA==' } }).object;
  const files = new Map([['production/service-a/Secret.a.yaml', { text: toYaml(rendered) }]]);
  const traced = { files, complete: true, environments: [], services: [], nodes: [] };
  const { findings } = compose(trees, { rendering: { root: '/', traced } });
  const finding = findings.find(({ rule }) => rule === 'not-rendered');
  expect(finding?.reason).toContain('data.key is "(hidden: another value)"');
  expect(JSON.stringify(findings)).not.toMatch(/cT.ydA==/);
});

test.each([
  ['a value that breaks off', 'apiVersion: v1\nkind: Secret\nstringData:\n  password: "q1rt\n'],
  ['a value that reads as an alias', 'apiVersion: v1\nkind: Secret\nstringData:\n  password: *q1rt\n'],
  ['a value that reads as a tag', 'apiVersion: v1\nkind: Secret\nstringData:\n  password: !q1rt x\n  a: *b\n'],
  ['a value that reads as a block', 'apiVersion: v1\nkind: Secret\nstringData:\n  password: | q1rt\n'],
  ['a value outside of its line', 'apiVersion: v1\nkind: Secret\nstringData: {password: a} q1rt\n'],
])('%s is told without its words', (_what, content) => {
  const { objects, findings } = readFile({ path: 'dist/production/service-a/Secret.a.yaml', content }, true);
  expect(objects.filter(({ manifest }) => isMap(manifest))).toEqual([]);
  expect(findings.map(({ rule }) => rule)).toEqual(['unreadable-yaml']);
  expect(findings[0]!.reason).not.toBe('');
  expect(JSON.stringify(findings)).not.toContain('q1rt');
});
