import { giteaForge } from './gitea';
import { githubForge } from './github';
import type { Forge, ForgeConnection, ForgeRepository } from './model';
import { RepositoryClient } from './repository-client';
import { RestClient, type RestClientOptions } from './rest-client';

export * from './discussion';
export type * from './model';
export { RestClient, type RestClientOptions } from './rest-client';

/** One repository of a forge by its API. */
export function openForge(
  connection: ForgeConnection,
  repository: ForgeRepository,
  options: RestClientOptions = {},
): Forge {
  const client = new RepositoryClient(new RestClient(connection, options), repository);
  return connection.type === 'gitea' ? giteaForge(client, options.signal) : githubForge(client);
}
