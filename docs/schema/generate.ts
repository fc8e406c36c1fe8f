/** Writes the JSON Schemas that are published here from the types that they describe: `npm run schema`. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createGenerator, type Schema } from 'ts-json-schema-generator';
import { projectRoot } from '../../core/paths';

/** The docstrings tell defaults in words; a schema would give them as values. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key, member]) => key !== 'default' || typeof member !== 'string');
  return Object.fromEntries(entries.map(([key, member]) => [key, withoutDefaults(member)]));
}

/**
 * The schema of what `review --format json` prints.
 *
 * @param additionalProperties whether fields that it does not know are valid, so that a reader of this version takes
 *   what a later one adds
 */
export function reviewSchema(additionalProperties: boolean): object {
  const schema: Schema = createGenerator({
    path: path.join(projectRoot, 'review/model.ts'),
    tsconfig: path.join(projectRoot, 'tsconfig.json'),
    type: 'Review',
    skipTypeCheck: true,
    additionalProperties,
  }).createSchema('Review');
  return { title: 'A review by Slipway, version 1', ...(withoutDefaults(schema) as object) };
}

if (require.main === module) {
  writeFileSync(path.join(__dirname, 'review-1.json'), `${JSON.stringify(reviewSchema(true), null, 2)}\n`);
}
