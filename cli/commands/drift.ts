import { existsSync } from 'node:fs';
import path from 'node:path';
import { loadCatalog } from '../../apps/load';
import { UserError } from '../../core/errors';
import { deployedServices } from '../../delivery/deployed';
import { Repository } from '../../delivery/git';
import { withScratch } from '../../delivery/scratch';
import { platformFolder } from '../../manifests/layout';
import { synthesize } from '../../manifests/synth';
import { GitReader } from '../../review/tree/git';
import { loadTrees } from '../../review/tree/load';
import type { DistObject } from '../../review/tree/object';
import { findSides } from '../../review/tree/sides';
import type { CommandContext } from '../context';
import { destinationsOf, lookAtClusters } from '../drift/clusters';
import type { LiveDrift } from '../drift/live';
import { describePreview, lookForCommits } from '../platform/deliveries';
import { forgeRemote } from '../platform/forge';
import { createKubectl } from '../platform/kubectl';
import { loadProject, requirePlatform, type Project } from '../platform/project';
import { openSupply } from '../platform/supply';
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

export interface DriftFlags {
  readonly json?: boolean;
  /** A kubeconfig of the platform's own cluster, for machines that have no platform: what is committed is compared. */
  readonly kubeconfig?: string;
}

/** 0 where nothing drifts, 1 where something does, 2 where it cannot be said. Changes nothing. */
export async function drift(context: CommandContext, flags: DriftFlags): Promise<number> {
  let report: DriftReport;
  try {
    report = flags.kubeconfig === undefined ? await look(context) : await lookFromOutside(context, flags.kubeconfig);
  } catch (error) {
    throw error instanceof UserError ? new ExitError(2, error) : error;
  }
  context.out(flags.json ? JSON.stringify(report, null, 2) : describeDrift(report));
  return report.drift ? 1 : 0;
}

const reportOf = (report: Omit<DriftReport, 'drift'>): DriftReport => ({
  drift: report.dist.length + report.branch.length + report.cluster.length > 0,
  ...report,
});

async function look(context: CommandContext): Promise<DriftReport> {
  const { root, signal } = context;
  const project = await loadProject(root);
  requirePlatform(project);
  const { catalog } = project;
  const destinations = destinationsOf(project);
  const kubectl = path.join(project.bin, 'kubectl');
  const dist = await unrendered(root);
  // one after the other: both work in the project's one scratch repository
  const branch = describePreview(await lookForCommits(project, context));
  const objects = await followed(project, signal);
  return reportOf({ dist, branch, cluster: await lookAtClusters(objects, { catalog, destinations, kubectl, signal }) });
}

/** Where there is no platform on this machine there is no other branch to look at than the one that is checked out. */
async function lookFromOutside(context: CommandContext, kubeconfig: string): Promise<DriftReport> {
  const { root, signal } = context;
  const file = path.resolve(kubeconfig);
  if (!existsSync(file)) throw new UserError(`there is no file ${file}`, { repair: 'name a kubeconfig' });
  const catalog = await loadCatalog(root);
  const git = new GitReader(root, signal);
  const { head } = await loadTrees(git, await findSides(git, 'HEAD', 'HEAD'));
  const dist = await unrendered(root);
  const kubectl = await openSupply(context).tool('kubectl');
  const destinations = [{ kubeconfig: file }];
  const objects = running(head.objects, await deployedServices(new Repository(root), 'HEAD'));
  const cluster = await lookAtClusters(objects, { catalog, destinations, kubectl, signal });
  return reportOf({ dist, branch: [], cluster });
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

/** What Argo CD deploys: not a service that has no release yet. */
function running(objects: readonly DistObject[], deployed: readonly string[]): readonly DistObject[] {
  return objects.filter(
    ({ place: { environment, service } }) =>
      service === undefined || service === platformFolder || deployed.includes(`${environment}/${service}`),
  );
}

/** Objects of the commit that Argo CD follows, which has release locks of its own. */
async function followed(project: Project, signal: AbortSignal): Promise<readonly DistObject[]> {
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
    return running(trees.head.objects, await deployedServices(git, commit));
  });
}

/** For people, with the command that mends each part. */
export function describeDrift({ drift: found, dist, branch, cluster }: DriftReport): string {
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
      cluster.map(describeLive),
      '`npx slipway status` says what Argo CD does about it; it undoes changes by hand within a minute or two',
    ),
  ].join('\n');
}

function describeLive({ object, cluster, state, details }: LiveDrift): string {
  const shown = details.slice(0, 5).join(', ') + (details.length > 5 ? ` and ${details.length - 5} more` : '');
  return `${object}${cluster === undefined ? '' : ` in ${cluster}`}: ${state}${shown === '' ? '' : `: ${shown}`}`;
}
