import type { Yaml } from '../../manifests/yaml';
import { groupOf, isMap, type DistObject } from '../tree/object';

/** How much of two objects has to be the same, names aside, for one to be the other under a new name. */
const likeness = 0.8;
/** Beyond this many objects of a kind on both sides nobody renames; looking would take long. */
const mostCandidates = 200;

export interface Pairs {
  readonly renamed: readonly (readonly [DistObject, DistObject])[];
  readonly left: { readonly removed: readonly DistObject[]; readonly added: readonly DistObject[] };
}

interface Candidate {
  readonly before: DistObject;
  readonly after: DistObject;
  readonly score: number;
}

/**
 * Pairs what was removed with what was added under another name: same kind, same environment, and nearly the same
 * content once the old name is read as the new one. Objects of one service stay together.
 */
export function pairRenamed(removed: readonly DistObject[], added: readonly DistObject[]): Pairs {
  const candidates = removed.flatMap((before) => {
    const alike = added.filter((after) => isCandidate(before, after));
    if (alike.length > mostCandidates) return [];
    return alike.map((after): Candidate => ({ before, after, score: similarity(before, after) }));
  });
  const services = new Map<string, number>();
  for (const { before, after, score } of candidates) {
    const pair = servicesOf(before, after);
    services.set(pair, (services.get(pair) ?? 0) + score);
  }
  const best = candidates
    .filter(({ score }) => score >= likeness)
    .sort(
      (left, right) =>
        services.get(servicesOf(right.before, right.after))! - services.get(servicesOf(left.before, left.after))! ||
        right.score - left.score,
    );
  const taken = new Set<DistObject>();
  const renamed: [DistObject, DistObject][] = [];
  for (const { before, after } of best) {
    if (taken.has(before) || taken.has(after)) continue;
    taken.add(before).add(after);
    renamed.push([before, after]);
  }
  return {
    renamed,
    left: { removed: removed.filter((one) => !taken.has(one)), added: added.filter((one) => !taken.has(one)) },
  };
}

function isCandidate(before: DistObject, after: DistObject): boolean {
  return (
    before.identity.kind === after.identity.kind &&
    groupOf(before.identity) === groupOf(after.identity) &&
    before.place.environment === after.place.environment &&
    before.identity.name !== after.identity.name
  );
}

function servicesOf(before: DistObject, after: DistObject): string {
  return `${before.place.service ?? ''} ${after.place.service ?? ''}`;
}

/** Part of the scalars that both have at the same path, from 0 to 1. */
function similarity(before: DistObject, after: DistObject): number {
  const left = new Set<string>();
  const right = new Set<string>();
  leaves(before.manifest, '', (text) => left.add(text.replaceAll(before.identity.name, after.identity.name)));
  leaves(after.manifest, '', (text) => right.add(text));
  const common = [...left].filter((leaf) => right.has(leaf)).length;
  return common / (left.size + right.size - common || 1);
}

function leaves(value: Yaml, path: string, visit: (leaf: string) => void): void {
  if (Array.isArray(value)) {
    for (const item of value as readonly Yaml[]) leaves(item, `${path}[]`, visit);
  } else if (isMap(value)) {
    for (const [key, member] of Object.entries(value)) leaves(member, `${path}.${key}`, visit);
  } else {
    visit(`${path}=${String(value)}`);
  }
}
