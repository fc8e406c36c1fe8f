import { Suggestions } from '../../apps/suggest';
import { listed } from '../../apps/violation';
import type { Environment } from '../../apps/model';
import { UserError } from '../../core/errors';
import type { Outcome } from '../../delivery/change';
import type { ChangedLocks, LockCommand } from '../../delivery/change-locks';
import { renderHere } from '../../delivery/render';
import type { PullRequest } from '../../forge';
import type { CommandContext } from '../context';
import { openCopy, readActor, type PlatformCopy } from './copy';
import { loadProject, type Project } from './project';
import { table } from './summary';

/** Flags of every command that changes locks. */
export interface LockFlags {
  readonly remote?: string;
  readonly pr?: boolean;
  readonly autoMerge?: boolean;
  readonly json?: boolean;
}

/** What scripts are told. */
export interface LockReport extends Omit<ChangedLocks, 'message'> {
  readonly pullRequest?: Pick<PullRequest, 'number' | 'url'> & { readonly merge: 'by hand' | 'scheduled' | 'merged' };
}

/** At least one service is on hold, and was left as it is. */
export const HELD = 3;

/** An environment of the catalog. @throws UserError naming those there are */
export function environmentOf({ catalog }: Project, name: string): Environment {
  const found = catalog.environments.find((environment) => environment.name === name);
  if (found !== undefined) return found;
  const names = catalog.environments.map((environment) => environment.name);
  const repair = new Suggestions(names).for(name);
  throw new UserError(`"${name}" is not an environment; allowed: ${listed(names)}`, { ...(repair && { repair }) });
}

/** The branch of a proposal: the same change proposed again takes the place of the former. */
function proposalBranch(action: string, environment: string, services: readonly string[]): string {
  const what = services.toSorted().join('+');
  return `slipway/${action}/${environment}/${what.length > 100 ? `${what.slice(0, 90)}+${services.length}` : what}`;
}

export interface LockChangeOptions {
  readonly action: 'bump' | 'promote' | 'rollback' | 'hold' | 'release-hold';
  readonly environment: string;
  readonly services: readonly string[];
  /** Whether the environment may ask for a pull request; not where somebody stops the worst. @default false */
  readonly approvable?: boolean;
  readonly title: string;
  readonly work: (command: LockCommand, project: Project) => Promise<ChangedLocks>;
}

async function propose(
  copy: PlatformCopy,
  changed: ChangedLocks,
  branch: string,
  autoMerge: boolean,
): Promise<LockReport['pullRequest']> {
  const [title, ...rest] = changed.message!.trim().split('\n');
  const body = rest.join('\n').trim();
  const forge = copy.forge();
  const opened = await forge.propose({ branch, base: copy.remote.branch, title: title!, body });
  // it may show the head that it had before the push
  const pullRequest = { ...opened, commit: changed.commit };
  const merge = autoMerge
    ? await forge.mergeWhenAllowed(pullRequest, { title: `${title} (#${opened.number})`, body })
    : ('by hand' as const);
  return { number: opened.number, url: opened.url, merge };
}

function describe({ services, pullRequest }: LockReport, environment: string): string {
  const row = ({ service, state, version, reason }: Outcome): readonly string[] => [
    service,
    environment,
    state,
    version ?? 'unreleased',
    reason ?? '',
  ];
  const rows = table(['service', 'environment', 'state', 'version', 'why'], services.map(row));
  if (pullRequest === undefined) return rows;
  const how = { 'by hand': 'merge it to go on', scheduled: 'merged when it is allowed', merged: 'merged' };
  return `${rows}\npull request ${pullRequest.number}: ${pullRequest.url} (${how[pullRequest.merge]})`;
}

/** Changes locks in the platform's repository, directly or by a pull request, and tells what became of each. */
export async function changeCopy(
  context: CommandContext,
  flags: LockFlags,
  options: LockChangeOptions,
): Promise<{ readonly report: LockReport; readonly exitCode: number }> {
  const { root, progress, signal, out } = context;
  const { action, environment, services, title } = options;
  const project = await loadProject(root);
  const { approval } = environmentOf(project, environment);
  const copy = await openCopy(project, context, flags);
  const asks =
    flags.pr === true || flags.autoMerge === true || (options.approvable === true && approval === 'pull-request');
  // told before anything is pushed
  if (asks) copy.forge();
  const proposal = asks ? proposalBranch(action, environment, services) : undefined;
  const changed = await progress.step(title, async (step) =>
    options.work(
      {
        root,
        remote: copy.remote,
        actor: await readActor(root),
        render: renderHere(root),
        signal,
        onRetry: (attempt, reason) => step.detail(`${reason}; attempt ${attempt + 1}`),
        ...(proposal !== undefined && { proposal }),
      },
      project,
    ),
  );
  const pullRequest =
    proposal !== undefined && changed.pushed
      ? await propose(copy, changed, proposal, flags.autoMerge === true)
      : undefined;
  if (changed.pushed && proposal === undefined) await copy.announce?.().catch(() => undefined);
  const { commit, pushed, attempts } = changed;
  const report = {
    environment,
    commit,
    pushed,
    attempts,
    services: changed.services,
    ...(pullRequest && { pullRequest }),
  };
  out(flags.json ? JSON.stringify(report, null, 2) : describe(report, environment));
  return { report, exitCode: report.services.some(({ state }) => state === 'held') ? HELD : 0 };
}
