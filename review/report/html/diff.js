/** @typedef {{ kind: 'same' | 'changed' | 'added' | 'removed', left?: number, right?: number }} DiffRow */

/** Above so many pairs of lines the middle counts as replaced: no reader would follow what is told apart there. */
const COMPARED_PAIRS = 4_000_000;

/**
 * Where two texts agree and differ, line by line; a removed line stands beside the one that came in its place.
 *
 * @param {readonly string[]} before
 * @param {readonly string[]} after
 * @returns {DiffRow[]}
 */
function diffLines(before, after) {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  /** @type {DiffRow[]} */
  const rows = [];
  for (let line = 0; line < start; line += 1) rows.push({ kind: 'same', left: line, right: line });
  rows.push(...diffMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end), start));
  for (let line = end; line > 0; line -= 1) {
    rows.push({ kind: 'same', left: before.length - line, right: after.length - line });
  }
  return rows;
}

/**
 * @param {readonly string[]} before
 * @param {readonly string[]} after
 * @param {number} offset of both in their texts
 * @returns {DiffRow[]}
 */
function diffMiddle(before, after, offset) {
  const lengths = commonLengths(before, after);
  /** @type {DiffRow[]} */
  const rows = [];
  /** @type {number[]} */
  let removed = [];
  /** @type {number[]} */
  let added = [];
  const flush = () => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
      const [left, right] = [removed[index], added[index]];
      const equal = left !== undefined && right !== undefined && before[left - offset] === after[right - offset];
      const kind = left === undefined ? 'added' : right === undefined ? 'removed' : equal ? 'same' : 'changed';
      rows.push({ kind, ...(left !== undefined && { left }), ...(right !== undefined && { right }) });
    }
    removed = [];
    added = [];
  };
  const width = after.length + 1;
  let [left, right] = [0, 0];
  while (left < before.length || right < after.length) {
    if (lengths !== undefined && left < before.length && right < after.length && before[left] === after[right]) {
      flush();
      rows.push({ kind: 'same', left: offset + left, right: offset + right });
      left += 1;
      right += 1;
    } else if (
      left < before.length &&
      (right === after.length ||
        lengths === undefined ||
        /** @type {number} */ (lengths[(left + 1) * width + right]) >=
          /** @type {number} */ (lengths[left * width + right + 1]))
    ) {
      removed.push(offset + left);
      left += 1;
    } else {
      added.push(offset + right);
      right += 1;
    }
  }
  flush();
  return rows;
}

/**
 * For each pair of ends, how many lines the rests have in common.
 *
 * @param {readonly string[]} before
 * @param {readonly string[]} after
 * @returns {Uint32Array | undefined} nothing where there are too many
 */
function commonLengths(before, after) {
  if (before.length * after.length > COMPARED_PAIRS) return undefined;
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let left = before.length - 1; left >= 0; left -= 1) {
    for (let right = after.length - 1; right >= 0; right -= 1) {
      const at = left * width + right;
      lengths[at] =
        before[left] === after[right]
          ? /** @type {number} */ (lengths[at + width + 1]) + 1
          : Math.max(/** @type {number} */ (lengths[at + width]), /** @type {number} */ (lengths[at + 1]));
    }
  }
  return lengths;
}

/**
 * The middle in which two lines differ, in whole words: where it starts, and how many characters at the end they share.
 *
 * @param {string} one
 * @param {string} other
 * @returns {{ start: number, end: number }}
 */
function differingPart(one, other) {
  const shorter = Math.min(one.length, other.length);
  const isWord = (/** @type {string | undefined} */ character) => character !== undefined && /[\w.]/.test(character);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start += 1;
  while (start > 0 && isWord(one[start - 1])) start -= 1;
  let end = 0;
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  while (end > 0 && isWord(one.at(-end))) end -= 1;
  return { start, end };
}
