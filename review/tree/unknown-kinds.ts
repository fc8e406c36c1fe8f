import { identityOf, placeOf, type Difference } from '../diff/differences';
import { createFinding } from '../finding';
import type { Finding } from '../model';
import type { DistTree } from './dist-tree';
import { factsOf, versionsOfKind } from './kinds';

/** Objects that changed and that the API server may not know the kind or the version of. */
export function* unknownKinds(differences: readonly Difference[], head: DistTree): Generator<Finding> {
  for (const difference of differences) {
    if (difference.after === undefined) continue;
    const { kind, apiVersion } = identityOf(difference);
    const facts = factsOf(kind, apiVersion, head);
    if (facts?.versions.includes(apiVersion) === true) continue;
    const known = facts?.versions ?? versionsOfKind(kind);
    yield createFinding({
      rule: 'unknown-kind',
      category: 'input',
      // a kind that nobody here defines may be defined in the cluster all the same; a version of a known one is not
      severity: known.length > 0 ? 'error' : 'warning',
      message: `the API server may not know ${kind} of ${apiVersion}`,
      reason:
        known.length > 0
          ? `${kind} is served as ${known.join(' and ')}`
          : 'it is not built in, and dist holds no CustomResourceDefinition of it',
      repair: known.length > 0 ? `write apiVersion: ${known.at(-1)}` : 'install its definition before this is merged',
      object: identityOf(difference),
      places: [placeOf(difference)],
    });
  }
}
