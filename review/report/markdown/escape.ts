import { visible } from '../plain-text';

/** A space without width: it parts what a forge would take for a mention or for a link. */
const PARTED = '\u200b';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}

/** Forges look for mentions, issues and addresses in text that was rendered already, so escaping alone is no help. */
function part(text: string): string {
  return text
    .replace(/@(?=\w)/g, `@${PARTED}`)
    .replace(/([#!])(?=\d)/g, `$1${PARTED}`)
    .replace(/\b(GH-)(?=\d)/gi, `$1${PARTED}`)
    .replace(/\b(\w+:)(?=\/\/)/g, `$1${PARTED}`)
    .replace(/\b(www\.|mailto:|xmpp:)/gi, `$1${PARTED}`);
}

const oneLine = (text: string): string =>
  visible(text)
    .replace(/\s*\n\s*/g, ' ')
    .trim();

/** Text inside HTML, where Markdown is not read. */
export function htmlText(text: string): string {
  return part(escapeHtml(oneLine(text)));
}

/** Code inside HTML. */
export function htmlCode(text: string): string {
  return `<code>${escapeHtml(oneLine(text))}</code>`;
}

function longestRun(text: string, shortest: number): number {
  return Math.max(shortest - 1, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1;
}

/** Code in a line of Markdown. */
export function code(text: string): string {
  const line = oneLine(text);
  if (line === '') return '` `';
  const fence = '`'.repeat(longestRun(line, 1));
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** A block of code; nothing inside can end it. */
export function codeBlock(language: string, text: string): string {
  const fence = '`'.repeat(longestRun(text, 3));
  return `${fence}${language}\n${visible(text)}\n${fence}`;
}

/** Plain text in a line of Markdown; what stands between backticks stays code. */
export function prose(text: string): string {
  return oneLine(text)
    .split(/(`[^`]+`)/)
    .map((piece, index) =>
      index % 2 === 1
        ? code(piece.slice(1, -1))
        : part(escapeHtml(piece).replace(/[\\`*_{}[\]()|~$^=]|^[-+#]|^(?=\d+[.)])/g, '\\$&')),
    )
    .join('');
}
