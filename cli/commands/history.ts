import { listed } from '../../apps/violation';
import { UserError } from '../../core/errors';
import { readHistory } from '../../delivery/read-history';
import { runs, type LockEntry } from '../../delivery/lock-history';
import type { CommandContext } from '../context';
import { openCopy } from '../platform/copy';
import { environmentOf } from '../platform/lock-changes';
import { loadProject } from '../platform/project';
import { table } from '../platform/summary';

export interface HistoryFlags {
  readonly env: string;
  readonly limit: number;
  readonly remote?: string;
  readonly json?: boolean;
}

function describe(entries: readonly LockEntry[]): string {
  const rows = entries.map(({ since, release, action, by, mergedBy, reason, forced, commit }) => [
    since,
    action,
    release.unreleased ? 'unreleased' : release.version,
    release.unreleased ? '' : (release.source?.slice(0, 7) ?? 'unknown'),
    mergedBy === undefined || mergedBy === by ? by : `${by}, merged by ${mergedBy}`,
    commit.slice(0, 7),
    [...(release.hold ? ['held'] : []), reason ?? '', ...(forced === undefined ? [] : [`forced: ${forced}`])]
      .filter(Boolean)
      .join('; '),
  ]);
  return table(['since', 'by what', 'version', 'source', 'by whom', 'commit', 'why'], rows);
}

/** What ran when; not the same as what Argo CD did, but what it was told. */
export async function history(context: CommandContext, flags: HistoryFlags, service: string): Promise<void> {
  const { root, signal, out } = context;
  const project = await loadProject(root);
  environmentOf(project, flags.env);
  const { remote } = await openCopy(project, context, flags);
  const entries = await readHistory({ root, remote, signal, service, environment: flags.env, limit: flags.limit });
  if (entries.length === 0) {
    const names = project.catalog.services.map(({ name }) => name);
    if (!names.includes(service)) throw new UserError(`"${service}" is not a service; allowed: ${listed(names)}`);
    throw new UserError(`${service} has no history in ${flags.env}: nothing was recorded for it yet`, {
      repair: `npx slipway bump ${service} --env ${flags.env} --image <image>@<digest>`,
    });
  }
  const running = new Set(runs(entries).map(({ commit }) => commit));
  out(
    flags.json
      ? JSON.stringify(
          entries.map((entry) => ({ ...entry, changedWhatRuns: running.has(entry.commit) })),
          null,
          2,
        )
      : describe(entries),
  );
}
