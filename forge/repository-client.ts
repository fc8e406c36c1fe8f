import type { KnownStatus, ForgeRepository, Proposal, PullRequest, ReleaseNote } from './model';
import type { RestClient } from './rest-client';

/** The part of a pull request that is the same on Gitea and on GitHub. */
interface PullRequestBody {
  readonly number: number;
  readonly html_url: string;
  readonly title: string;
  readonly head: { readonly ref: string; readonly sha: string; readonly label?: string };
  readonly base: { readonly ref: string };
  /** The name in GitHub's other API. */
  readonly node_id?: string;
}

export interface FoundPullRequest extends PullRequest {
  readonly nodeId?: string;
}

/** A status as Gitea (`status`) and GitHub (`state`) write it. */
interface StatusBody {
  readonly context: string;
  readonly state?: string;
  readonly status?: string;
  readonly description: string | null;
}

const PAGE = 50;

const pathOf = ({ owner, name }: ForgeRepository): string =>
  `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;

function found(body: PullRequestBody): FoundPullRequest {
  const { number, html_url: url, head, node_id: nodeId } = body;
  return { number, url, commit: head.sha, ...(nodeId !== undefined && { nodeId }) };
}

/** What Gitea and GitHub answer alike about one repository. */
export class RepositoryClient {
  readonly path: string;

  constructor(
    readonly rest: RestClient,
    repository: ForgeRepository,
  ) {
    this.path = pathOf(repository);
  }

  async propose(proposal: Proposal): Promise<FoundPullRequest> {
    const { branch: head, base, title, body } = proposal;
    const open = await this.openFor(proposal);
    const answer =
      open === undefined
        ? await this.rest.ask('POST', `${this.path}/pulls`, [201], { head, base, title, body })
        : await this.rest.ask('PATCH', `${this.path}/pulls/${open.number}`, [200, 201], { title, body });
    return found(answer.body as PullRequestBody);
  }

  /** Publishes a release of a tag, or returns the one that is there. */
  async publish({ tag, name, body }: ReleaseNote): Promise<{ readonly url: string }> {
    const there = await this.rest.ask('GET', `${this.path}/releases/tags/${encodeURIComponent(tag)}`, [200, 404]);
    const answer =
      there.status === 200
        ? there
        : await this.rest.ask('POST', `${this.path}/releases`, [201], { tag_name: tag, name, body });
    return { url: (answer.body as { html_url: string }).html_url };
  }

  /** Both forges sum up the newest status of each context. */
  async statusOf(repository: ForgeRepository, commit: string, context: string): Promise<KnownStatus | undefined> {
    for (let page = 1; ; page += 1) {
      const path = `${pathOf(repository)}/commits/${commit}/status?limit=${PAGE}&per_page=${PAGE}&page=${page}`;
      const { status, body } = await this.rest.ask('GET', path, [200, 404]);
      const list = status === 404 ? [] : ((body as { readonly statuses: StatusBody[] | null }).statuses ?? []);
      const found = list.find((each) => each.context === context);
      if (found !== undefined) {
        const state = (found.state ?? found.status) as KnownStatus['state'];
        return { state, description: found.description ?? '' };
      }
      if (list.length < PAGE) return undefined;
    }
  }

  /** Neither forge can be relied on to look for a branch of the same repository, so the open ones are read. */
  private async openFor({ branch, base }: Proposal): Promise<PullRequestBody | undefined> {
    for (let page = 1; ; page += 1) {
      const path = `${this.path}/pulls?state=open&limit=${PAGE}&per_page=${PAGE}&page=${page}`;
      const list = (await this.rest.ask('GET', path, [200])).body as readonly PullRequestBody[];
      const open = list.find((each) => each.head.ref === branch && each.base.ref === base);
      if (open !== undefined || list.length < PAGE) return open;
    }
  }
}
