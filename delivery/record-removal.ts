import { UserError } from '../core/errors';
import { trailers, type Actor } from './change';
import type { Remote } from './git';
import { publish } from './publish';
import { withScratch } from './scratch';

export interface RecordRemovalOptions {
  readonly root: string;
  readonly remote: Remote;
  readonly service: string;
  readonly environment: string;
  readonly actor: Actor;
  /** @default none is recorded */
  readonly reason?: string;
  readonly signal?: AbortSignal;
}

/**
 * Records in the platform's repository that a service is taken from an environment which keeps what leaves `dist/`: a commit
 * that changes no file, and says who did it and why.
 *
 * @returns the commit
 * @throws UserError where the repository still has the service there, or refuses
 */
export function recordRemoval(options: RecordRemovalOptions): Promise<string> {
  const { remote, service, environment, actor, reason, signal } = options;
  const line = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
  const message = [
    `Remove ${service} from ${environment}`,
    '',
    `${trailers.action}: remove`,
    `${trailers.by}: ${line(actor.name)}`,
    ...(reason === undefined ? [] : [`${trailers.reason}: ${line(reason)}`]),
    '',
  ].join('\n');
  return withScratch({ ...options, history: 'all' }, async ({ git }) => {
    const published = await publish({
      git,
      remote,
      ...(signal && { signal }),
      prepare: async (branch) => {
        if (branch === undefined) {
          throw new UserError(`${remote.url} has no branch ${remote.branch}`, {
            repair: '`npx slipway up` makes the first delivery',
          });
        }
        const folder = `dist/${environment}/${service}`;
        if ((await git.run(['ls-tree', branch, '--', folder])) !== '') {
          throw new UserError(`${service} is still delivered to ${environment}: ${folder} is in the platform's copy`, {
            repair: `npx slipway remove service ${service}, then commit and npx slipway deliver`,
          });
        }
        const author = {
          GIT_AUTHOR_NAME: actor.name,
          ...(actor.email !== undefined && { GIT_AUTHOR_EMAIL: actor.email }),
        };
        return git.run(['commit-tree', `${branch}^{tree}`, '-p', branch], { input: message, env: author });
      },
    });
    return published.commit;
  });
}
