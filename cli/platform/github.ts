import type { Platform } from '../../apps/model';
import { UserError } from '../../core/errors';
import type { Remote } from '../../delivery/git';
import { readCredentials } from '../../infra/github/credentials';
import { openSession, type SessionOptions } from '../../infra/github/session';

/** The platform's repository on GitHub, by HTTPS with the credentials of the environment. */
export async function githubRemote(
  { forge }: Pick<Platform, 'forge'>,
  signal: AbortSignal,
  options: Omit<SessionOptions, 'signal'> = {},
): Promise<Remote> {
  if (forge.type !== 'github') throw new Error('the platform is not on GitHub');
  const { token } = await openSession(readCredentials(forge.authentication), { signal, ...options });
  return { url: forge.httpUrl, branch: forge.branch, credentials: { username: 'x-access-token', password: token } };
}

/** Refusals of the provider that a user can repair, and how. */
const explanations: readonly (readonly [pattern: RegExp, message: string, repair: string])[] = [
  [
    /name already exists on this account/i,
    'the name of a repository is taken, by one that these credentials cannot see',
    'give them access to it, so that it is adopted, or choose another name (forge.repository, or `repository` of a service)',
  ],
  [
    /401 Bad credentials/i,
    'GitHub refuses the credentials: they were revoked or have expired meanwhile',
    'make a new token or key (docs/github.md), and run the same command again: what was made is kept',
  ],
  [
    /Resource not accessible by (integration|personal access token)/i,
    'GitHub refuses a change: a permission is missing',
    '`npx slipway doctor` names it; what was made is kept',
  ],
  [
    /Upgrade to GitHub (Pro|Team|Enterprise)|feature is not available/i,
    'GitHub refuses a setting that the plan of the organization does not have on private repositories',
    "choose forge.visibility: 'public', another plan, or leave reviewers and waitMinutes out",
  ],
];

/** The error that a user can act on, among what the engine said of a provider on GitHub. */
export function explainGithub(lines: readonly string[]): UserError | undefined {
  for (const [pattern, message, repair] of explanations) {
    const line = lines.find((text) => pattern.test(text));
    if (line !== undefined) return new UserError(message, { details: [line.trim()], repair });
  }
  return undefined;
}
