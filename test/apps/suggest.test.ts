import { Suggestions } from '../../apps/suggest';

const suggestions = new Suggestions(['replicas', 'memoryLimit', 'port', 'service-a', 'service-b']);

test.each([
  ['replica', 'replicas'],
  ['replicaas', 'replicas'],
  ['replocas', 'replicas'],
  ['repilcas', 'replicas'],
  ['Replicas', 'replicas'],
  ['memorylimit', 'memoryLimit'],
  ['memory_limit', 'memoryLimit'],
  ['servicea', 'service-a'],
])('%s is a slip of %s', (word, candidate) => {
  expect(suggestions.for(word)).toBe(`did you mean "${candidate}"?`);
});

test.each(['', 'x', 'cpu', 'replication', 'x'.repeat(1e5)])('nothing is proposed for what is not close', (word) => {
  expect(suggestions.for(word)).toBeUndefined();
});

test('a name itself is never proposed', () => {
  expect(new Suggestions(['port']).for('port')).toBeUndefined();
});
