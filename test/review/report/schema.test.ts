import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { projectRoot } from '../../../core/paths';
import { reviewSchema } from '../../../docs/schema/generate';
import type { Review } from '../../../review/model';
import { evaluatePolicies } from '../../../review/policy/evaluate';
import { compose, review } from '../../../review/review';
import { placed } from '../effects/objects';
import { table } from '../effects/table';
import { TestRepository } from '../repository';
import { treesOf } from '../trees';
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

test('every review of a table of changes is valid', () => {
  const facts = { environments: [], nodes: [] };
  for (const { base, head } of table) {
    const made = compose(treesOf(placed(base), placed(head)), { facts, evaluatePolicies });
    expect(failures(strict, made)).toEqual([]);
  }
});

test('a review of a project is valid: with sources of both sides, policies, exceptions and files that cannot be read', async () => {
  const repository = new TestRepository(['apps', 'core', 'dist', 'manifests', 'review', 'package.json']);
  try {
    const file = path.join(repository.root, 'dist/production/service-a/Deployment.service-a.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('runAsNonRoot: true', 'runAsNonRoot: false'));
    repository.delete('apps/service-b');
    repository.delete('dist/production/service-b');
    repository.write('dist/production/service-a/broken.yaml', 'a: [');
    const made = await review({ root: repository.root, evaluatePolicies });
    expect(made.changes.map(({ source }) => source?.side)).toEqual(expect.arrayContaining([undefined, 'base']));
    expect(new Set(made.findings.map(({ category }) => category))).toEqual(
      new Set(['effect', 'policy', 'input', 'rendering']),
    );
    expect(failures(lenient, made)).toEqual([]);
    expect(failures(strict, made)).toEqual([]);
  } finally {
    repository.remove();
  }
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
