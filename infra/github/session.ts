import { UserError } from '../../core/errors';
import { GithubApi, type GithubApiOptions } from './api';
import { appToken, type GithubCredentials } from './credentials';

/** What an App was given in an organization. */
export interface Installation {
  readonly account: { readonly login: string };
  readonly permissions: Readonly<Record<string, string>>;
  readonly repository_selection: 'all' | 'selected';
  readonly suspended_at: string | null;
}

/** GitHub, asked as a user with a token or as an App. */
export interface GithubSession {
  readonly api: GithubApi;
  /** Also the password by which Git pushes, with the user `x-access-token`. */
  readonly token: string;
  /** Where an App asks. */
  readonly installation?: Installation;
}

export type SessionOptions = Omit<GithubApiOptions, 'token'>;

/** @throws UserError where GitHub does not know the App, its installation or its key */
export async function openSession(credentials: GithubCredentials, options: SessionOptions): Promise<GithubSession> {
  if (credentials.type === 'token') {
    const { token } = credentials;
    return { token, api: new GithubApi({ ...options, token }) };
  }
  const { appId, installationId, privateKey } = credentials;
  const app = new GithubApi({ ...options, token: appToken(appId, privateKey) });
  const path = `/app/installations/${installationId}`;
  const found = await app.ask('GET', path, [200, 404]);
  if (found.status === 404) {
    throw new UserError(`the GitHub App ${appId} has no installation ${installationId}`, {
      repair: 'the number is the last part of the address of its page below Settings, GitHub Apps, Configure',
    });
  }
  const installation = found.body as Installation;
  if (installation.suspended_at !== null) {
    throw new UserError(`the GitHub App ${appId} is suspended in "${installation.account.login}"`, {
      repair: 'an owner of the organization lifts it below Settings, GitHub Apps, Configure',
    });
  }
  const { body } = await app.ask('POST', `${path}/access_tokens`, [201]);
  const { token } = body as { token: string };
  return { token, installation, api: new GithubApi({ ...options, token }) };
}
