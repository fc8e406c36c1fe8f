import { UserError } from '../core/errors';
import type { ForgeConnection, ForgeRepository, PullRequest } from './model';
import { RestClient, type Answer, type RestClientOptions } from './rest-client';

/** A comment that is brought up to date instead of being written again. */
export interface Note {
  /** What its text begins with, unseen, and no other note's does. */
  readonly marker: string;
  /** Its Markdown, marker included, in at most so many characters. */
  readonly text: (limit: number) => string;
}

export interface WrittenNote {
  readonly url: string;
  readonly outcome: 'created' | 'updated' | 'unchanged';
}

export interface CommitStatus {
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  /** Tells it from other statuses of the commit: `slipway/review`. */
  readonly context: string;
  /** One line; what is too long for the forge is cut. */
  readonly description: string;
  /** @default none */
  readonly url?: string;
}

/** What is said about a pull request, the same on every forge. */
export interface Discussion {
  /** @throws UserError where there is none of this number */
  find(number: number): Promise<PullRequest>;
  /**
   * Writes a comment, or brings the one up to date that bears the same marker and was written by the same user.
   * Comments of others are left alone, whatever they bear.
   */
  write(number: number, note: Note): Promise<WrittenNote>;
  report(commit: string, status: CommitStatus): Promise<void>;
}

interface Comment {
  readonly id: number;
  readonly body: string;
  readonly html_url: string;
  readonly user: { readonly login: string } | null;
}

const PAGE = 50;
/** Characters; GitHub takes no more in one comment. */
const LONGEST = 65_536;
/** A forge behind a proxy may take less; below this a comment says nothing any more. */
const SHORTEST = 4_096;
const DESCRIPTION = 140;

const sameText = (one: string, other: string): boolean =>
  one.replaceAll('\r\n', '\n').trim() === other.replaceAll('\r\n', '\n').trim();

function isTooLong({ status, body }: Answer): boolean {
  return status === 413 || (status === 422 && /too (?:long|large)/i.test(JSON.stringify(body ?? '')));
}

class RestDiscussion implements Discussion {
  private readonly path: string;

  constructor(
    private readonly rest: RestClient,
    private readonly repository: ForgeRepository,
  ) {
    this.path = `/repos/${encodeURIComponent(repository.owner)}/${encodeURIComponent(repository.name)}`;
  }

  async find(number: number): Promise<PullRequest> {
    const answer = await this.rest.ask('GET', `${this.path}/pulls/${number}`, [200, 404]);
    if (answer.status === 404) {
      const { owner, name } = this.repository;
      throw new UserError(`${owner}/${name} has no pull request ${number}, or the credentials may not see it`, {
        repair: 'look up its number, and give a token that may read the repository',
      });
    }
    const { html_url: url, head } = answer.body as { html_url: string; head: { sha: string } };
    return { number, url, commit: head.sha };
  }

  async write(number: number, note: Note): Promise<WrittenNote> {
    const [earlier, ...copies] = await this.own(number, note.marker);
    // two that ran at once each wrote one
    for (const { id } of copies) await this.send('DELETE', `/issues/comments/${id}`, [204, 404]);
    for (let limit = LONGEST; ; limit = Math.floor(limit / 2)) {
      const body = note.text(limit);
      if (earlier !== undefined && sameText(earlier.body, body)) return { url: earlier.html_url, outcome: 'unchanged' };
      const answer =
        earlier === undefined
          ? await this.send('POST', `/issues/${number}/comments`, [201, 413, 422], { body })
          : await this.send('PATCH', `/issues/comments/${earlier.id}`, [200, 413, 422], { body });
      if (answer.status < 300) {
        const { html_url: url } = answer.body as Comment;
        return { url, outcome: earlier === undefined ? 'created' : 'updated' };
      }
      if (!isTooLong(answer) || limit / 2 < SHORTEST) {
        throw new UserError(`the forge takes no comment of ${body.length} characters at pull request ${number}`, {
          details: [JSON.stringify(answer.body ?? `status ${answer.status}`).slice(0, 300)],
          repair: 'see what it says above; the whole review is printed by `--format html`',
        });
      }
    }
  }

  async report(commit: string, { state, context, description, url }: CommitStatus): Promise<void> {
    await this.send('POST', `/statuses/${commit}`, [201], {
      state,
      context,
      description: description.slice(0, DESCRIPTION),
      ...(url !== undefined && { target_url: url }),
    });
  }

  /** The comments of the same user that begin with the marker, the oldest first. */
  private async own(number: number, marker: string): Promise<readonly Comment[]> {
    const seen = new Map<number, Comment>();
    for (let page = 1; ; page += 1) {
      const path = `${this.path}/issues/${number}/comments?limit=${PAGE}&per_page=${PAGE}&page=${page}`;
      const list = (await this.rest.ask('GET', path, [200])).body as readonly Comment[];
      const before = seen.size;
      for (const comment of list) seen.set(comment.id, comment);
      // Gitea has only one page of these, and gives it again
      if (list.length < PAGE || seen.size === before) break;
    }
    const marked = [...seen.values()].filter(({ body }) => body.startsWith(marker));
    if (marked.length === 0) return [];
    const self = await this.self();
    return marked.filter(({ user }) => user?.login === self).toSorted((one, other) => one.id - other.id);
  }

  /** The name that is written on what these credentials write. */
  private async self(): Promise<string> {
    if (this.rest.connection.type === 'gitea') {
      return ((await this.rest.ask('GET', '/user', [200])).body as { login: string }).login;
    }
    // the only question after its own name that GitHub answers to the token of a workflow too
    const { body } = await this.rest.ask('POST', '/graphql', [200], { query: '{ viewer { login } }' });
    const login = (body as { data?: { viewer?: { login?: string } } }).data?.viewer?.login;
    if (login === undefined) throw new UserError('GitHub does not say whom the token belongs to');
    return login;
  }

  private async send(
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    expected: readonly number[],
    body?: object,
  ): Promise<Answer> {
    const answer = await this.rest.ask(method, `${this.path}${path}`, [...expected, 403], body);
    if (answer.status !== 403) return answer;
    const message = (answer.body as { message?: string } | undefined)?.message;
    throw new UserError(`the credentials may not write to ${this.repository.owner}/${this.repository.name}`, {
      details: message === undefined ? [] : [message],
      repair: 'give a token that may write pull requests (issues) and commit statuses; one of a fork may not',
    });
  }
}

/** What is said in one repository of a forge, by its API. */
export function openDiscussion(
  connection: ForgeConnection,
  repository: ForgeRepository,
  options: RestClientOptions = {},
): Discussion {
  return new RestDiscussion(new RestClient(connection, options), repository);
}
