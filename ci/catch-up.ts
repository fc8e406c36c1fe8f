import type { RestClient } from '../forge';
import type { ForgeEvent } from './event';

interface Repository {
  readonly full_name: string;
  readonly default_branch: string;
  readonly empty: boolean;
}

interface Branch {
  readonly name: string;
  readonly commit: { readonly id: string };
}

const PAGE = 50;

async function all<T>(rest: RestClient, path: string): Promise<readonly T[]> {
  const found: T[] = [];
  for (let page = 1; ; page += 1) {
    const part = (await rest.ask('GET', `${path}?limit=${PAGE}&page=${page}`, [200])).body as readonly T[];
    found.push(...part);
    if (part.length < PAGE) return found;
  }
}

/**
 * The pushes that nobody was told of while no receiver ran: branches whose newest commit has no status `ci/...` yet.
 *
 * @see https://docs.gitea.com/api/
 */
export async function missedPushes(rest: RestClient, organization: string): Promise<readonly ForgeEvent[]> {
  const events: ForgeEvent[] = [];
  for (const repository of await all<Repository>(rest, `/orgs/${organization}/repos`)) {
    if (repository.empty) continue;
    const { full_name: name } = repository;
    for (const { name: branch, commit } of await all<Branch>(rest, `/repos/${name}/branches`)) {
      const statuses = await all<{ readonly context: string }>(rest, `/repos/${name}/commits/${commit.id}/statuses`);
      if (statuses.some(({ context }) => context.startsWith('ci/'))) continue;
      const ref = `refs/heads/${branch}`;
      const payload = { ref, after: commit.id, deleted: false, repository };
      events.push({ name: 'push', repository: name, ref, commit: commit.id, actor: 'unknown', payload });
    }
  }
  return events;
}
