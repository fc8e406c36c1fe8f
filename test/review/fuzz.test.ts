import fc from 'fast-check';
import { projectRoot } from '../../core/paths';
import { distFolder } from '../../manifests/dist';
import { readTree } from '../../manifests/tree';
import { evaluatePolicies } from '../../review/policy/evaluate';
import { compose } from '../../review/review';
import { reviewText } from '../../review/report/text';
import { DistTree } from '../../review/tree/dist-tree';
import { readFile } from '../../review/tree/read-file';

const files = [...readTree(distFolder(projectRoot))] as [string, string][];
const read = new Map(files.map(([name, content]) => [name, readFile({ path: `dist/${name}`, content }, false)]));

/** What may happen to a line of a file. */
const mutation = fc.record({
  file: fc.nat(files.length - 1),
  line: fc.nat(120),
  action: fc.oneof(
    fc.constantFrom('delete line', 'delete file', 'cut off', 'repeat line', 'indent', 'move to other file' as const),
    fc.record({
      value: fc.oneof(
        fc.constantFrom(
          'null',
          '[]',
          '{}',
          '~',
          '-1',
          '1e999',
          '"',
          '|',
          '&a',
          '*a',
          '!!binary x',
          '2001-01-01',
          '{{',
          '100%',
          '__proto__',
        ),
        fc.string({ maxLength: 12 }),
        fc.integer().map(String),
      ),
    }),
  ),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutated({ file, line, action }: Mutation): Map<string, string | undefined> {
  const [name, content] = files[file]!;
  const lines = content.split('\n');
  const at = line % lines.length;
  if (action === 'delete file') return new Map([[name, undefined]]);
  if (action === 'delete line') lines.splice(at, 1);
  else if (action === 'cut off') return new Map([[name, content.slice(0, (line * 37) % content.length)]]);
  else if (action === 'repeat line') lines.splice(at, 0, lines[at]!);
  else if (action === 'indent') lines[at] = `  ${lines[at]!}`;
  else if (action === 'move to other file')
    return new Map([
      [name, undefined],
      [`production/elsewhere/${file}.yaml`, content],
    ]);
  else if (typeof action === 'object') lines[at] = lines[at]!.replace(/: .*$|:$/, () => `: ${action.value}`);
  return new Map([[name, lines.join('\n')]]);
}

test('whatever happens to dist, there is a review', () => {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), fc.boolean(), (mutations, reverse) => {
      const changed = new Map(mutations.flatMap((one) => [...mutated(one)]));
      const after = new Map(read);
      for (const [name, content] of changed) {
        if (content === undefined) after.delete(name);
        else after.set(name, readFile({ path: `dist/${name}`, content }, true));
      }
      const tree = (from: typeof read): DistTree =>
        new DistTree({
          side: { name: 'side' },
          objects: [...from.values()].flatMap(({ objects }) => objects),
          findings: [...from.values()].flatMap(({ findings }) => findings),
        });
      const [base, head] = reverse ? [tree(after), tree(read)] : [tree(read), tree(after)];
      const differing = new Set([...changed.keys()].map((name) => `dist/${name}`));
      const facts = {
        environments: [{ name: 'developer' }, { name: 'production', promotesFrom: 'developer' }],
        nodes: [{ labels: { tier: 'backend' }, allocatable: { cpu: 2, memory: 2 ** 32 } }],
      };
      const review = compose({ base, head, differing, files: new Map() }, { facts, evaluatePolicies });
      expect(reviewText(review)).toContain('findings:');
      expect(new Set(review.findings.map(({ fingerprint }) => fingerprint)).size).toBe(review.findings.length);
    }),
    {
      numRuns: 150,
      examples: [
        [
          [
            { file: 0, line: 1, action: { value: '__proto__' } },
            { file: 1, line: 0, action: { value: '0' } },
          ],
          false,
        ],
      ],
    },
  );
});
