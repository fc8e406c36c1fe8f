import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../core/errors';
import { Repository, type Remote } from '../delivery/git';
import { workflowActions, workflowsFolder } from './workflows';

/** A workflow of another repository that a job calls: `offerfit/platform/.github/workflows/service.yml@<commit>`. */
export interface CalledWorkflow {
  readonly repository: string;
  readonly file: string;
  readonly reference: string;
}

const CALL = new RegExp(`^([\\w.-]+/[\\w.-]+)/(${workflowsFolder.replace('.', '\\.')}/[\\w.-]+)@([\\w./-]+)$`);

/** What `uses` of a job calls, where it is a workflow; undefined where it is an action. */
export function calledWorkflow(uses: string): CalledWorkflow | undefined {
  const [, repository, file, reference] = CALL.exec(uses) ?? [];
  return repository === undefined ? undefined : { repository, file: file!, reference: reference! };
}

export interface CallOptions {
  /** A repository of the forge. */
  readonly remote: (repository: string) => Remote;
  /** The repository that calls; it may call those of its own owner, which are on the same forge. */
  readonly caller: string;
  /** Where they are checked out, each into a folder of its own. */
  readonly folder: string;
  readonly signal?: AbortSignal;
}

/** Work trees of called workflows, and what they use in turn. */
export interface Calls {
  /** Folder by `owner/repository@reference`. */
  readonly repositories: Readonly<Record<string, string>>;
  readonly actions: readonly string[];
}

async function checkOutAt(
  { repository, reference }: CalledWorkflow,
  remote: Remote,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const git = new Repository(path.dirname(folder), remote, signal);
  await git.run(['clone', '--quiet', '--template=', '--no-checkout', remote.url, folder], { timeoutMs: 300_000 });
  const inside = new Repository(folder, remote, signal);
  const commit = (await inside.commit(reference)) ?? (await inside.commit(`refs/remotes/origin/${reference}`));
  if (commit === undefined) throw new UserError(`${repository} has no commit ${reference}`);
  await inside.run(['checkout', '--quiet', '--detach', commit]);
}

/**
 * Makes the workflows that other repositories of the forge lend ready for the runner, which would ask GitHub for them.
 *
 * @param uses what the jobs of a workflow use, actions among them
 * @throws UserError where one is of another owner, or not there
 */
export async function prepareCalls(uses: readonly string[], options: CallOptions): Promise<Calls> {
  const repositories: Record<string, string> = {};
  const actions: string[] = [];
  const owner = options.caller.split('/')[0];
  for (const [index, each] of uses.entries()) {
    const called = calledWorkflow(each);
    if (called === undefined) {
      actions.push(each);
      continue;
    }
    if (called.repository.split('/')[0] !== owner) {
      throw new UserError(`${each} is of another owner, and so not on this forge`, {
        repair: `call a workflow of a repository of ${owner}`,
      });
    }
    const folder = path.join(options.folder, `called-${index}`);
    await checkOutAt(called, options.remote(called.repository), folder, options.signal);
    const content = await readFile(path.join(folder, called.file), 'utf8').catch(() => undefined);
    if (content === undefined) {
      throw new UserError(`${called.repository} has no ${called.file} at ${called.reference}`);
    }
    repositories[`${called.repository}@${called.reference}`] = folder;
    actions.push(...(await workflowActions(folder, called.file)));
  }
  return { repositories, actions: [...new Set(actions)].toSorted() };
}
