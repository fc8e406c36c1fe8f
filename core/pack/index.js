const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { Script } = require('node:vm');
const { readPack, writePack } = require('./files');
const { positionIn, traceStacks } = require('./stacks');

/** Compiled by this process: code and source map of files that no pack holds. */
const compiled = new Map();
/** Whether a pack that this process uses holds a file. */
let isPacked = () => false;
/** Puts packs before what tsx does, which takes everything over when it is loaded. */
let putFirst = () => undefined;

/**
 * Loads the modules of a program from one script that was compiled before, with what the engine made of it, and all
 * others as tsx does. Where there is no pack, or a file is not what it was, one is made first.
 *
 * A pack changes nothing but the time that it takes: modules are those of Node's own cache, evaluated in the same order.
 *
 * @param {object} program
 * @param {string} program.root the project's folder
 * @param {string} program.name
 * @param {readonly string[]} program.entries files that it starts from, relative to the project
 * @param {(file: string) => boolean} [program.takes] whether a file of the project, by its path relative to it, is
 *   among what the program mostly needs. Default: all
 * @returns {() => void} keeps what the engine made of the modules so far, for the next process; to be called at the end
 */
function usePack({ root, name, entries, takes = () => true }) {
  Module._extensions['.ts'] = compileAndRun;
  const pack = readPack(root, name) ?? makePack(root, name, entries, takes);
  if (pack === undefined) {
    require('tsx/cjs');
    return () => undefined;
  }
  const { index, base } = pack;
  const { script, isKept } = scriptOf(pack);
  const run = script.runInThisContext();
  putFirst = () => {
    const resolve = Module._resolveFilename;
    Module._resolveFilename = function (request, parent, ...rest) {
      const known = parent && index.resolutions[parent.filename]?.[request];
      return known ?? resolve.call(this, request, parent, ...rest);
    };
    for (const extension of ['.js', '.ts']) {
      const usual = Module._extensions[extension];
      Module._extensions[extension] = (module, file) => {
        const position = index.positions[file];
        if (position === undefined) usual(module, file);
        else run[position[0]].call(module.exports, module.exports, requireOf(module), module, file, path.dirname(file));
      };
    }
  };
  putFirst();
  isPacked = (file) => index.positions[file] !== undefined;
  traceStacks(positionIn(index.positions, `${base}.js`, `${base}.maps.json`), compiled);
  return () => {
    if (!isKept) keepCompiled(script, base);
  };
}

function makePack(root, name, entries, takes) {
  try {
    const { buildPack } = require('./build');
    const pack = buildPack(
      entries.map((entry) => path.join(root, entry)),
      (file) => takes(path.relative(root, file).replaceAll(path.sep, '/')),
    );
    writePack(root, name, pack);
  } catch {
    // what cannot be compiled is told by who loads it
    return undefined;
  }
  return readPack(root, name);
}

/** The script of a pack, with what the engine made of it before. */
function scriptOf({ source, base }) {
  let cachedData;
  try {
    cachedData = readFileSync(`${base}.cache`);
  } catch {
    // the first process that uses the pack
  }
  const script = new Script(source, { filename: `${base}.js`, ...(cachedData && { cachedData }) });
  return { script, isKept: cachedData !== undefined && !script.cachedDataRejected };
}

function keepCompiled(script, base) {
  try {
    const temporary = `${base}.${process.pid}`;
    writeFileSync(temporary, script.createCachedData());
    renameSync(temporary, `${base}.cache`);
  } catch {
    // the next process tries again
  }
}

function requireOf(module) {
  const require = (id) => module.require(id);
  require.resolve = (request, options) => Module._resolveFilename(request, module, false, options);
  require.main = process.mainModule;
  require.extensions = Module._extensions;
  require.cache = Module._cache;
  return require;
}

/**
 * Compiles TypeScript that is about to be loaded and that no pack holds by one call of the compiler, which takes as long
 * as one file does. Of files that cannot be compiled none is; loading them tells why.
 *
 * @param {readonly string[]} files
 */
function compileAhead(files) {
  try {
    const foreign = files.filter((file) => !isPacked(file));
    for (const [file, output] of require('./build').compile(foreign)) compiled.set(file, output);
  } catch {
    // told when it is loaded
  }
}

function compileAndRun(module, file) {
  const output = compiled.get(file);
  if (output !== undefined) return module._compile(output.code, file);
  require('tsx/cjs');
  putFirst();
  return Module._extensions['.ts'](module, file);
}

module.exports = { compileAhead, usePack };
