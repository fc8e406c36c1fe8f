import { readdirSync } from 'node:fs';
import path from 'node:path';
import { createCatalog } from '../../apps/catalog';
import { UserError } from '../../core/errors';
import { change, type InvalidCatalog, inputOf, validFiles } from './files';

const folder = path.join(__dirname, '../fixtures/invalid');

test.each(readdirSync(folder))('%s is refused with exactly its violations', (file) => {
  const { invalid } = jest.requireActual<{ invalid: InvalidCatalog }>(path.join(folder, file));
  const input = inputOf(change(validFiles(), invalid.set));
  let refusal: unknown;
  try {
    createCatalog(input);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(UserError);
  expect((refusal as UserError).details).toEqual(invalid.violations);
});

test('the catalog that the faults are put into is valid', () => {
  expect(() => createCatalog(inputOf(validFiles()))).not.toThrow();
});
