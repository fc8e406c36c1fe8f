import { fieldChanges } from '../diff/fields';
import type { Finding } from '../model';
import type { DistTree } from '../tree/dist-tree';
import type { DistObject } from '../tree/object';
import { effectOf, kept, listed, type EffectInput } from './rule';

/** What differs between environments by its nature. */
const ownToEach = /^metadata\.(?:namespace|name$)|^spec\.rules|\.namespace$/;

/** Changes that reach an environment without having been in the one that it is fed by. */
export function* aheadOfSource({ base, head, differences, environments }: EffectInput): Generator<Finding> {
  const sources = new Map(environments.map(({ name, promotesFrom }) => [name, promotesFrom]));
  for (const difference of kept(differences)) {
    const from = sources.get(difference.after.place.environment);
    if (from === undefined) continue;
    const [then, now] = [base, head].map((tree) => counterpart(difference.after, from, tree));
    if (now === undefined) continue;
    const apart = new Set(fieldChanges(now.manifest, difference.after.manifest).map(({ path }) => path));
    const changedThere = new Set(
      then === undefined || then === now ? [] : fieldChanges(then.manifest, now.manifest).map(({ path }) => path),
    );
    const untried = difference.fields.filter(
      (field) => !ownToEach.test(field.path) && apart.has(field.path) && !changedThere.has(field.path),
    );
    if (untried.length === 0) continue;
    const paths = listed(untried.map(({ path }) => path));
    const image = untried.some(({ path }) => path.endsWith('.image'));
    yield effectOf(difference, {
      rule: 'ahead-of-source',
      severity: image ? 'warning' : 'info',
      message: image
        ? `an image that ${from} does not run reaches ${difference.after.place.environment}`
        : `${difference.after.place.environment} changes, and ${from} does not`,
      reason: `${paths} is not what ${from} has, which ${difference.after.place.environment} is promoted from`,
      ...(image && { repair: `release it to ${from} first, and promote it from there` }),
    });
  }
}

/** The same object in another environment: same folder, kind and name. */
function counterpart(object: DistObject, environment: string, tree: DistTree): DistObject | undefined {
  const { kind, name } = object.identity;
  return tree
    .ofKind(kind)
    .find(
      ({ identity, place }) =>
        place.environment === environment && place.service === object.place.service && identity.name === name,
    );
}
