import type { FieldChange, ObjectChange } from '../../model';
import { shortNameOf } from '../summary';
import { clip, visible } from '../plain-text';
import { valueText } from '../value';
import { codeBlock, htmlCode, htmlText } from './escape';
import { placeLine, sourceLine, whereHtml, type FileUrl } from './findings';

const MARKS = { added: '➕', removed: '➖', changed: '✏️', renamed: '🏷️' } as const;
const SHOWN_FIELDS = 20;
const SHOWN_LINES = 12;
const LINE_LENGTH = 200;

/** A value as dist spells it, shortened. @returns no line where there is no value */
function valueLines(value: unknown): readonly string[] {
  const text = valueText(value);
  if (text === undefined) return [];
  const lines = visible(text).split('\n');
  return [
    ...lines.slice(0, SHOWN_LINES).map((line) => clip(line, LINE_LENGTH)),
    ...(lines.length > SHOWN_LINES ? [`… ${lines.length - SHOWN_LINES} more lines`] : []),
  ];
}

function fieldLines({ path, before, after }: FieldChange): readonly string[] {
  return [
    `@@ ${clip(visible(path).replaceAll('\n', ' '), LINE_LENGTH)} @@`,
    ...valueLines(before).map((line) => `- ${line}`),
    ...valueLines(after).map((line) => `+ ${line}`),
  ];
}

/** What changes in the fields of an object, as a difference that forges colour. */
function fieldBlock(fields: readonly FieldChange[]): string {
  if (fields.length === 0) return '';
  const more = fields.length - SHOWN_FIELDS;
  const lines = fields.slice(0, SHOWN_FIELDS).flatMap(fieldLines);
  return `${codeBlock('diff', [...lines, ...(more > 0 ? [`  … ${more} more fields`] : [])].join('\n'))}\n\n`;
}

/** An object that changes, folded: its line, and below it its fields. */
export function foldedChange(change: ObjectChange, fileUrl: FileUrl | undefined): string {
  const { type, object, formerly, places, fields, source } = change;
  const name = htmlCode(clip(shortNameOf(object), 120));
  const title = formerly === undefined ? name : `${name}, formerly ${htmlCode(clip(shortNameOf(formerly), 120))}`;
  const line = [`${MARKS[type]} ${type} ${title}`, whereHtml(places)].filter((text) => text !== '').join(' · ');
  const [only] = fields.length === 1 ? fields : [];
  const hint = only === undefined ? '' : ` · ${htmlText(clip(only.path, 80))}`;
  const detail = [fieldBlock(fields), placeLine(places, fileUrl), sourceLine(source, fileUrl)].join('');
  return `<details><summary>${line}${hint}</summary>\n\n${detail}\n</details>\n`;
}
