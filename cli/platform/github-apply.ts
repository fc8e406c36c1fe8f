import path from 'node:path';
import type { Stack } from '@pulumi/pulumi/automation';
import type { GithubForge } from '../../apps/model';
import type { Progress } from '../../core/progress';
import { adoptionsVariable } from '../../infra/github/adoptions';
import { takeCensus } from '../../infra/github/census';
import { readCredentials, variables } from '../../infra/github/credentials';
import { openSession, type SessionOptions } from '../../infra/github/session';
import type { Supply } from '../../infra/supply';
import type { Project } from './project';
import { linkCommand } from './tools';

/** What a run of the engine needs of its surroundings when the forge is GitHub. */
export interface GithubPreparation {
  readonly stack: Stack;
  readonly project: Project;
  readonly supply: Pick<Supply, 'plugin'>;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly github?: Partial<SessionOptions>;
}

/** Names of the resources that a stack has. */
async function namesIn(stack: Stack): Promise<ReadonlySet<string>> {
  const { deployment } = await stack.exportStack();
  const { resources = [] } = (deployment ?? {}) as { resources?: readonly { readonly urn: string }[] };
  return new Set(resources.filter(({ urn }) => urn.includes('$github:')).map(({ urn }) => urn.split('::').at(-1)!));
}

/** Which file holds the key does not depend on the folder that the engine starts its plugins in. */
function environmentOf({ authentication }: GithubForge): Record<string, string> {
  const file = process.env[variables.privateKeyFile];
  return {
    ...(file && { [variables.privateKeyFile]: path.resolve(file) }),
    // the provider refuses to have both
    ...(authentication.type === 'app' && { [variables.token]: '' }),
  };
}

/**
 * Brings the provider, and tells the program what is on GitHub already and not in the stack: a repository that somebody
 * made, or all that another machine has made for the same platform. Nothing where the forge is another one.
 */
export async function prepareGithub(preparation: GithubPreparation): Promise<void> {
  const { stack, project, supply, progress, signal, github } = preparation;
  const { forge } = project.catalog.platform;
  if (forge.type !== 'github') return;
  await linkCommand(project, 'pulumi-resource-github', await supply.plugin('pulumi-resource-github'));
  const adopt = await progress.step('look at what is on GitHub already', async (step) => {
    const onWait = (reason: string): void => step.detail(reason);
    const session = await openSession(readCredentials(forge.authentication), { signal, onWait, ...github });
    const [census, known] = await Promise.all([takeCensus(session.api, project.catalog, forge), namesIn(stack)]);
    return Object.entries(census).filter(([name]) => !known.has(name));
  });
  for (const [, id] of adopt) progress.say(`adopting ${forge.organization}/${id}, which is on GitHub already`);
  Object.assign(stack.workspace.envVars, environmentOf(forge), {
    [adoptionsVariable]: JSON.stringify(Object.fromEntries(adopt)),
  });
}
