import * as pulumi from '@pulumi/pulumi';
import type { GithubForge } from '../../apps/model';
import { UserError } from '../../core/errors';

/** Where the stack's configuration keeps the values, encrypted: `slipway:secrets`, an object by name. */
export const secretsKey = 'secrets';

/** The command that sets one, asking for the value where nobody sees it. */
export function setSecretCommand(name: string): string {
  return `pulumi config set --secret --path 'slipway:${secretsKey}.${name}'`;
}

/** @throws UserError naming every secret that has no value */
export function readSecrets({
  secrets,
}: Pick<GithubForge, 'secrets'>): Readonly<Record<string, pulumi.Output<string>>> {
  const names = Object.keys(secrets);
  if (names.length === 0) return {};
  const text = pulumi.runtime.getConfig(`slipway:${secretsKey}`);
  const values = (text === undefined ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>;
  const missing = names.filter((name) => typeof values[name] !== 'string' || values[name] === '');
  if (missing.length > 0) {
    throw new UserError(
      `${missing.length === 1 ? 'a secret' : `${missing.length} secrets`} of Actions without a value`,
      {
        details: missing.map((name) => `${name}: ${setSecretCommand(name)}`),
      },
    );
  }
  return Object.fromEntries(names.map((name) => [name, pulumi.secret(values[name] as string)]));
}
