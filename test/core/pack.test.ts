import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { projectRoot } from '../../core/paths';

/** A project whose only program tells what it knows and which compiler it loaded. */
let root: string;
const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
};

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'pack-'));
  symlinkSync(path.join(projectRoot, 'node_modules'), path.join(root, 'node_modules'));
  write(
    'bin.js',
    `const keep = require(${JSON.stringify(path.join(projectRoot, 'core/pack'))}).usePack({
      root: __dirname, name: 'program', entries: ['main.ts'], takes: (file) => !file.startsWith('seldom') });
    process.once('exit', keep);
    require('./main.ts');`,
  );
  write(
    'main.ts',
    `import { parse } from 'yaml';
import { evaluate } from '@marcbachmann/cel-js';
import { word, type Word } from './word';

interface Told { readonly word: Word; readonly numbers: readonly unknown[]; }

const told: Told = { word, numbers: [parse('1'), Number(evaluate('1 + 1'))] };
const loaded = (name: string): boolean =>
  Object.keys(require.cache).some((file) => file.includes(\`/node_modules/\${name}/\`));
if (process.argv[2] === 'fail') throw new Error('no');
const seldom = process.argv[2] === 'seldom' ? (require('./seldom') as { word: string }).word : '';
console.log(JSON.stringify({ ...told, seldom, main: require.main === process.mainModule,
  file: __filename, compilers: ['esbuild', 'tsx'].filter(loaded) }));
`,
  );
  write('word.ts', "export type Word = string;\nexport const word: Word = 'first';\n");
  write('seldom.ts', "export const word: string = 'seldom';\n");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const run = (...args: string[]): Record<string, unknown> =>
  JSON.parse(execFileSync(process.execPath, ['bin.js', ...args], { cwd: root, encoding: 'utf8' })) as never;

test('is made by the first process, and the next one compiles nothing', () => {
  const first = run();
  expect(first).toMatchObject({ word: 'first', numbers: [1, 2], main: true, compilers: ['esbuild'] });
  expect(run()).toEqual({ ...first, compilers: [] });
  expect(first['file']).toMatch(/main\.ts$/);
  expect(
    readdirSync(path.join(root, '.slipway/packs'))
      .map((file) => file.replace(/-.*?\./, '.'))
      .sort(),
  ).toEqual(['program.cache', 'program.js', 'program.json', 'program.maps.json']);
});

test('is made anew where a file is another one, and where a name leads to another file', () => {
  run();
  write('word.ts', "export type Word = string;\nexport const word: Word = 'second';\n");
  const folder = path.join(root, '.slipway/packs');
  // what other processes may still use stays for a while
  for (const file of readdirSync(folder)) utimesSync(path.join(folder, file), 0, 0);
  expect(run()).toMatchObject({ word: 'second' });
  expect(readdirSync(folder).filter((file) => /-.*\.js$/.test(file))).toHaveLength(1);
  // Node prefers it to the one of TypeScript
  write('word.js', "exports.word = 'third';\n");
  expect(run()).toMatchObject({ word: 'third' });
});

test('lets what it does not hold be loaded as ever', () => {
  run();
  expect(run('seldom')).toMatchObject({ seldom: 'seldom', compilers: ['esbuild', 'tsx'] });
});

test('names the lines that somebody wrote', () => {
  run();
  const { stderr } = spawnSync(process.execPath, ['bin.js', 'fail'], { cwd: root, encoding: 'utf8' });
  expect(stderr).toContain('Error: no\n');
  expect(stderr).toMatch(/main\.ts:10:\d+/);
});

test('is done without where it cannot be written, or what it is made of cannot be compiled', () => {
  write('.slipway', 'a file in the place of the folder');
  expect(run()).toMatchObject({ word: 'first', compilers: expect.arrayContaining(['tsx']) as string[] });
  write('word.ts', 'export const word = ;\n');
  const { stderr, status } = spawnSync(process.execPath, ['bin.js'], { cwd: root, encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('word.ts:1:20');
  expect(existsSync(path.join(root, '.slipway/packs'))).toBe(false);
});

test('goes on with a pack that is broken', () => {
  run();
  const folder = path.join(root, '.slipway/packs');
  for (const file of readdirSync(folder)) writeFileSync(path.join(folder, file), '{');
  expect(run()).toMatchObject({ word: 'first', numbers: [1, 2] });
});
