import { effectiveSeverity } from '../finding';
import {
  severities,
  type Finding,
  type ObjectChange,
  type ObjectIdentity,
  type Place,
  type Review,
  type Severity,
} from '../model';

/** The findings that weigh as much as one severity, in their order. */
export function findingsOf(review: Review, severity: Severity): readonly Finding[] {
  return review.findings.filter((finding) => effectiveSeverity(finding) === severity);
}

/** The gravest severity that any finding weighs. @returns undefined where there is no finding */
export function worstOf(findings: readonly Finding[]): Severity | undefined {
  return severities.find((severity) => findings.some((finding) => effectiveSeverity(finding) === severity));
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `1 error, 2 warnings`, or that there is neither. */
export function dangerWords(review: Review): string {
  const [errors, warnings] = [findingsOf(review, 'error').length, findingsOf(review, 'warning').length];
  const words = [
    ...(errors > 0 ? [plural(errors, 'error')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
  ];
  return words.length === 0 ? 'no errors, no warnings' : words.join(', ');
}

const types: readonly ObjectChange['type'][] = ['changed', 'added', 'removed', 'renamed'];

/** `12 changed, 1 added`, or that nothing changes. */
export function changeWords(counts: Pick<Review['counts'], ObjectChange['type']>): string {
  const words = types.filter((type) => counts[type] > 0).map((type) => `${counts[type]} ${type}`);
  return words.length === 0 ? 'no object changes' : words.join(', ');
}

/** The environments of places, each once, in their order. */
export function environmentsOf(places: readonly Place[]): readonly string[] {
  return [...new Set(places.map(({ environment }) => environment))];
}

/** The services of places, each once, in their order. */
export function servicesOf(places: readonly Place[]): readonly string[] {
  return [...new Set(places.flatMap(({ service }) => (service === undefined ? [] : [service])))];
}

/** `Deployment service-a`; the namespace goes with the environment, which is shown beside it. */
export function shortNameOf({ kind, name }: ObjectIdentity): string {
  return `${kind} ${name}`;
}

/** `main (45ed676)`, or the name alone where it is the commit or has none. */
export function sideWords({ name, commit }: Review['base']): { readonly name: string; readonly commit?: string } {
  const short = commit?.slice(0, 7);
  return short === undefined || name.startsWith(short) ? { name: name.slice(0, 80) } : { name, commit: short };
}
