import { effectiveSeverity } from '../../finding';
import type { Finding, Place, Severity, Source } from '../../model';
import { environmentsOf, shortNameOf, servicesOf } from '../summary';
import { clip, parseReference } from '../plain-text';
import { code, htmlCode, htmlText, prose } from './escape';

/** Where a line of a file can be read on the forge; nothing where it cannot. */
export type FileUrl = (file: string, line?: number) => string | undefined;

export const MARKS = { error: '⛔', warning: '⚠️', info: 'ℹ️' } as const satisfies Record<Severity, string>;

const PROSE_LENGTH = 600;
const SHOWN_PLACES = 6;

/** A reference as code, and as a link where it can be read on the forge. */
function reference(text: string, fileUrl: FileUrl | undefined): string {
  const { file, line } = parseReference(text);
  const shown = code(clip(text, 200));
  const url = fileUrl?.(file, line);
  return url === undefined ? shown : `[${shown}](<${encodeURI(url)}>)`;
}

const placeText = ({ file, line }: Place): string => (line === undefined ? file : `${file}:${line}`);

/** Where things lie in dist, as an item of a list. */
export function placeLine(places: readonly Place[], fileUrl: FileUrl | undefined): string {
  if (places.length === 0) return '';
  const shown = places.slice(0, SHOWN_PLACES).map((place) => reference(placeText(place), fileUrl));
  if (places.length > SHOWN_PLACES) shown.push(`${places.length - SHOWN_PLACES} more`);
  return `- in ${shown.join(', ')}\n`;
}

/** The lines that made an object, as an item of a list. */
export function sourceLine(source: Source | undefined, fileUrl: FileUrl | undefined): string {
  if (source === undefined) return '';
  // what the base says can no longer be read where the links lead
  const url = source.side === 'base' ? undefined : fileUrl;
  const base = source.side === 'base' ? ' in the base' : '';
  return `- from ${reference(source.catalog, url)} by ${reference(source.construct, url)}${base}\n`;
}

/** `developer, production · service-a`, inside HTML. */
export function whereHtml(places: readonly Place[]): string {
  const list = (names: readonly string[]): string =>
    htmlText(clip([...names.slice(0, 4), ...(names.length > 4 ? [`${names.length - 4} more`] : [])].join(', '), 120));
  return [list(environmentsOf(places)), list(servicesOf(places))].filter((text) => text !== '').join(' · ');
}

/** A finding, folded: its line, and below it reason, repair and places. */
export function foldedFinding(finding: Finding, fileUrl: FileUrl | undefined): string {
  const { message, reason, repair, object, places, exception, rule, source } = finding;
  const where = whereHtml(places);
  const about = object === undefined ? '' : `${htmlCode(clip(shortNameOf(object), 120))}: `;
  const title = `${MARKS[effectiveSeverity(finding)]} ${about}<b>${htmlText(clip(message, PROSE_LENGTH))}</b>`;
  return [
    `<details><summary>${title}${where === '' ? '' : ` · ${where}`}</summary>\n\n`,
    `${prose(clip(reason, PROSE_LENGTH))}\n\n`,
    repair === undefined ? '' : `**Repair:** ${prose(clip(repair, PROSE_LENGTH))}\n\n`,
    exception === undefined
      ? ''
      : `**Excepted** until ${prose(exception.until)} by ${prose(clip(exception.by, 80))}: ` +
        `${prose(clip(exception.reason, PROSE_LENGTH))}\n\n`,
    `- rule ${code(rule)}\n`,
    placeLine(places, fileUrl),
    sourceLine(source, fileUrl),
    '\n</details>\n',
  ].join('');
}

/** A finding that harms nobody, as an item of a list. */
export function listedFinding({ message, object, places, exception }: Finding): string {
  const where = environmentsOf(places)
    .slice(0, 4)
    .map((environment) => code(clip(environment, 80)))
    .join(', ');
  const what = prose(clip(message, PROSE_LENGTH));
  const about = object === undefined ? '' : `${code(clip(shortNameOf(object), 120))}: `;
  const excepted =
    exception === undefined
      ? ''
      : ` · excepted until ${prose(exception.until)}: ${prose(clip(exception.reason, PROSE_LENGTH))}`;
  return `- ${about}${what}${where === '' ? '' : ` · ${where}`}${excepted}\n`;
}
