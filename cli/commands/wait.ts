import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { Repository } from '../../delivery/git';
import type { CommandContext } from '../context';
import { forgeRemote } from '../platform/forge';
import { createKubectl } from '../platform/kubectl';
import { loadProject, type Project } from '../platform/project';
import { waitForRelease, type ReleaseOutcome } from '../platform/wait-for-release';

export interface WaitFlags {
  readonly env: string;
  readonly commit?: string;
  /** Seconds. */
  readonly timeout: number;
  readonly json?: boolean;
}

/** Whether the lock of a service in an environment has named a commit, and does not any more. */
async function wasReplaced(
  project: Project,
  { signal }: CommandContext,
  lock: string,
  commit: string,
): Promise<boolean> {
  const remote = await forgeRemote(project, createKubectl(project, signal), signal);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'slipway-wait-'));
  try {
    const git = new Repository(folder, remote, signal);
    await git.run(['clone', '--quiet', '--bare', '--single-branch', '--branch', remote.branch, remote.url, '.']);
    const now = await git.try(['show', `HEAD:${lock}`]);
    // merged a moment ago it is on its way
    if (now.stdout.includes(commit)) return false;
    return (await git.lines(['log', '--format=%H', '-S', commit, '--', lock])).length > 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The commit that a revision names here; what this clone does not know is taken as it is. */
async function commitOf({ root, signal }: CommandContext, revision: string): Promise<string> {
  const commit = await new Repository(root, undefined, signal).commit(revision);
  if (commit !== undefined) return commit;
  if (/^[0-9a-f]{7,40}$/.test(revision)) return revision;
  throw new UserError(`--commit: "${revision}" names no commit of this clone`, {
    repair: 'a commit is 7 to 40 hexadecimal digits, or what `git rev-parse` understands, such as HEAD',
  });
}

function describe({ service, environment, commit, version, healthy, kind, reason, log = [] }: ReleaseOutcome): string {
  const what = `${service} ${commit?.slice(0, 7) ?? version ?? ''} in ${environment}`.replace('  ', ' ');
  if (healthy) return `${what} is healthy`;
  const lines = [`${what}: ${kind}: ${reason}`];
  if (log.length > 0) lines.push('the last lines of its log:', ...log.map((line) => `  ${line}`));
  return lines.join('\n');
}

/** 0 where the release runs, 1 where it does not. */
export async function wait(context: CommandContext, flags: WaitFlags, service: string): Promise<number> {
  const { progress, signal, out } = context;
  const project = await loadProject(context.root);
  const { deployments } = project.catalog;
  const deployment = deployments.find(({ name, environment }) => name === service && environment === flags.env);
  if (deployment === undefined) {
    const services = [...new Set(deployments.map(({ name }) => name))].join(', ');
    const environments = project.catalog.environments.map(({ name }) => name).join(', ');
    throw new UserError(`the catalog has no service "${service}" in environment "${flags.env}"`, {
      details: [`services: ${services}`, `environments: ${environments}`],
    });
  }
  const { namespace, environment } = deployment;
  const commit = flags.commit === undefined ? undefined : await commitOf(context, flags.commit);
  const lock = `apps/${service}/releases/${environment}.yaml`;
  const { cluster } = project.catalog.environments.find(({ name }) => name === environment)!;
  const query = {
    service,
    environment,
    namespace,
    ...(cluster !== undefined && { cluster }),
    ...(commit !== undefined && { commit }),
  };
  const outcome = await progress.step(
    `wait for ${service} in ${environment}`,
    (step) =>
      waitForRelease(createKubectl(project, signal), query, step, {
        signal,
        timeoutSeconds: flags.timeout,
        wasReplaced: (wanted) => wasReplaced(project, context, lock, wanted),
      }),
    ({ healthy }) => healthy,
  );
  out(flags.json ? JSON.stringify(outcome, null, 2) : describe(outcome));
  return outcome.healthy ? 0 : 1;
}
