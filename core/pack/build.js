const { readFileSync, realpathSync } = require('node:fs');
const { createRequire, isBuiltin } = require('node:module');
const path = require('node:path');
const { stamp } = require('./files');

const requests = /(?:\brequire\(\s*|\bfrom\s*|^import\s*)(["'])([^"'\n]+)\1/gm;
/** What is gone once the types are. */
const types = /^(?:import|export) type [^;]*;/gm;
const isModuleSyntax = /^\s*(?:import\s*[\w{*'"]|export\s*[\w{*])/m;

/**
 * TypeScript as what Node runs, all files by one call of the compiler.
 *
 * @param {readonly string[]} files
 * @returns {Map<string, { code: string, map: string }>}
 * @throws Error where one of them cannot be compiled
 */
function compile(files) {
  const compiled = new Map();
  if (files.length === 0) return compiled;
  const { outputFiles } = require('esbuild').buildSync({
    entryPoints: Object.fromEntries(files.map((file, index) => [String(index), file])),
    outdir: path.resolve('/'),
    write: false,
    bundle: false,
    format: 'cjs',
    platform: 'node',
    target: `node${process.versions.node}`,
    sourcemap: 'external',
    sourcesContent: false,
    logLevel: 'silent',
    // as tsx does it, whatever a tsconfig.json nearby says
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: true } },
  });
  for (const output of outputFiles) {
    const name = path.basename(output.path);
    const file = files[Number.parseInt(name, 10)];
    const entry = compiled.get(file) ?? { code: '', map: '' };
    entry[name.endsWith('.map') ? 'map' : 'code'] = output.text;
    compiled.set(file, entry);
  }
  return compiled;
}

/**
 * Every file that may be loaded from some entries on, with its code as Node runs it. What Node resolves a name to is
 * asked of Node itself.
 *
 * @param {readonly string[]} entries
 * @param {(file: string) => boolean} takes whether a file of the project belongs to the pack; packages always do
 */
function collect(entries, takes) {
  const sources = new Map();
  const resolutions = {};
  const waiting = entries.map((entry) => realpathSync(entry));
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (sources.has(file)) continue;
    const source = readFileSync(file, 'utf8');
    sources.set(file, source);
    resolutions[file] = {};
    for (const [request, target] of requestsOf(file, source)) {
      if (!target.includes(`${path.sep}node_modules${path.sep}`) && !takes(target)) continue;
      resolutions[file][request] = target;
      if (/\.[jt]s$/.test(target)) waiting.push(target);
    }
  }
  const foreign = [...sources].filter(([file, source]) => file.endsWith('.ts') || isModuleSyntax.test(source));
  const compiled = compile(foreign.map(([file]) => file));
  const modules = new Map([...sources].map(([file, code]) => [file, compiled.get(file) ?? { code }]));
  return { modules, resolutions };
}

function requestsOf(file, source) {
  const { resolve } = createRequire(file);
  const found = new Map();
  for (const [, , request] of source.replace(types, '').matchAll(requests)) {
    if (found.has(request) || isBuiltin(request)) continue;
    try {
      found.set(request, resolve(request));
    } catch {
      // named in a comment, or there on other machines only
    }
  }
  return found;
}

/**
 * A pack: one script that holds every module as a function, and an index that says what it was made of.
 *
 * @param {readonly string[]} entries
 * @param {(file: string) => boolean} takes
 */
function buildPack(entries, takes) {
  const { modules, resolutions } = collect(entries, takes);
  const maps = {};
  const positions = {};
  const parts = ['['];
  let lines = 1;
  let count = 0;
  for (const [file, { code, map }] of modules) {
    // the code starts on the line after the function's first one
    positions[file] = [count, lines + 2];
    count += 1;
    if (map !== undefined) maps[file] = JSON.parse(map);
    const text = `function (exports, require, module, __filename, __dirname) {\n${code}\n},`;
    parts.push(text);
    lines += text.split('\n').length;
  }
  parts.push(']');
  const files = [...modules.keys()];
  // another file in a folder of ours may be what a name leads to from now on
  const folders = new Set(files.filter((file) => file.endsWith('.ts')).map((file) => path.dirname(file)));
  const stamps = Object.fromEntries([...files, ...folders].map((file) => [file, stamp(file)]));
  return { index: { stamps, resolutions, positions }, source: parts.join('\n'), maps };
}

module.exports = { buildPack, compile };
