import { canonicalCpu, canonicalMemory } from '../../manifests/quantity';

test.each([
  ['100m', '100m'],
  ['1000m', '1'],
  ['1500m', '1500m'],
  ['0.5', '500m'],
  ['0.07', '70m'],
  ['2', '2'],
])('%s of processor is %s', (written, canonical) => {
  expect(canonicalCpu(written)).toBe(canonical);
});

test.each([
  ['64Mi', '64Mi'],
  ['1024Mi', '1Gi'],
  ['1536Mi', '1536Mi'],
  ['512Ki', '512Ki'],
  ['2048Gi', '2Ti'],
  ['1048576Ki', '1Gi'],
])('%s of memory is %s', (written, canonical) => {
  expect(canonicalMemory(written)).toBe(canonical);
});

test('what the catalog should have refused is not rendered', () => {
  expect(() => canonicalCpu('many')).toThrow('"many" is not a quantity');
  expect(() => canonicalMemory('64MB')).toThrow('"64MB" is not a quantity');
});
