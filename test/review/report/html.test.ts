import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import fc from 'fast-check';
import { projectRoot } from '../../../core/paths';
import type { PageData } from '../../../review/report/html/page-data';
import { renderHtml } from '../../../review/report/html';
import { changeOf, findingOf, hostile, hostileReview, largeReview, placeOf, reviewOf } from './fixtures';

const dataOf = (html: string): PageData =>
  JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)![1]!) as PageData;

const policyOf = (html: string): string =>
  /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!.replaceAll('&#39;', "'");

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

test('the page allows its own style and script and nothing else', () => {
  const html = renderHtml(reviewOf());
  const style = /<style>(.*?)<\/style>/s.exec(html)![1]!;
  const script = /<script>(.*?)<\/script>/s.exec(html)![1]!;
  expect(policyOf(html).split('; ')).toEqual([
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(script)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]);
});

test('no placeholder of the template is left, and the page refers to nothing outside', () => {
  const html = renderHtml(largeReview(3));
  expect(html).not.toMatch(/\{\{\w+\}\}/);
  expect(html).not.toMatch(/(?:src|href|action)="(?!#|data:,)/);
  expect(html).not.toMatch(/url\(|@import/);
});

test('its title and its first words say how dangerous the change is', () => {
  const html = renderHtml(reviewOf({ changes: [changeOf()], findings: [findingOf({ severity: 'error' })] }));
  expect(html).toContain('<title>Review of more-replicas: 1 error</title>');
  expect(html).toContain('<h1 id="verdict">1 error</h1>');
  expect(html).toContain('1 changed in production');
});

test('a finding knows the changes of its files, and a change the findings about it', () => {
  const changes = ['a', 'b'].map((name) =>
    changeOf({
      object: { apiVersion: 'v1', kind: 'Service', namespace: 'production', name },
      places: [placeOf('production', name, 'Service.yaml')],
    }),
  );
  const findings = [findingOf({ places: [placeOf('production', 'b', 'Service.yaml', 3)] }), findingOf({ places: [] })];
  const data = dataOf(renderHtml(reviewOf({ changes, findings })));
  expect(data.findings.map((finding) => finding.changes)).toEqual([[1], []]);
  expect(data.changes.map((change) => change.findings)).toEqual([[], [0]]);
  expect(data.changes.map(({ id }) => id)).toEqual(['production/Service/a', 'production/Service/b']);
});

test('entries of the same name have addresses of their own', () => {
  const data = dataOf(
    renderHtml(reviewOf({ changes: [changeOf(), changeOf()], findings: [findingOf(), findingOf()] })),
  );
  expect(new Set([...data.changes, ...data.findings].map(({ id }) => id)).size).toBe(4);
});

describe('text from files', () => {
  const html = renderHtml(hostileReview());

  test('ends no element and makes none', () => {
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(html).not.toMatch(/<img|<h1>broken/);
  });

  test('is in the page as it was, but for what nobody would see', () => {
    const { path: field } = dataOf(html).changes[0]!.fields[0]!;
    expect(field).toBe(hostile[0]);
    const last = dataOf(html).changes[0]!.fields.at(-1)!;
    expect(last.path).toBe('right\\u202eto\\u2066left\\u0000null');
  });

  test('a line break of another system is shown', () => {
    const data = dataOf(renderHtml(reviewOf({ changes: [changeOf({ before: 'a\r\nb\\r' })] })));
    expect(data.changes[0]!.before).toBe('a\\r\nb\\r');
  });
});

test('without scripts the findings can be read', () => {
  const html = renderHtml(reviewOf({ findings: [findingOf({ message: 'a <b>', severity: 'warning' })] }));
  expect(html).toMatch(/<noscript>[\s\S]*<li>warning: a &lt;b&gt; \(Deployment service-a\) production\./);
  expect(renderHtml(largeReview(1000))).toContain('and 360 more');
});

interface DiffRow {
  readonly kind: 'same' | 'changed' | 'added' | 'removed';
  readonly left?: number;
  readonly right?: number;
}

describe('the comparison of two objects', () => {
  const context = vm.createContext({});
  vm.runInContext(readFileSync(path.join(projectRoot, 'review/report/html/diff.js'), 'utf8'), context);
  const { diffLines, differingPart } = context as unknown as {
    diffLines: (before: readonly string[], after: readonly string[]) => readonly DiffRow[];
    differingPart: (one: string, other: string) => { start: number; end: number };
  };
  const line = fc.constantFrom('a', 'b', 'c', 'd');

  test('shows every line of both sides once and in order, and equal ones as equal', () => {
    fc.assert(
      fc.property(fc.array(line), fc.array(line), (before, after) => {
        const rows = [...diffLines(before, after)];
        const side = (key: 'left' | 'right'): readonly number[] => rows.flatMap((row) => row[key] ?? []);
        expect(side('left')).toEqual(before.map((_, index) => index));
        expect(side('right')).toEqual(after.map((_, index) => index));
        for (const { kind, left, right } of rows) {
          if (kind === 'same') expect(before[left!]).toBe(after[right!]);
          if (kind === 'added') expect(left).toBeUndefined();
          if (kind === 'removed') expect(right).toBeUndefined();
        }
      }),
    );
  });

  test('puts a line beside the one that came in its place', () => {
    const rows = diffLines(['kind: A', 'n: 1', 'end'], ['kind: A', 'n: 2', 'more', 'end']);
    expect(rows.map(({ kind }) => kind)).toEqual(['same', 'changed', 'added', 'same']);
  });

  test('gives up on telling apart what is too large, and shows it all the same', () => {
    const rows = diffLines(
      Array.from({ length: 3000 }, (_, index) => `a${index}`),
      Array.from({ length: 3000 }, (_, index) => `b${index}`),
    );
    expect(rows).toHaveLength(3000);
    expect(rows.every(({ kind }) => kind === 'changed')).toBe(true);
  });

  test.each([
    ['n: true', 'n: false', 'true'],
    ['memory: 128Mi', 'memory: 256Mi', '128Mi'],
    ['image: a/b:1.2 # x', 'image: a/b:1.3 # x', '1.2'],
  ])('marks whole words: %s', (one, other, marked) => {
    const { start, end } = differingPart(one, other);
    expect(one.slice(start, Math.max(start, one.length - end))).toBe(marked);
  });
});
