import { UserError } from '../core/errors';
import { type Draft, type CatalogInput, readDraft } from './draft';
import type { Catalog } from './model';
import { resolve } from './resolve';
import { ofAllServices, rules } from './rules';
import { describeViolation, inReadingOrder, type Violation } from './violation';

/**
 * Makes the catalog of what the files hold: every rule looked at, every default filled in. Does no I/O.
 *
 * @throws UserError whose details are all violations, one line each with file, field, value, what is allowed and repair
 */
export function createCatalog(input: CatalogInput): Catalog {
  const { draft, violations } = checkCatalog(input);
  if (violations.length > 0) {
    const count = violations.length === 1 ? '1 violation' : `${violations.length} violations`;
    throw new UserError(`the catalog has ${count}`, { details: violations.map(describeViolation) });
  }
  return resolve(draft);
}

/**
 * What the files hold, looked at by every rule. Of values that no shape allows nothing is in the draft.
 *
 * @param complete every service is in the input. @default true
 */
export function checkCatalog(
  input: CatalogInput,
  complete = true,
): { readonly draft: Draft; readonly violations: readonly Violation[] } {
  const violations: Violation[] = [];
  const draft = readDraft(input, (violation) => violations.push(violation));
  for (const rule of rules) {
    if (!complete && ofAllServices.has(rule)) continue;
    for (const violation of rule(draft)) violations.push(violation);
  }
  return { draft, violations: inReadingOrder(violations) };
}
