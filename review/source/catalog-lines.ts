/** One bracket that is open, and the key that led to it. */
interface Open {
  readonly key: string;
  readonly map: boolean;
  readonly list: boolean;
  /** Items of a list are counted. */
  index: number;
  /** A key may come next. */
  expects: boolean;
}

/** Comments, texts, words and brackets; texts and comments whole, so that nothing in them counts. */
const tokens =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|[A-Za-z_$][\w$]*|[{}[\](),:]/g;

/**
 * The line of each key of the literals in a TypeScript file, by its path: `environments.production.replicas` at 9. Items
 * of lists have their number: `nodes.1.role`. Of two keys of one path the first counts.
 *
 * A key is found by its brackets, without the compiler, which takes longer to load than a whole review.
 */
export function keyLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const open: Open[] = [];
  let key = '';
  let line = 1;
  let counted = 0;
  const start = Math.max(0, text.search(/^export const /m));
  for (const match of text.slice(start).matchAll(tokens)) {
    const at = start + match.index;
    for (; counted < at; counted += 1) if (text.charCodeAt(counted) === 10) line += 1;
    const [token] = match;
    const inner = open.at(-1);
    if (token === '{' || token === '[') {
      open.push({
        key: key !== '' ? key : inner?.list === true ? String(inner.index) : '',
        map: token === '{',
        list: token === '[',
        index: 0,
        expects: true,
      });
      key = '';
    } else if (token === '(') {
      open.push({ key, map: false, list: false, index: 0, expects: false });
      key = '';
    } else if (token === '}' || token === ']' || token === ')') {
      open.pop();
      key = '';
    } else if (token === ',') {
      if (inner !== undefined) {
        inner.index += 1;
        inner.expects = true;
      }
      key = '';
    } else if (inner?.map === true && inner.expects && /^['"A-Za-z_$]/.test(token)) {
      inner.expects = false;
      const after = text.slice(at + token.length).match(/^\s*[:,}]/);
      if (after !== null) {
        const name = token.replace(/^['"]|['"]$/g, '');
        key = after[0].endsWith(':') ? name : '';
        const path = [...open.map((one) => one.key), name].filter((part) => part !== '').join('.');
        if (!lines.has(path)) lines.set(path, line);
      }
    }
  }
  return lines;
}

/** The line of a path, or of the longest part of its start that is there. */
export function lineOf(lines: ReadonlyMap<string, number>, path: readonly string[]): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const line = lines.get(path.slice(0, length).join('.'));
    if (line !== undefined) return line;
  }
  return undefined;
}
