import { parseCpu, parseMemory } from '../../apps/quantity';

test.each([
  ['100m', 100],
  ['1', 1000],
  ['0.5', 500],
  ['0.001', 1],
  ['12.25', 12250],
])('%s of CPU is %d millicores', (quantity, millicores) => {
  expect(parseCpu(quantity)).toBe(millicores);
});

test.each([
  ['64Ki', 65_536],
  ['1Mi', 1_048_576],
  ['2Gi', 2_147_483_648],
])('%s of memory is %d bytes', (quantity, bytes) => {
  expect(parseMemory(quantity)).toBe(bytes);
});

test.each(['', '0', '0m', '0.0', '-1', '1e3', '.5', '1.', '0.0001', '1 ', '100M', 'm'])(
  '"%s" is no CPU',
  (quantity) => {
    expect(parseCpu(quantity)).toBeUndefined();
  },
);

test.each(['', '0Mi', '64', '64M', '64mi', '1.5Gi', '-1Gi', '1Ti', ' 1Gi', 'Mi'])('"%s" is no memory', (quantity) => {
  expect(parseMemory(quantity)).toBeUndefined();
});
