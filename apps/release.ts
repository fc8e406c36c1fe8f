import { isMap, isScalar, LineCounter, parseDocument, stringify, visit, type YAMLMap } from 'yaml';
import { UserError } from '../core/errors';
import { readSource, type Source } from './draft';
import type { Release } from './model';
import { releaseShape } from './rules/shapes';
import { describeViolation, inReadingOrder, type Violation } from './violation';

/** Words for the slips that hands and merges make; the parser's own for the rest. */
const slips: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key stood before',
  MULTIPLE_DOCS: 'a second document begins here',
};

/** Whether a plain word is text to YAML: no number, truth value or nothing. Says no where it would take more to tell. */
const isText = (word: string): boolean =>
  /^\d+\.\d+\.\d+$/.test(word) ||
  (/^(?!0[xo])[a-z\d](?:[\w./:@+-]*[\w/])?$/i.test(word) &&
    /[a-df-z]/i.test(word) &&
    !/^(?:true|false|null)$/i.test(word));

/**
 * Reads a lock as this program writes it, many times as fast as all of YAML: a field and a word on each line.
 *
 * @returns undefined where anything is written otherwise
 */
function readPlainLock(file: string, content: string): Source | undefined {
  const value: Record<string, string | boolean> = {};
  const lines = new Map<string, number>();
  for (const [index, line] of content.split('\n').slice(0, -1).entries()) {
    const [, field = '', quoted, word = ''] = /^([a-zA-Z]+): (?:"([\w./:@+-]+)"|(\S+))$/.exec(line) ?? [];
    const known = quoted !== undefined || word === 'true' || isText(word);
    if (!known || !isText(field) || lines.has(field)) return undefined;
    value[field] = quoted ?? (word === 'true' || word);
    lines.set(field, index + 1);
  }
  return content.endsWith('\n') && lines.size > 0 ? { file, value, lines } : undefined;
}

/** Reads the YAML of a lock, keeping the line of each field; what is no plain YAML becomes a problem with its line. */
export function readLock(file: string, content: string): Source {
  const plain = readPlainLock(file, content);
  if (plain !== undefined) return plain;
  const lineCounter = new LineCounter();
  const document = parseDocument(content, { lineCounter, prettyErrors: false, stringKeys: true });
  const problems: Violation[] = [];
  const refuse = (offset: number, reason: string, repair: string): void => {
    problems.push({ file, line: lineCounter.linePos(offset).line, problem: `is not plain YAML: ${reason}`, repair });
  };
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    refuse(pos[0], slips[code] ?? message.charAt(0).toLowerCase() + message.slice(1), 'mend this line');
  }
  visit(document, {
    Alias: (_key, alias) => refuse(alias.range![0], 'an alias stands for a value', 'write the value itself'),
  });
  if (problems.length > 0) return { file, value: undefined, problems };
  if (document.contents === null) {
    const repair = 'write `unreleased: true` before the first release';
    return { file, value: undefined, problems: [{ file, problem: 'is empty', allowed: 'a release lock', repair }] };
  }
  const lines = isMap(document.contents) ? linesOf(document.contents, lineCounter) : new Map<string, number>();
  return { file, value: document.toJS() as unknown, lines };
}

function linesOf(map: YAMLMap, lineCounter: LineCounter, before = ''): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    const field = `${before}${String(key.value)}`;
    lines.set(field, lineCounter.linePos(key.range![0]).line);
    if (isMap(value)) linesOf(value, lineCounter, `${field}.`).forEach((line, inner) => lines.set(inner, line));
  }
  return lines;
}

/**
 * Reads a release lock, whose rules need no other file.
 *
 * @param file names the lock in messages. @default 'release lock'
 * @throws UserError whose details are all violations
 */
export function parseRelease(content: string, file = 'release lock'): Release {
  const violations: Violation[] = [];
  const { props } = readSource(readLock(file, content), releaseShape, (violation) => violations.push(violation));
  if (violations.length > 0) {
    throw new UserError(`${file} is not a release lock`, {
      details: inReadingOrder(violations).map(describeViolation),
    });
  }
  return props;
}

/** A release apart from its hold. */
export function withoutHold<T extends Release>(release: T): T {
  const rest: T & { hold?: T['hold'] } = { ...release };
  delete rest.hold;
  return rest;
}

/** The lock's one spelling: what is parsed and serialized again by anybody is the same file. */
export function serializeRelease(release: Release): string {
  const { hold } = release;
  const what = release.unreleased
    ? { unreleased: true }
    : {
        image: release.image,
        digest: release.digest,
        version: release.version,
        ...(release.source !== undefined && { source: release.source }),
        ...(release.sourceTime !== undefined && { sourceTime: release.sourceTime }),
      };
  const held = hold && { hold: { reason: hold.reason, by: hold.by, since: hold.since } };
  return stringify({ ...what, ...held }, { lineWidth: 0 });
}
