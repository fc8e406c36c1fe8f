import { readFile } from 'node:fs/promises';
import { UserError } from '../../core/errors';
import { withScratch } from '../../delivery/scratch';
import { ApiClient } from '../../infra/kubernetes/api-client';
import { synthesize } from '../../manifests/synth';
import type { DistTree } from '../../review/tree/dist-tree';
import { GitReader } from '../../review/tree/git';
import { loadTrees } from '../../review/tree/load';
import type { CommandContext } from '../context';
import { findLiveDrift, type LiveDrift } from '../drift/live';
import { readKubeconfig } from '../drift/kubeconfig';
import { describePreview, lookForCommits } from '../platform/deliveries';
import { forgeRemote } from '../platform/forge';
import { createKubectl } from '../platform/kubectl';
import { loadProject, requirePlatform, type Project } from '../platform/project';
import { ExitError } from '../run';

export interface DriftReport {
  readonly drift: boolean;
  /** Files of dist/ that are not what the catalog renders. */
  readonly dist: readonly string[];
  /** Commits and files that the branch which Argo CD follows does not have. */
  readonly branch: readonly string[];
  /** Objects of that branch that are not in the cluster as it has them. */
  readonly cluster: readonly LiveDrift[];
}

/** 0 where nothing drifts, 1 where something does, 2 where it cannot be said. Changes nothing. */
export async function drift(context: CommandContext, flags: { readonly json?: boolean }): Promise<number> {
  let report: DriftReport;
  try {
    const project = await loadProject(context.root);
    requirePlatform(project);
    report = await look(project, context);
  } catch (error) {
    throw error instanceof UserError ? new ExitError(2, error) : error;
  }
  context.out(flags.json ? JSON.stringify(report, null, 2) : describe(report));
  return report.drift ? 1 : 0;
}

async function look(project: Project, context: CommandContext): Promise<DriftReport> {
  const dist = await unrendered(project.root);
  // one after the other: both work in the project's one scratch repository
  const branch = describePreview(await lookForCommits(project, context));
  const cluster = await liveDrift(project, context.signal);
  return { drift: dist.length + branch.length + cluster.length > 0, dist, branch, cluster };
}

function unrendered(root: string): Promise<readonly string[]> {
  return synthesize({ root, check: true }).then(
    () => [],
    (error: unknown) => {
      if (error instanceof UserError) return error.details.length > 0 ? error.details : [error.message];
      throw error;
    },
  );
}

async function liveDrift(project: Project, signal: AbortSignal): Promise<readonly LiveDrift[]> {
  const tree = await followedTree(project, signal);
  const client = new ApiClient(readKubeconfig(await readFile(project.kubeconfig, 'utf8')), { signal });
  try {
    return await findLiveDrift(tree, client);
  } finally {
    client.close();
  }
}

/** dist/ of the commit that Argo CD follows, which has release locks of its own. */
async function followedTree(project: Project, signal: AbortSignal): Promise<DistTree> {
  const remote = await forgeRemote(project, createKubectl(project, signal), signal);
  return withScratch({ root: project.root, remote, signal }, async ({ git }) => {
    const commit = await git.fetch(remote);
    if (commit === undefined) {
      throw new UserError(`${remote.url} has no branch ${remote.branch} yet`, {
        repair: '`npx slipway up` makes the first delivery',
      });
    }
    const side = { name: remote.branch, commit };
    const trees = await loadTrees(new GitReader(git.folder, signal), { base: side, head: side, findings: [] });
    return trees.head;
  });
}

function describe({ drift: found, dist, branch, cluster }: DriftReport): string {
  if (!found) return 'no drift: catalog, dist/, the branch that Argo CD follows and the cluster agree';
  const part = (title: string, lines: readonly string[], repair: string): string[] =>
    lines.length === 0
      ? [`${title}: none`]
      : [`${title}: ${lines.length}`, ...lines.map((line) => `  ${line}`), `  repair: ${repair}`];
  return [
    ...part('dist/ is not what the catalog renders', dist, '`npm run synth`, then commit dist'),
    ...part('the branch that Argo CD follows lacks', branch, 'commit, then `npx slipway deliver`'),
    ...part(
      'the cluster is not what the branch says',
      cluster.map(({ object, state, details }) => `${object}: ${[state, ...details.slice(0, 5)].join(' ')}`),
      '`npx slipway status` says what Argo CD does about it; it undoes changes by hand within a minute or two',
    ),
  ].join('\n');
}
