import fc from 'fast-check';
import type { Release } from '../../apps/model';
import { parse } from 'yaml';
import { parseRelease, readLock, serializeRelease } from '../../apps/release';
import { UserError } from '../../core/errors';

const released: Release = {
  image: 'registry.example.test/shop:3f2c1ab',
  digest: `sha256:${'ab'.repeat(32)}`,
  version: '3f2c1ab',
  source: 'c'.repeat(40),
  hold: { reason: 'ledger: "down" # again', by: 'ada', since: '2025-01-31T09:30:00Z' },
};

function violationsOf(content: string, file?: string): readonly string[] {
  try {
    parseRelease(content, file);
  } catch (error) {
    return (error as UserError).details;
  }
  return [];
}

test('a lock is written in one order, whatever order it is made in', () => {
  const shuffled = Object.fromEntries(Object.entries(released).reverse()) as unknown as Release;
  expect(serializeRelease(shuffled)).toBe(
    [
      'image: registry.example.test/shop:3f2c1ab',
      `digest: sha256:${'ab'.repeat(32)}`,
      'version: 3f2c1ab',
      `source: ${'c'.repeat(40)}`,
      'hold:',
      `  reason: 'ledger: "down" # again'`,
      '  by: ada',
      '  since: 2025-01-31T09:30:00Z',
      '',
    ].join('\n'),
  );
});

test('a lock before the first release is one line', () => {
  expect(serializeRelease({ unreleased: true })).toBe('unreleased: true\n');
  expect(parseRelease('# not yet\nunreleased: true\n')).toEqual({ unreleased: true });
});

// commits and versions that YAML would read as numbers, and texts that need quotes
const hex = fc.stringMatching(/^[0-9a-f]{40}$/);
const numberLike = fc.constantFrom('1234567', '12e4567', '1.10', '0o17', '0x1f', '1e3', '00', 'true', 'null', 'No');
const line = fc.stringMatching(/^[ -~]{1,80}$/).filter((text) => text.trim() !== '');
const hold = fc.record({
  reason: line,
  by: line,
  since: fc
    .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().replace(/\.\d+Z$/, 'Z')),
});
const anyRelease: fc.Arbitrary<Release> = fc.oneof(
  fc.record({ unreleased: fc.constant(true as const), hold }, { requiredKeys: ['unreleased'] }),
  fc.record(
    {
      image: numberLike.map((tag) => `registry.example.test/shop:${tag}`),
      digest: fc.stringMatching(/^sha256:[0-9a-f]{64}$/),
      version: fc.oneof(numberLike, hex),
      source: hex,
      hold,
    },
    { requiredKeys: ['image', 'digest', 'version'] },
  ),
);

test('what is written is read back, and written the same again', () => {
  fc.assert(
    fc.property(anyRelease, (release) => {
      const content = serializeRelease(release);
      expect(parseRelease(content)).toEqual(release);
      expect(serializeRelease(parseRelease(content))).toBe(content);
    }),
  );
});

test('all violations are told with their lines', () => {
  const content = 'image: shop\n\ndigest: sha256:1\nversion: 1.10\nhold:\n  reason: x\n  sinec: y\n';
  expect(violationsOf(content, 'apps/shop/releases/live.yaml')).toEqual([
    expect.stringMatching(/^apps\/shop\/releases\/live.yaml: hold.by: is missing; /),
    expect.stringMatching(/^apps\/shop\/releases\/live.yaml: hold.since: is missing; /),
    expect.stringMatching(/^apps\/shop\/releases\/live.yaml:1: image: "shop" is not an image reference; /),
    expect.stringMatching(/^apps\/shop\/releases\/live.yaml:3: digest: "sha256:1" is not a digest; /),
    expect.stringMatching(/^apps\/shop\/releases\/live.yaml:4: version: 1.1 is not a text; .*; write it in quotes$/),
    expect.stringMatching(/^apps\/shop\/releases\/live.yaml:7: hold.sinec: .*; did you mean "since"\?$/),
  ]);
});

test('a refusal names the file', () => {
  expect(() => parseRelease('[]', 'apps/shop/releases/live.yaml')).toThrow(
    new UserError('apps/shop/releases/live.yaml is not a release lock'),
  );
  expect(violationsOf('- 1')).toEqual([expect.stringMatching(/^release lock: a list is not a release lock; /)]);
});

test.each([
  ['no content', '', 'lock: is empty; allowed: a release lock; write `unreleased: true` before the first release'],
  ['only a comment', '# soon\n', 'lock: is empty; '],
  [
    'a key twice',
    'unreleased: true\nunreleased: true\n',
    'lock:2: is not plain YAML: this key stood before; mend this line',
  ],
  ['two documents', 'unreleased: true\n---\na: b\n', 'lock:2: is not plain YAML: a second document begins here; '],
  ['a broken list', 'unreleased: [\n', 'lock:2: is not plain YAML: flow sequence'],
  ['a tab', 'hold:\n\treason: x\n', 'lock:2: is not plain YAML: '],
  ['a merge conflict', '<<<<<<< ours\nunreleased: true\n=======\n', 'lock:'],
  [
    'an alias',
    'version: &v x\nimage: *v\n',
    'lock:2: is not plain YAML: an alias stands for a value; write the value itself',
  ],
  ['an unknown tag', 'version: !secret x\n', 'lock:1: is not plain YAML: unresolved tag'],
  ['a key that is a list', '? [a]\n: b\n', 'lock:1: is not plain YAML: '],
  [
    'a key named __proto__',
    '__proto__: 1\nunreleased: true\n',
    'lock:1: __proto__: is not a key of an unreleased lock; ',
  ],
  ['a text for true', 'unreleased: yes\n', 'lock:1: unreleased: "yes" is not a value of unreleased; allowed: true'],
])('%s is refused', (_name, content, violation) => {
  expect(violationsOf(content, 'lock')[0]).toContain(violation);
});

describe('a lock of plain words is read as YAML reads it', () => {
  const words = [
    ...['3f2c1ab', '1234567', '12e4567', '1e5', '0x1f', '0o17', '1.2.3', '1.2', '.inf', '.nan', 'true', 'True', 'tRue'],
    ...[
      'null',
      'NULL',
      '~',
      'yes',
      'no',
      'off',
      'e',
      'eee',
      '-',
      '-1',
      '+1',
      'a:',
      'a:b',
      'a#b',
      'sha256:00ff',
      '0b11',
    ],
    ...['registry.example.test/shop:3f2c1ab', '2025-01-31T09:30:00Z', '2025-01-31', '"1234567"', '"a b"', "'quoted'"],
    ...[
      '!tag',
      '&anchor',
      '*alias',
      '[a]',
      '{a: b}',
      '|',
      '>',
      '%x',
      '@x',
      '`x`',
      '"\\x41"',
      '1_000',
      '0.1.2',
      '190:20:30',
    ],
  ];
  test.each(words)('%s', (word) => {
    const content = `image: ${word}\nversion: abc\n`;
    const { value, lines, problems } = readLock('lock', content);
    if (problems !== undefined) {
      expect(word).toMatch(/^[*!&|>%@`-]|:$/);
      return;
    }
    expect(value).toEqual(parse(content));
    expect([lines!.get('image'), lines!.get('version')]).toEqual([1, 2]);
  });

  test('any text', () => {
    const characters = fc.constantFrom(...'abefox0179.:/@+-_#"\'~ ');
    fc.assert(
      fc.property(fc.string({ unit: characters, minLength: 1, maxLength: 12 }), (word) => {
        const content = `image: ${word}\n`;
        const { value, problems } = readLock('lock', content);
        if (problems === undefined) expect(value).toEqual(parse(content));
      }),
      { numRuns: 3000 },
    );
  });

  test.each(['image: a\nimage: b\n', 'image:  a\n', 'image: a', 'image: a\n\n', '# why\nimage: a\n', 'true: a\n'])(
    'written otherwise it is left to YAML: %j',
    (content) => {
      const { value, problems } = readLock('lock', content);
      if (problems === undefined) expect(value).toEqual(parse(content));
      else expect(content).toMatch(/^image: a\nimage|^true/);
    },
  );
});
