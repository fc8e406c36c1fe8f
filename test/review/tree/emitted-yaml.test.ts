import fc from 'fast-check';
import { parse } from 'yaml';
import { toYaml, type Yaml } from '../../../manifests/yaml';
import { projectRoot } from '../../../core/paths';
import { distFolder } from '../../../manifests/dist';
import { readTree } from '../../../manifests/tree';
import { readEmittedYaml } from '../../../review/tree/emitted-yaml';

const key = fc.string({ maxLength: 20 }).filter((text) => text !== '__proto__');
const yaml = fc.letrec<{ value: Yaml }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.constantFrom('on', '1e3', '08', '1:30', 'a: b', '- a', 'http://a', '10m', 'x:', '"', "'", '#a', 'a #b'),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
})).value;

test('what the emitter writes is read as it was, or left to the general reader', () => {
  fc.assert(
    fc.property(fc.dictionary(key, yaml, { minKeys: 1, maxKeys: 5 }), (manifest) => {
      const text = toYaml(manifest);
      const read = readEmittedYaml(text);
      if (read !== undefined) expect(read).toEqual(parse(text));
    }),
    { numRuns: 500 },
  );
});

test('every file of dist is read without the general reader, and alike', () => {
  for (const [file, text] of readTree(distFolder(projectRoot))) {
    expect([file, readEmittedYaml(text!)]).toEqual([file, parse(text!)]);
  }
});

test.each([
  'a: |\n  b\n',
  "a: 'b'\n",
  'a: &x b\n',
  'a: [b]\n',
  'a:\n- b\n',
  'a: b # c\n',
  'a: b',
  '',
  'a: 1\na: 2\n',
  '? a\n',
  'a: yes\n',
])('leaves %j to the general reader', (text) => expect(readEmittedYaml(text)).toBeUndefined());
