import { evaluatePolicies } from '../../../review/policy/evaluate';
import { DistTree } from '../../../review/tree/dist-tree';
import { files, specimens } from './specimens';
import { distObject, treeOf } from './tree';

const tree = treeOf(files);
const corpus = specimens();
const fileOf = (index: number): string => `developer/shop/${index}.yaml`;
const changed = corpus.map(({ object }, index) => distObject(fileOf(index), object));
const head = new DistTree({ side: tree.side, objects: [...tree.objects, ...changed] });
const broken = new Map<string, Set<string>>();
for (const { rule, places } of evaluatePolicies({ objects: changed, head, base: tree }).findings) {
  const { file } = places[0]!;
  broken.set(file, (broken.get(file) ?? new Set<string>()).add(rule));
}

test('the corpus is large, names its rows, and has objects that break each policy and some that break none', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(200);
  expect(new Set(corpus.map(({ title }) => title)).size).toBe(corpus.length);
  expect(new Set(corpus.flatMap(({ breaks }) => breaks)).size).toBe(tree.ofKind('ValidatingAdmissionPolicy').length);
  expect(corpus.filter(({ breaks }) => breaks.length === 0).length).toBeGreaterThan(60);
});

// the API server is asked the same in test/e2e/policy.e2e.test.ts
test.each(corpus.map(({ title, breaks }, index) => [title, breaks, fileOf(index)] as const))(
  '%s breaks %j',
  (_title, breaks, file) => expect([...(broken.get(`dist/${file}`) ?? [])].sort()).toEqual(breaks),
);
