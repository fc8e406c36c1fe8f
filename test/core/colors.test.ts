import { Writable } from 'node:stream';
import { colorsFor, usesColors } from '../../core/colors';
import { createProgress } from '../../core/progress';

const terminal = { isTTY: true };
const file = {};

test.each([
  ['a terminal', terminal, {}, true],
  ['a file', file, {}, false],
  ['a file of a CI run', file, { CI: 'true' }, false],
  ['a terminal of a CI run', terminal, { CI: 'true' }, true],
  ['a terminal that can show none', terminal, { TERM: 'dumb' }, false],
  ['a file, asked for', file, { FORCE_COLOR: '1' }, true],
  ['a terminal, asked not to', terminal, { FORCE_COLOR: '0' }, false],
  ['a terminal, refused', terminal, { NO_COLOR: '1' }, false],
  ['refused and asked for at once', terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ['refused by an empty text, which refuses nothing', terminal, { NO_COLOR: '' }, true],
])('%s', (_what, stream, environment, expected) => {
  expect(usesColors(stream, environment)).toBe(expected);
});

describe('with CI set', () => {
  const before = { ...process.env };
  beforeEach(() => {
    process.env['CI'] = 'true';
    delete process.env['NO_COLOR'];
    delete process.env['FORCE_COLOR'];
  });
  afterEach(() => void (process.env = { ...before }));

  test('what goes to a file is plain text', () => {
    expect(colorsFor(file).green('ok')).toBe('ok');
  });

  test('a log of progress holds no escape sequence', async () => {
    let text = '';
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        text += chunk.toString();
        done();
      },
    });
    const progress = createProgress({ stream: stream as unknown as NodeJS.WriteStream });
    await progress.step('build', async (step) => step.say('half of it'));
    expect(text).toMatch(/^… build\n {2}half of it\n✓ build 0s\n$/);
  });
});
