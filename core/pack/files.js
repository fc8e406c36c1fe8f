const { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const path = require('node:path');

/**
 * Where a pack lies: beside the state of the project, where only those write who may change the code itself.
 *
 * @param {string} root
 */
const packFolder = (root) => path.join(root, '.slipway', 'packs');

/**
 * What a file looks like, or which names a folder holds; undefined where there is none.
 *
 * @param {string} file
 */
function stamp(file) {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isDirectory())
    return readdirSync(file)
      .filter((name) => !name.startsWith('.'))
      .join('/');
  return found && `${found.size} ${found.mtimeMs} ${found.ino}`;
}

/**
 * The pack of that name, if every file that it was made of is as it was and no folder of theirs has another file.
 *
 * @param {string} root
 * @param {string} name
 */
function readPack(root, name) {
  const folder = packFolder(root);
  try {
    const index = JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8'));
    if (index.version !== versionOf()) return undefined;
    for (const [file, before] of Object.entries(index.stamps)) if (stamp(file) !== before) return undefined;
    const base = path.join(folder, index.key);
    return { index, base, source: readFileSync(`${base}.js`, 'utf8') };
  } catch {
    // none yet, or one that was not written to its end
    return undefined;
  }
}

/** Code that one version of Node compiled is of no use to another. */
const versionOf = () => `1 ${process.version} ${process.arch}`;

/**
 * Writes a pack, its index last, so that a reader finds all of it or none. What cannot be written is made anew the next
 * time.
 *
 * @param {string} root
 * @param {string} name
 * @param {{ index: object, source: string, maps: object }} pack
 */
function writePack(root, name, { index, source, maps }) {
  const folder = packFolder(root);
  const key = `${name}-${process.pid}-${Date.now().toString(36)}`;
  const base = path.join(folder, key);
  try {
    mkdirSync(folder, { recursive: true });
    const before = readdirSync(folder).filter(
      (file) => file.startsWith(`${name}-`) && isUnused(path.join(folder, file)),
    );
    writeFileSync(`${base}.js`, source);
    writeFileSync(`${base}.maps.json`, JSON.stringify(maps));
    writeFileSync(`${base}.json`, JSON.stringify({ ...index, key, version: versionOf() }));
    renameSync(`${base}.json`, path.join(folder, `${name}.json`));
    for (const file of before) rmSync(path.join(folder, file), { force: true });
  } catch {
    // a folder that is read-only, or another process that was quicker
  }
}

/** A process that still runs reads the lines of its files late, so those of its pack are left for a while. */
function isUnused(file) {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > 10 * 60_000;
}

module.exports = { readPack, stamp, writePack };
