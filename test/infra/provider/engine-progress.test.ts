import { engineLog, engineProgress } from '../../../infra/provider/engine-progress';

function collect() {
  const lines: { line: string; transient: boolean }[] = [];
  const progress = engineProgress((urn, line, transient) => {
    expect(urn).toBe('urn');
    lines.push({ line, transient });
  }, 'urn');
  return { lines, progress };
}

test('titles and details are transient, what is said stays', async () => {
  const { lines, progress } = collect();
  progress.say('using docker');
  const result = await progress.step('start the registry', async (step) => {
    step.say('on port 5001');
    return 7;
  });
  expect(result).toBe(7);
  expect(lines).toEqual([
    { line: 'using docker', transient: false },
    { line: 'start the registry', transient: true },
    { line: 'on port 5001', transient: false },
  ]);
});

test('a busy step does not flood the engine, and its end is shown', async () => {
  const { lines, progress } = collect();
  await progress.step('push', async (step) => {
    for (let part = 1; part <= 100; part += 1) {
      step.detail(`layer ${part}`);
      step.advance(part / 100, 100 - part);
    }
  });
  expect(lines.length).toBeLessThan(5);
  expect(lines.at(-1)!.line).toBe('push [############] 100%, about 0s left');
});

test('an error goes through', async () => {
  const { progress } = collect();
  await expect(progress.step('x', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});

test('without an engine nothing is sent', () => {
  expect(() => engineLog(undefined)('urn', 'line', false)).not.toThrow();
});
