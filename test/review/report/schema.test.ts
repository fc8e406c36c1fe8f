import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { projectRoot } from '../../../core/paths';
import { reviewSchema } from '../../../docs/schema/generate';
import type { Review } from '../../../review/model';
import { hostileReview, largeReview, reviewOf } from './fixtures';

// the compiler reads the model
jest.setTimeout(60_000);

const published = JSON.parse(readFileSync(path.join(projectRoot, 'docs/schema/review-1.json'), 'utf8')) as object;

const failures = (validate: ValidateFunction, review: unknown): unknown => {
  validate(JSON.parse(JSON.stringify(review)));
  return validate.errors?.map(({ instancePath, message }) => `${instancePath} ${message}`) ?? [];
};

let strict: ValidateFunction;
let lenient: ValidateFunction;

beforeAll(() => {
  strict = new Ajv({ allErrors: true }).compile(reviewSchema(false));
  lenient = new Ajv({ allErrors: true }).compile(published);
});

test('the published schema is that of the model (npm run schema)', () => {
  expect(published).toEqual(reviewSchema(true));
});

test.each([
  ['nothing', reviewOf()],
  ['a large review', largeReview(100)],
  ['a hostile review', hostileReview()],
])('%s is valid, and has nothing that the schema does not describe', (_what, review: Review) => {
  expect(failures(lenient, review)).toEqual([]);
  expect(failures(strict, review)).toEqual([]);
});

test('readers of this version accept fields that come later', () => {
  expect(failures(lenient, { ...reviewOf(), later: true })).toEqual([]);
});

test.each([
  ['another version', { ...reviewOf(), version: 2 }, '/version must be equal to constant'],
  ['no findings', { ...reviewOf(), findings: undefined }, " must have required property 'findings'"],
  [
    'an unknown severity',
    { ...reviewOf(), findings: [{ ...hostileReview().findings[0], severity: 'fatal' }] },
    '/findings/0/severity must be equal to one of the allowed values',
  ],
])('%s is refused', (_what, review, message) => {
  expect(failures(lenient, review)).toContain(message);
});
