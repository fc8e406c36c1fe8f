import { UserError } from '../../core/errors';
import { commitOfVersion, planRelease, tagRelease } from '../../delivery/tag-version';
import { releaseNotes, type VersionPlan } from '../../delivery/version-plan';
import type { CommandContext } from '../context';
import { openCopy } from '../platform/copy';
import { loadProject, type Project } from '../platform/project';
import { promoteServices, type PromoteFlags } from './promote';

interface VersionFlags {
  readonly remote?: string;
  readonly json?: boolean;
}

function describe(plan: VersionPlan): string {
  if (plan.next === undefined) {
    return plan.current === undefined
      ? 'no commit asks for a version yet'
      : `nothing since ${plan.current} asks for a version`;
  }
  return [`${plan.current ?? 'none'} -> ${plan.next}`, '', releaseNotes(plan)].join('\n');
}

export async function plan(context: CommandContext, flags: VersionFlags): Promise<void> {
  const { root, signal, out } = context;
  const project = await loadProject(root);
  const { remote } = await openCopy(project, context, flags);
  const found = await planRelease({ root, remote, signal });
  out(flags.json ? JSON.stringify(found, null, 2) : describe(found));
}

export async function tag(
  context: CommandContext,
  flags: VersionFlags & { readonly ifAutomatic?: boolean },
): Promise<void> {
  const { root, signal, out, progress } = context;
  const project = await loadProject(root);
  if (flags.ifAutomatic && project.catalog.platform.releases !== 'on-merge') {
    if (flags.json) out(JSON.stringify({ tagged: null }));
    progress.say("nothing is tagged: the catalog's releases are by hand");
    return;
  }
  const copy = await openCopy(project, context, flags);
  const made = await progress.step('tag the next version', () => tagRelease({ root, remote: copy.remote, signal }));
  const version = made.next ?? made.current;
  // also of a version that is tagged already: what published it may have been interrupted
  const published =
    version === undefined || flags.remote !== undefined
      ? undefined
      : await copy.forge().publish({ tag: `v${version}`, name: version, body: releaseNotes(made) });
  const report = { tagged: made.next ?? null, ...made, ...(published && { url: published.url }) };
  out(flags.json ? JSON.stringify(report, null, 2) : describe(made));
}

/** The end of the way. @throws UserError where there are several */
function lastEnvironment({ catalog }: Project): string {
  const feeding = new Set(catalog.environments.map(({ promotesFrom }) => promotesFrom));
  const ends = catalog.environments.filter(({ name, promotesFrom }) => promotesFrom && !feeding.has(name));
  if (ends.length === 1) return ends[0]!.name;
  throw new UserError(`releases may go to ${ends.map(({ name }) => name).join(', ') || 'no environment'}`, {
    repair: ends.length === 0 ? 'set promotesFrom in apps/environments.ts' : 'say which one with --to',
  });
}

export async function publish(
  context: CommandContext,
  flags: Omit<PromoteFlags, 'to' | 'release'> & { readonly to?: string },
  name: string,
): Promise<number> {
  const { root, signal } = context;
  const version = name.replace(/^v(?=\d)/, '');
  const project = await loadProject(root);
  const to = flags.to ?? lastEnvironment(project);
  const { remote } = await openCopy(project, context, flags);
  const at = await commitOfVersion({ root, remote, signal }, version);
  return promoteServices(context, {
    ...flags,
    to,
    at,
    release: version,
    whatChanged: true,
    services: project.catalog.services.map((service) => service.name),
  });
}
