import { effectiveSeverity } from '../finding';
import type { FieldChange, Finding, ObjectChange, Place, Review, Source } from '../model';
import { nameOf } from '../tree/object';
import { plural } from './summary';

/** Fields of one object that the terminal shows; the other formats show all. */
const shownFields = 8;
const shownCharacters = 60;

const marks = { added: '+', removed: '-', changed: '~', renamed: '>' } as const;

/** A review for a terminal: what will happen first, then every change. */
export function reviewText({ base, head, counts, changes, findings, policies }: Review): string {
  const from = base.commit === undefined ? base.name : `${base.name} (${base.commit.slice(0, 7)})`;
  const to = head.commit === undefined ? head.name : `${head.name} (${head.commit.slice(0, 7)})`;
  const { added, removed, changed, renamed } = counts;
  const objects = [
    [added, 'added'],
    [changed, 'changed'],
    [renamed, 'renamed'],
    [removed, 'removed'],
  ]
    .filter(([count]) => count !== 0)
    .map(([count, word]) => `${count} ${word}`);
  const lines = [
    `${from} .. ${to}`,
    `objects: ${objects.length === 0 ? 'none changed' : objects.join(', ')}`,
    `findings: ${plural(counts.findings.error, 'error')}, ${plural(counts.findings.warning, 'warning')}, ${counts.findings.info} for information`,
  ];
  if (findings.length > 0) lines.push('', ...findings.flatMap(describeFinding));
  if (changes.length > 0) lines.push('', ...changes.flatMap(describeChange));
  if (policies.length > 0) {
    const objects = Math.max(...policies.map((policy) => policy.objects));
    lines.push('', `policies: ${policies.length} evaluated on up to ${plural(objects, 'object')}`);
  }
  return `${lines.join('\n')}\n`;
}

export function describeFinding(finding: Finding): string[] {
  const { rule, message, reason, repair, object, places, source, exception } = finding;
  const about = object === undefined ? '' : `${nameOf(object)}${others(places)}: `;
  return [
    `${effectiveSeverity(finding)} [${rule}] ${about}${message}`,
    `    why: ${reason}`,
    ...(repair === undefined ? [] : [`    repair: ${repair}`]),
    ...(source === undefined ? [] : [`    from: ${source.catalog}${ofBase(source)}`]),
    ...(exception === undefined
      ? []
      : [`    exception until ${exception.until}, ${exception.by}: ${exception.reason}`]),
  ];
}

function others(places: readonly Place[]): string {
  return places.length > 1 ? ` and ${places.length - 1} more` : '';
}

function describeChange({ type, object, formerly, places, fields, source }: ObjectChange): string[] {
  const environments = [...new Set(places.map(({ environment }) => environment))];
  const was = formerly === undefined ? '' : `, formerly ${formerly.name}`;
  const more = fields.length - shownFields;
  return [
    `${marks[type]} ${object.kind} ${object.name}${was} (${environments.join(', ')})`,
    ...fields.slice(0, shownFields).map(describeField),
    ...(more > 0 ? [`    and ${more} more fields`] : []),
    ...(source === undefined ? [] : [`    from ${source.catalog}, by ${source.construct}${ofBase(source)}`]),
  ];
}

function ofBase({ side }: Source): string {
  return side === 'base' ? ', in the base' : '';
}

function describeField({ path, before, after }: FieldChange): string {
  return `    ${path}: ${shown(before)} -> ${shown(after)}`;
}

function shown(value: unknown): string {
  if (value === undefined) return '(none)';
  const text = JSON.stringify(value);
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters - 3)}...` : text;
}
