import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandFailed, exec, type ExecOptions, type ExecResult } from '../core/exec';
import { UserError } from '../core/errors';
import { gitVariables } from '../core/git-variables';

/** A branch of a repository elsewhere, and how to reach it. */
export interface Remote {
  /** Without credentials: an address ends in logs and in error messages. */
  readonly url: string;
  readonly branch: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Where the address of `url` is really served, as curl writes it: `<host>:<port>:<address>`. @default by DNS */
  readonly resolve?: string;
}

/** Git's own configuration, by key: `user.name`. */
export type GitSettings = Readonly<Record<string, string>>;

// Git asks it for a password; the values come from the environment, which only this user can read
const CREDENTIAL_HELPER =
  '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$SLIPWAY_GIT_USERNAME" "$SLIPWAY_GIT_PASSWORD"; }; f';

/**
 * Environment for Git: nothing inherited from a surrounding repository, no question on the terminal, and for a remote
 * its address and credentials. Secrets and addresses travel by environment, so neither `ps` nor a configuration file
 * shows them.
 *
 * @param settings more of Git's configuration, by key
 */
export function gitEnvironment(
  remote?: Remote,
  settings: GitSettings = {},
): Readonly<Record<string, string | undefined>> {
  const config: [string, string][] = [
    // the project may belong to another user than the one who runs this, who already runs the project's code
    ['safe.directory', '*'],
    ['commit.gpgSign', 'false'],
    ['core.hooksPath', '/dev/null'],
    ['core.autocrlf', 'false'],
    // a user's own setting would put signatures among the lines that are read here
    ['log.showSignature', 'false'],
    ['gc.auto', '0'],
    // a fetch and a commit would each start a process that looks whether there is anything to tidy
    ['maintenance.auto', 'false'],
    ...Object.entries(settings),
  ];
  if (remote?.resolve !== undefined) config.push(['http.curloptResolve', remote.resolve]);
  if (remote?.credentials !== undefined) {
    // the empty value drops helpers of the user, which would store what is asked here
    config.push(['credential.helper', ''], [`credential.${new URL(remote.url).origin}.helper`, CREDENTIAL_HELPER]);
  }
  return {
    ...Object.fromEntries(gitVariables.map((name) => [name, undefined])),
    GIT_TERMINAL_PROMPT: '0',
    // a server that says nothing for so long is away
    GIT_HTTP_LOW_SPEED_LIMIT: process.env['GIT_HTTP_LOW_SPEED_LIMIT'] ?? '1',
    GIT_HTTP_LOW_SPEED_TIME: process.env['GIT_HTTP_LOW_SPEED_TIME'] ?? '30',
    LC_ALL: 'C',
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(
      config.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
    ...(remote?.credentials && {
      SLIPWAY_GIT_USERNAME: remote.credentials.username,
      SLIPWAY_GIT_PASSWORD: remote.credentials.password,
    }),
    ...(remote?.resolve && withoutProxy(new URL(remote.url).hostname)),
  };
}

/** A proxy knows nothing of names that exist on this machine only. */
function withoutProxy(host: string): Readonly<Record<string, string>> {
  const list = [process.env['no_proxy'] ?? process.env['NO_PROXY'], host].filter(Boolean).join(',');
  return { no_proxy: list, NO_PROXY: list };
}

const COMMIT = /^[0-9a-f]{40}$/;

/** Git in one folder. */
export class Repository {
  constructor(
    readonly folder: string,
    private readonly remote?: Remote,
    private readonly signal?: AbortSignal,
    private readonly settings: GitSettings = {},
  ) {}

  /** Runs Git and returns its output without the last line break. @throws CommandFailed unless it exits 0 */
  async run(args: readonly string[], options: ExecOptions = {}): Promise<string> {
    return (await this.exec(args, options)).stdout.replace(/\n$/, '');
  }

  /** Runs Git and returns what came of it, also where it failed. */
  try(args: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    return this.exec(args, { ...options, allowFailure: true });
  }

  /** The commit a revision names, or undefined where there is none. */
  async commit(revision: string): Promise<string | undefined> {
    const result = await this.try(['rev-parse', '--verify', '--quiet', `${revision}^{commit}`]);
    return result.exitCode === 0 ? result.stdout.trim() : undefined;
  }

  /** The current commit. */
  async head(): Promise<string> {
    return (await this.reference('HEAD')) ?? this.run(['rev-parse', 'HEAD']);
  }

  /** Whether anything was ever checked out here. */
  get hasWorkTree(): boolean {
    return existsSync(path.join(this.folder, '.git/index'));
  }

  async lines(args: readonly string[]): Promise<readonly string[]> {
    return (await this.run(args)).split('\n').filter((line) => line !== '');
  }

  /** The commit of the remote's branch after fetching it, or undefined where the repository has no such branch. */
  async fetch(remote: Remote): Promise<string | undefined> {
    const reference = `refs/heads/${remote.branch}`;
    const local = `refs/slipway/${remote.branch}`;
    const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', remote.url, `+${reference}:${local}`];
    try {
      await this.run(args, { timeoutMs: 120_000 });
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      if (/couldn't find remote ref/i.test(error.result?.stderr ?? '')) return undefined;
      throw explainRemote(remote, error);
    }
    return (await this.reference(local)) ?? this.commit(local);
  }

  /** What a reference names, where it is a file of its own: every process of Git takes a rival's time. */
  private async reference(name: string): Promise<string | undefined> {
    const content = (await readFile(path.join(this.folder, '.git', name), 'utf8').catch(() => '')).trim();
    return COMMIT.test(content) ? content : undefined;
  }

  private exec(args: readonly string[], options: ExecOptions): Promise<ExecResult> {
    return exec('git', args, {
      cwd: this.folder,
      ...(this.signal && { signal: this.signal }),
      ...options,
      env: { ...gitEnvironment(this.remote, this.settings), ...options.env },
    });
  }
}

/** What a refusal of the other side means, in the words of a user. */
export function explainRemote(remote: Remote, error: CommandFailed): UserError {
  const output = error.result?.stderr ?? '';
  const options = { details: error.details, cause: error };
  if (/Authentication failed|returned error: 40[13]|could not read (Username|Password)/i.test(output)) {
    return new UserError(`${remote.url} refuses the credentials`, options);
  }
  if (/repository rule violations/i.test(output)) {
    return new UserError(`${remote.branch} of ${remote.url} takes changes by pull request alone`, {
      ...options,
      repair: 'push your commits to a branch of their own (git push origin HEAD:<branch>), and open a pull request',
    });
  }
  // an ingress that has just started knows no route yet; a forge says it in other words
  const closed = /404 page not found/i.test(output);
  if (!closed && /not found|does not appear to be a git repository|returned error: 404/i.test(output)) {
    return new UserError(`there is no repository at ${remote.url}`, {
      ...options,
      repair: '`npx slipway up` creates the one of the platform; look at the address where another was named',
    });
  }
  if (closed || UNREACHABLE.test(output) || /took longer than/.test(error.message)) {
    return new Unreachable(`${remote.url} does not answer`, {
      ...options,
      repair: '`npx slipway status` says what is wrong',
    });
  }
  return error;
}

/** What curl and Git say of a server that is away, fails or falls silent. */
const UNREACHABLE =
  /Could not resolve host|Failed to connect|Connection (refused|reset)|timed out|too slow|returned error: 5\d\d|hung up|early EOF|unexpected disconnect|Empty reply/i;

class Unreachable extends UserError {}

/** Whether an error of `explainRemote` says that the other side is away for the moment. */
export function isUnreachable(error: UserError): boolean {
  return error instanceof Unreachable;
}
