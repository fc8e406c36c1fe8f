import { UserError } from '../core/errors';
import { type CatalogInput, readDraft } from './draft';
import type { Catalog } from './model';
import { resolve } from './resolve';
import { rules } from './rules';
import { describeViolation, inReadingOrder, type Violation } from './violation';

/**
 * Makes the catalog of what the files hold: every rule looked at, every default filled in. Does no I/O.
 *
 * @throws UserError whose details are all violations, one line each with file, field, value, what is allowed and repair
 */
export function createCatalog(input: CatalogInput): Catalog {
  const violations: Violation[] = [];
  const draft = readDraft(input, (violation) => violations.push(violation));
  for (const rule of rules) {
    for (const violation of rule(draft)) violations.push(violation);
  }
  if (violations.length > 0) {
    const count = violations.length === 1 ? '1 violation' : `${violations.length} violations`;
    throw new UserError(`the catalog has ${count}`, { details: inReadingOrder(violations).map(describeViolation) });
  }
  return resolve(draft);
}
