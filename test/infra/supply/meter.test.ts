import { Meter } from '../../../infra/supply/meter';

let nowMs = 0;
const meter = (parts: Readonly<Record<string, number>>): Meter =>
  new Meter(new Map(Object.entries(parts)), () => nowMs);
beforeEach(() => {
  nowMs = 0;
});

test('parts count by their estimated seconds', () => {
  const bar = meter({ long: 300, short: 100 });
  bar.report('short', 1);
  expect(bar.fraction).toBeCloseTo(0.25);
  bar.report('long', 0.5);
  expect(bar.fraction).toBeCloseTo(0.625);
});

test('it starts with the estimate and learns the pace', () => {
  const bar = meter({ first: 600, second: 600 });
  expect(bar.remainingSeconds).toBe(1200);
  nowMs = 1_200_000;
  bar.report('first', 1);
  // the first took twice as long as estimated, so the second will take nearly so
  expect(bar.remainingSeconds).toBeGreaterThan(1000);
  expect(bar.remainingSeconds).toBeLessThan(1200);
});

test('it never goes back or beyond, and ignores what is not part of it', () => {
  const bar = meter({ only: 10 });
  bar.report('only', 0.8);
  bar.report('only', 0.2);
  bar.report('stranger', 1);
  expect(bar.fraction).toBeCloseTo(0.8);
  bar.report('only', 7);
  expect(bar.fraction).toBe(1);
  expect(bar.remainingSeconds).toBe(0);
});

test('a part that turns out longer makes the rest longer, without taking the bar back', () => {
  const bar = meter({ first: 10, second: 10 });
  bar.report('first', 1);
  expect(bar.fraction).toBeCloseTo(0.5);
  const before = bar.remainingSeconds;
  bar.weigh('second', 90);
  bar.weigh('stranger', 90);
  expect(bar.fraction).toBeCloseTo(0.5);
  expect(bar.remainingSeconds).toBeGreaterThan(8 * before);
  bar.report('second', 1);
  expect(bar.fraction).toBe(1);
});

test('nothing to do is done', () => {
  expect(meter({}).fraction).toBe(1);
});
