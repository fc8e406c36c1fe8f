import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { GithubForge } from '../../apps/model';
import { UserError } from '../../core/errors';
import { readCredentials, type Environment } from '../../infra/github/credentials';
import { inspect } from '../../infra/github/inspect';
import { secretsKey, setSecretCommand } from '../../infra/github/secrets';
import { openSession, type SessionOptions } from '../../infra/github/session';
import type { Check } from './check';
import type { Project } from './project';
import { settingsFile } from './settings';

export interface GithubCheckOptions extends Partial<SessionOptions> {
  /** @default this process's */
  readonly environment?: Environment;
}

const name = 'github';

/** Their names stand in the file in the clear; their values do not. */
async function secretsCheck(root: string, { secrets }: GithubForge): Promise<readonly Check[]> {
  const names = Object.keys(secrets);
  if (names.length === 0) return [];
  const text = await readFile(settingsFile(root), 'utf8').catch(() => '');
  const { config } = (parse(text) ?? {}) as { config?: Record<string, Record<string, unknown> | undefined> };
  const values = config?.[`slipway:${secretsKey}`] ?? {};
  return names
    .filter((secret) => values[secret] === undefined)
    .map((secret) => ({
      name,
      state: 'broken',
      finding: `the secret ${secret} of Actions has no value`,
      repair: `eval "$(npx slipway env)" && ${setSecretCommand(secret)}`,
    }));
}

async function accountCheck(
  project: Pick<Project, 'catalog'>,
  forge: GithubForge,
  { environment = process.env, signal = AbortSignal.timeout(60_000), ...options }: GithubCheckOptions,
): Promise<readonly Check[]> {
  try {
    const credentials = readCredentials(forge.authentication, environment);
    const session = await openSession(credentials, { signal, patienceMs: 15_000, ...options });
    const { adopted, created, obstacles } = await inspect(session, project.catalog, forge);
    if (obstacles.length > 0) return obstacles.map((obstacle) => ({ name, state: 'broken', ...obstacle }));
    const parts = [
      ...(adopted.length > 0 ? [`${adopted.join(', ')} will be adopted`] : []),
      ...(created.length > 0 ? [`${created.join(', ')} will be created`] : []),
    ];
    return [{ name, state: adopted.length > 0 && created.length === 0 ? 'ok' : 'handled', finding: parts.join('; ') }];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const finding = [error.message, ...error.details].join(': ');
    return [{ name, state: 'broken', finding, ...(error.repair !== undefined && { repair: error.repair }) }];
  }
}

/** Credentials, their rights and the repositories on GitHub, looked at without a change. None for another forge. */
export async function githubChecks(
  project: Pick<Project, 'catalog' | 'root'>,
  options: GithubCheckOptions = {},
): Promise<readonly Check[]> {
  const { forge } = project.catalog.platform;
  if (forge.type !== 'github') return [];
  return [...(await accountCheck(project, forge, options)), ...(await secretsCheck(project.root, forge))];
}
