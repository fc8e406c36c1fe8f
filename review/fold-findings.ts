import type { Finding } from './model';

/**
 * The same finding about the same object in several environments as one with all their places. The first one stands
 * for them, so its fingerprint stays what it was.
 */
export function foldFindings(findings: readonly Finding[]): Finding[] {
  const folded = new Map<string, Finding>();
  for (const finding of findings) {
    const { rule, severity, message, reason, repair, object, exception } = finding;
    const about = object === undefined ? finding.fingerprint : [object.apiVersion, object.kind, object.name];
    const key = JSON.stringify([rule, severity, message, reason, repair, exception, about]);
    const there = folded.get(key);
    folded.set(key, there === undefined ? finding : { ...there, places: [...there.places, ...finding.places] });
  }
  return [...folded.values()];
}
