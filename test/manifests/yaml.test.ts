import fc from 'fast-check';
import { parse } from 'yaml';
import { toYaml, type Yaml } from '../../manifests/yaml';

/** Words that one version of YAML or another reads as a number, a date, a boolean, nothing, or as syntax. */
const traps = [
  ...['y', 'Y', 'n', 'yes', 'No', 'ON', 'off', 'true', 'False', 'null', 'NULL', '~', '', ' ', '-', '--', '---', '...'],
  ...['E0', 'e5', 'e-1', 'E+5', '1e3', '1E+2', '0x1F', '0o17', '017', '08', '1_000', '0b11', '190:20:30', '1:30', '.5'],
  ...['.inf', '-.INF', '.nan', '2026-11-21', '2001-12-14t21:59:43.10-05:00', '=', '<<', '*a', '&a', '!a', '%a', '@a'],
  ...['`a', '|', '>', '? a', ': a', 'a: b', 'a:', 'a #b', '#a', '[a]', '{a}', 'a, b', "'a'", '"a"', '\\', 'a\nb', '\t'],
  ...['a\u0085b', 'a\u2028b', '\ufeffa', '\u0000', '\u007f', '1000m', '64Mi', '10s', '1s ', '__proto__', 'é', '😀'],
];
/** What the emitter leaves unquoted is made of these, so most faults would be among them. */
const near = fc.string({ unit: fc.constantFrom(...'aeEnoy019 :#-,;=*+./_@~[]{}\n'), maxLength: 8 });
const text = fc.oneof(fc.constantFrom(...traps), near, fc.string({ unit: 'binary', maxLength: 30 }), fc.string());
const { value } = fc.letrec<{ value: Yaml }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    text,
    fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    ),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
}));

describe.each(['1.1', '1.2'] as const)('read as YAML %s', (version) => {
  test('every value comes back as it was', () => {
    fc.assert(
      fc.property(value, (original) => {
        const read: unknown = parse(toYaml(original), { version, uniqueKeys: true });
        expect(JSON.stringify(read, sortKeys)).toBe(JSON.stringify(original, sortKeys));
      }),
      { numRuns: 3000 },
    );
  });

  test.each(traps)('%j stays a string, as a value, a key and an item', (trap) => {
    expect(parse(toYaml({ value: trap, list: [trap, [trap]], map: { [trap]: 1 } }), { version })).toEqual({
      value: trap,
      list: [trap, [trap]],
      map: { [trap]: 1 },
    });
  });
});

/** Order of keys is not content; everything else is. */
function sortKeys(_key: string, member: unknown): unknown {
  if (member === null || typeof member !== 'object' || Array.isArray(member)) return member;
  return Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)));
}

test('a manifest starts with what identifies it, the rest is sorted, and it reads as people write it', () => {
  const manifest = {
    spec: { template: { z: [], a: {} }, args: ['--on', { b: 'x:1', a: '0.5' }, [1, 'two']], cpu: '10m' },
    metadata: { name: 'a', labels: { 'app.kubernetes.io/name': 'a' } },
    kind: 'Thing',
    apiVersion: 'v1',
  };
  expect(toYaml(manifest)).toBe(
    [
      'apiVersion: v1',
      'kind: Thing',
      'metadata:',
      '  labels:',
      '    app.kubernetes.io/name: a',
      '  name: a',
      'spec:',
      '  args:',
      '    - "--on"',
      '    - a: "0.5"',
      '      b: x:1',
      '    - - 1',
      '      - two',
      '  cpu: 10m',
      '  template:',
      '    a: {}',
      '    z: []',
      '',
    ].join('\n'),
  );
});

test('what YAML cannot carry is refused rather than written', () => {
  expect(() => toYaml({ a: Number.NaN })).toThrow('NaN is not a value of a manifest');
  expect(() => toYaml({ a: [Number.POSITIVE_INFINITY] })).toThrow('Infinity is not a value of a manifest');
  expect(() => toYaml({ ['k'.repeat(1001)]: 1 })).toThrow('a key of 1001 characters');
});
