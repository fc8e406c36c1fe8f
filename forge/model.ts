/** A repository of a forge, as people write it: `<owner>/<name>`. */
export interface ForgeRepository {
  readonly owner: string;
  readonly name: string;
}

/** A forge by its API, with a right to use it. */
export interface ForgeConnection {
  readonly type: 'gitea' | 'github';
  /** Base of the API: `https://api.github.com`, `http://git.offerfit.local/api/v1`. */
  readonly api: string;
  /** Sent as a bearer where it is a token, as basic authentication where it is a password. */
  readonly credentials: { readonly token: string } | { readonly username: string; readonly password: string };
  /** Where the name of `api` is really served: `<host>:<port>:<address>`, as curl writes it. @default by DNS */
  readonly resolve?: string;
}

export interface PullRequest {
  readonly number: number;
  /** For people. */
  readonly url: string;
  /** The commit at its head. */
  readonly commit: string;
}

/** A change that waits in a branch of the same repository. */
export interface Proposal {
  /** The branch that holds it. */
  readonly branch: string;
  /** The branch that it is for. */
  readonly base: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

/** What one commit says that is made of a pull request. */
export interface MergeMessage {
  readonly title: string;
  readonly body: string;
}

/** Pull requests of one repository, the same on every forge. */
export interface PullRequests {
  /** Opens a pull request, or brings the one that is open for the same branches up to date. */
  propose(proposal: Proposal): Promise<PullRequest>;
  /**
   * Merges as one commit as soon as the forge's own rules (checks, approvals) allow it, at once where they do already.
   *
   * @throws UserError where the forge does not do so for this repository
   */
  mergeWhenAllowed(pullRequest: PullRequest, message: MergeMessage): Promise<'merged' | 'scheduled'>;
}

export interface ReleaseNote {
  readonly tag: string;
  readonly name: string;
  /** Markdown. */
  readonly body: string;
}

/** What a forge publishes of a repository beside its branches. */
export interface Releases {
  /** Publishes a release of a tag that is there already; one that is published already stays as it is. */
  publish(note: ReleaseNote): Promise<{ readonly url: string }>;
}

/** What stands beside a commit. */
export interface KnownStatus {
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  readonly description: string;
}

/** Statuses of commits, of any repository that the credentials may read. */
export interface Statuses {
  /** The newest of a context; undefined where there is none, or the forge does not show the repository. */
  statusOf(repository: ForgeRepository, commit: string, context: string): Promise<KnownStatus | undefined>;
}

export interface Forge extends PullRequests, Releases, Statuses {}
