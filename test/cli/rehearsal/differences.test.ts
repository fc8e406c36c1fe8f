import { differences } from '../../../cli/rehearsal/differences';

test.each([
  ['a default of the API server', { spec: { a: 1 } }, { spec: { a: 1, b: 2 } }, true, []],
  ['another value', { spec: { a: 1 } }, { spec: { a: 2 } }, true, ['spec.a']],
  ['a quantity in other words', { cpu: '1000m' }, { cpu: '1' }, true, []],
  ['another quantity', { cpu: '1000m' }, { cpu: '2' }, true, ['cpu']],
  ['an empty list that is not kept', { spec: { ingress: [] } }, { spec: {} }, true, []],
  ['the same of a kind that is not built in', { spec: { ingress: [] } }, { spec: {} }, false, ['spec.ingress']],
  ['a field that is lost', { spec: { a: { b: 1 } } }, { spec: {} }, true, ['spec.a']],
  ['a list that grew', { list: [1] }, { list: [1, 2] }, true, ['list']],
  ['a default in a list', { list: [{ a: 1 }] }, { list: [{ a: 1, b: 2 }] }, true, []],
  ['the same where lists are compared whole', { list: [{ a: 1 }] }, { list: [{ a: 1, b: 2 }] }, false, ['list[0].b']],
  ['what is never shown', { stringData: { a: 'b' } }, { data: { a: 'Yg==' } }, true, []],
  ['null for nothing', { spec: null }, {}, false, []],
])('%s', (_title, manifest, live, builtIn, paths) => {
  expect(differences(manifest, live, builtIn)).toEqual(paths);
});
