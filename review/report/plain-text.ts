/**
 * Characters that a reader does not see and that change what is seen: controls, marks that reverse the direction of
 * text, spaces without width.
 */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Writes such characters out, as in `\u202e`, so that text cannot look like what it is not. */
export function visible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(INVISIBLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The first `length` characters, with a mark where more were there. */
export function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A file and a line in it, as in `apps/service-a/service.ts:7`, and what is said behind them. */
export interface Reference {
  readonly file: string;
  readonly line?: number;
  /** `WebService.deployment` of `manifests/constructs/web-service.ts:41 WebService.deployment`. */
  readonly symbol?: string;
}

export function parseReference(text: string): Reference {
  const [, file, line, symbol] = /^(.+?)(?::(\d+))?(?:\s+(.*))?$/s.exec(text) ?? [];
  return {
    file: file ?? text,
    ...(line !== undefined && { line: Number(line) }),
    ...(symbol !== undefined && symbol !== '' && { symbol }),
  };
}
