const { readFileSync } = require('node:fs');
const { SourceMap } = require('node:module');

/**
 * Finds positions of a pack in the files that it was made of.
 *
 * @param {Record<string, readonly [number, number]>} positions where the code of each file starts
 * @param {string} script the pack's own file
 * @param {string} mapsFile
 */
function positionIn(positions, script, mapsFile) {
  let starts;
  let maps;
  return (file, line, column) => {
    if (file !== script) return undefined;
    starts ??= Object.entries(positions).map(([name, [, start]]) => [start, name]);
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle][0] <= line) low = middle;
      else high = middle - 1;
    }
    const [start, name] = starts[low];
    maps ??= readJson(mapsFile);
    return original(name, maps[name], line - start + 1, column);
  };
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

const sourceMaps = new Map();

function original(file, payload, line, column) {
  if (payload === undefined) return { file, line, column };
  let map = sourceMaps.get(file);
  if (map === undefined) sourceMaps.set(file, (map = new SourceMap(payload)));
  const { originalLine, originalColumn } = map.findEntry(line - 1, column - 1);
  return originalLine === undefined
    ? { file, line, column }
    : { file, line: originalLine + 1, column: originalColumn + 1 };
}

/**
 * Lets stacks name the lines of the TypeScript that somebody wrote.
 *
 * @param {ReturnType<typeof positionIn>} inPack
 * @param {Map<string, { map: string }>} compiled files that this process compiled itself
 */
function traceStacks(inPack, compiled) {
  const known = new Map();
  const frame = (site) => {
    const [file, line, column] = [site.getFileName(), site.getLineNumber(), site.getColumnNumber()];
    const text = site.toString();
    if (!file || line === null) return text;
    const place = `${file}:${line}:${column}`;
    let found = known.get(place);
    if (found === undefined) {
      const output = compiled.get(file);
      const at = output ? original(file, JSON.parse(output.map), line, column) : inPack(file, line, column);
      known.set(place, (found = at === undefined ? place : `${at.file}:${at.line}:${at.column}`));
    }
    return text.replace(place, () => found);
  };
  Error.prepareStackTrace = (error, sites) =>
    [headOf(error), ...sites.map((site) => `    at ${frame(site)}`)].join('\n');
}

function headOf(error) {
  try {
    return String(error);
  } catch {
    return 'Error';
  }
}

module.exports = { positionIn, traceStacks };
