import { continueTrace } from '../trace';

const id = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${id}-b7ad6b7169203331-01`;

test('a trace is passed on as it came', () => {
  const headers = { traceparent, tracestate: 'vendor=1', baggage: 'preview=blue' };
  expect(continueTrace(headers)).toEqual({ id, headers });
});

test('a trace of a later version may carry more', () => {
  const later = `01-${id}-b7ad6b7169203331-01-more`;
  expect(continueTrace({ traceparent: later })).toEqual({ id, headers: { traceparent: later } });
});

test('without a trace a new one starts each time, and baggage goes along', () => {
  const [first, second] = [continueTrace({ baggage: 'a=1' }), continueTrace({})];
  expect(first.headers).toEqual({
    baggage: 'a=1',
    traceparent: expect.stringMatching(new RegExp(`^00-${first.id}-[0-9a-f]{16}-00$`)),
  });
  expect(first.id).toMatch(/^[0-9a-f]{32}$/);
  expect(second.id).not.toBe(first.id);
});

test.each([
  ['no trace at all', 'hello'],
  ['upper case', traceparent.toUpperCase()],
  ['a zero trace', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  ['a zero parent', `00-${id}-${'0'.repeat(16)}-01`],
  ['the forbidden version', `ff-${id}-b7ad6b7169203331-01`],
  ['more than version 00 has', `${traceparent}-more`],
  ['two at once', `${traceparent}, ${traceparent}`],
])('%s is replaced, and its tracestate dropped', (_what, malformed) => {
  const trace = continueTrace({ traceparent: malformed, tracestate: 'vendor=1', baggage: 'a=1' });
  expect(trace.id).not.toBe(id);
  expect(Object.keys(trace.headers).toSorted()).toEqual(['baggage', 'traceparent']);
});
