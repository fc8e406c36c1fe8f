import MarkdownIt from 'markdown-it';
import { commentLimit, commentMarker, renderMarkdown } from '../../../review/report/markdown';
import type { Review } from '../../../review/model';
import { changeOf, findingOf, hostileReview, largeReview, placeOf, reviewOf } from './fixtures';

const parser = new MarkdownIt({ html: true, linkify: true });

/** As a forge shows it. */
const html = (review: Review, options: Parameters<typeof renderMarkdown>[1] = {}): string =>
  parser.render(renderMarkdown(review, options));

const tagsOf = (text: string): readonly string[] =>
  [...new Set([...text.matchAll(/<([a-z][a-z0-9]*)\b/gi)].map(([, tag]) => tag!.toLowerCase()))].toSorted();

/** What a reader sees outside of code, where forges look for mentions and links. */
const textOf = (text: string): string =>
  text
    .replace(/<(code|pre)[^>]*>[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]+>/g, '')
    .replaceAll('&amp;', '&');

const error = findingOf({
  fingerprint: 'e',
  rule: 'selector-matches-nothing',
  severity: 'error',
  message: 'Service service-a sends traffic nowhere',
  reason: 'its selector is app=a, and no pod has that label',
  repair: 'run `npx slipway synth`',
});
const warning = findingOf({ fingerprint: 'w', severity: 'warning', rule: 'data-at-risk', message: 'a volume goes' });

test('says in its first lines how dangerous the change is, what changes, and between which commits', () => {
  const text = renderMarkdown(reviewOf({ changes: [changeOf()], findings: [error, warning, findingOf()] }));
  expect(text.split('\n').slice(0, 4)).toEqual([
    commentMarker,
    '### Review: ⛔ 1 error · ⚠️ 1 warning',
    '',
    '1 changed in `production` · `main` (`45ed676`) → `more-replicas` (`876b699`)',
  ]);
});

test('says that nothing dangerous was found, and what was looked at', () => {
  const text = renderMarkdown(reviewOf({ policies: [{ name: 'non-root', objects: 38, findings: 0 }] }));
  expect(text).toContain('### Review: ✅ no errors, no warnings');
  expect(text).toContain('no object changes');
  expect(text).toContain('1 policy evaluated on up to 38 objects');
});

test('shows errors before warnings before all else, and reason, repair and source of each', () => {
  const source = { catalog: 'apps/service-a/service.ts:7', construct: 'manifests/web.ts:41 WebService.deployment' };
  const text = html(reviewOf({ findings: [{ ...error, source }, warning, findingOf()] }));
  const order = ['sends traffic nowhere', 'a volume goes', '1 more finding', '2 pods restart'];
  expect(order.map((part) => text.indexOf(part))).toEqual(
    order.map((part) => text.indexOf(part)).toSorted((a, b) => a - b),
  );
  expect(text).toContain('its selector is app=a, and no pod has that label');
  expect(text).toContain('<strong>Repair:</strong> run <code>npx slipway synth</code>');
  expect(text).toContain(
    '<code>apps/service-a/service.ts:7</code> by <code>manifests/web.ts:41 WebService.deployment</code>',
  );
});

test('a finding with an exception counts as no danger and shows who excepted it, until when and why', () => {
  const exception = { reason: 'moved next week', by: 'ada', until: '2027-01-31' };
  const text = renderMarkdown(reviewOf({ findings: [{ ...error, exception }] }));
  expect(text).toContain('✅ no errors, no warnings');
  expect(text).toContain('excepted until 2027-01-31: moved next week');
});

test('folds changes by environments and shows their fields as a difference', () => {
  const shared = changeOf({ environments: ['developer', 'production'] });
  const other = changeOf({
    environments: ['developer'],
    fields: [
      { path: 'data.config', after: 'one\ntwo\n' },
      { path: 'metadata.labels[a/b]', before: { x: [1] } },
    ],
  });
  const text = renderMarkdown(reviewOf({ changes: [shared, other] }));
  expect(text).toContain('<summary><b>developer, production</b>: 1 changed</summary>');
  expect(text).toContain('@@ spec.replicas @@\n- 2\n+ 3');
  expect(text).toContain('@@ data.config @@\n+ |\n+ one\n+ two');
  expect(text).toContain('@@ metadata.labels[a/b] @@\n- x:\n-   - 1');
});

test('a renamed object shows both names', () => {
  const object = { apiVersion: 'v1', kind: 'Service', name: 'new' };
  const text = renderMarkdown(
    reviewOf({ changes: [changeOf({ type: 'renamed', object, formerly: { ...object, name: 'old' } })] }),
  );
  expect(text).toContain('renamed <code>Service new</code>, formerly <code>Service old</code>');
});

test('within an environment, what something grave was found about comes first', () => {
  const other = (name: string) => ({ apiVersion: 'v1', kind: 'Service', name });
  const changes = ['calm', 'grave'].map((name) =>
    changeOf({ object: other(name), places: [placeOf('production', name, `Service.${name}.yaml`)] }),
  );
  const findings = [
    { ...error, object: other('grave'), places: [placeOf('production', 'grave', 'Service.grave.yaml', 9)] },
  ];
  const text = renderMarkdown(reviewOf({ changes, findings }));
  const names = [...text.matchAll(/changed <code>Service (\w+)/g)].map(([, name]) => name);
  expect(names).toEqual(['grave', 'calm']);
});

test('links files and lines where it is told where they can be read', () => {
  const fileUrl = (file: string, line?: number): string => `https://forge.example/blob/main/${file}#L${line ?? 1}`;
  const text = html(reviewOf({ findings: [error] }), { fileUrl, reportUrl: 'https://ci.example/report (1).html' });
  expect(text).toContain(
    'href="https://forge.example/blob/main/dist/production/service-a/Deployment.service-a.yaml#L7"',
  );
  expect(text).toContain('<a href="https://ci.example/report%20(1).html">whole report</a>');
});

test('what was removed is no link', () => {
  const fileUrl = (file: string): string => `https://forge.example/${file}`;
  const text = renderMarkdown(reviewOf({ changes: [changeOf({ type: 'removed', fields: [] })] }), { fileUrl });
  expect(text).toContain('- in `dist/production/service-a/Deployment.service-a.yaml`');
  expect(text).toContain('[`apps/service-a/service.ts:7`](<https://forge.example/apps/service-a/service.ts>)');
});

describe('a review that is too large', () => {
  const review = largeReview(1000);
  const text = renderMarkdown(review, { reportUrl: 'https://ci.example/report.html' });

  test('stays within the limit and still ends what it began', () => {
    expect(text.length).toBeLessThanOrEqual(commentLimit);
    expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)!.length);
  });

  test('shows every error, and counts what it leaves out', () => {
    expect(text.match(/rule `selector-matches-nothing`/g)).toHaveLength(10);
    const shown = text.match(/(changed|added|removed) <code>Deployment/g)?.length ?? 0;
    expect(text).toContain(`${review.changes.length - shown} changes`);
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^\*\*Left out for length:\*\* .*\d+ changes/);
  });

  test('says where everything can be seen', () => {
    expect(text).toContain('the [whole report](<https://ci.example/report.html>) has them');
    expect(text).toContain('`npx slipway review --base main --head more-replicas --format html` shows everything');
  });

  test('fits a smaller limit as well', () => {
    const small = renderMarkdown(review, { limit: 5_000 });
    expect(small.length).toBeLessThanOrEqual(5_000);
    expect(small).toContain('⛔ 10 errors');
  });

  test.each([
    ['a message', reviewOf({ findings: [{ ...error, message: 'x'.repeat(100_000) }] })],
    [
      'a value',
      reviewOf({
        changes: [changeOf({ fields: [{ path: 'data.a', before: 'x'.repeat(1e6), after: 'a\n'.repeat(1e5) }] })],
      }),
    ],
  ])('because of %s shows its beginning', (_what, large) => {
    expect(renderMarkdown(large).length).toBeLessThan(5_000);
  });

  test('names a branch so that a shell takes it for one word', () => {
    const odd = { ...largeReview(400), head: { name: "it's;ls" } };
    expect(renderMarkdown(odd)).toContain(`--head 'it'\\''s;ls'`);
  });
});

describe('text from files', () => {
  const text = html(hostileReview(), { reportUrl: 'https://ci.example/"><script>' });

  test('makes no elements', () => {
    expect(tagsOf(text)).toEqual(['a', 'b', 'code', 'details', 'h3', 'li', 'p', 'pre', 'strong', 'summary', 'ul']);
    expect(text.match(/<h3>/g)).toHaveLength(1);
    expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)!.length);
  });

  test('makes no links', () => {
    expect([...text.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([
      'https://ci.example/%22%3E%3Cscript%3E',
    ]);
  });

  test('mentions nobody and points to no issue', () => {
    expect(textOf(text)).not.toMatch(/@\w|#\d|!\d|GH-\d/);
    expect(textOf(text)).toContain('octocat');
  });

  test('shows what would be invisible', () => {
    expect(text).toContain('right\\u202eto\\u2066left\\u0000null');
    for (const mark of ['\u202e', '\u2066', '\u0000']) expect(text).not.toContain(mark);
  });

  test('bears the marker of a comment once, at its start', () => {
    const markdown = renderMarkdown(hostileReview());
    expect(markdown.startsWith(commentMarker)).toBe(true);
    expect(parser.render(markdown).split(commentMarker)).toHaveLength(2);
  });
});
