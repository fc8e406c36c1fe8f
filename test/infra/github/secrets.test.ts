import * as pulumi from '@pulumi/pulumi';
import { UserError } from '../../../core/errors';
import { readSecrets } from '../../../infra/github/secrets';

const configure = (secrets?: object): void =>
  pulumi.runtime.setAllConfig(secrets === undefined ? {} : { 'slipway:secrets': JSON.stringify(secrets) });
afterEach(() => configure());

test('values come from the configuration, marked as secret', async () => {
  configure({ TOKEN: 'hush', OTHER: 'unused' });
  const values = readSecrets({ secrets: { TOKEN: {} } });
  expect(Object.keys(values)).toEqual(['TOKEN']);
  expect(await pulumi.isSecret(values['TOKEN']!)).toBe(true);
});

test('every secret without a value is named, with the command that sets it', () => {
  configure({ TOKEN: 'hush', EMPTY: '' });
  let refusal: unknown;
  try {
    readSecrets({ secrets: { TOKEN: {}, EMPTY: {}, KEY: { environments: ['live'] } } });
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(UserError);
  expect((refusal as UserError).message).toBe('2 secrets of Actions without a value');
  expect((refusal as UserError).details).toEqual([
    "EMPTY: pulumi config set --secret --path 'slipway:secrets.EMPTY'",
    "KEY: pulumi config set --secret --path 'slipway:secrets.KEY'",
  ]);
});

test('nothing is looked for where the catalog names none', () => {
  expect(readSecrets({ secrets: {} })).toEqual({});
});
