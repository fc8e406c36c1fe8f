import { UserError } from '../../core/errors';
import { promote as promoteLocks } from '../../delivery/promote';
import type { CommandContext } from '../context';
import { admission } from '../platform/admission';
import { changeCopy, environmentOf, type LockFlags } from '../platform/lock-changes';
import { loadProject, type Project } from '../platform/project';
import { serviceRegistry } from '../platform/registry';
import { openPlatformSupply } from '../platform/supply';

export interface PromoteFlags extends LockFlags {
  readonly from?: string;
  readonly to: string;
  /** A version. */
  readonly release?: string;
  readonly force?: boolean;
  readonly reason?: string;
}

/** The environment that releases come from. @throws UserError where the catalog's way is another one */
export function wayTo(project: Project, to: string, from?: string): string {
  const { promotesFrom } = environmentOf(project, to);
  if (from !== undefined) environmentOf(project, from);
  if (promotesFrom === undefined) {
    throw new UserError(`nothing is promoted to ${to}: it is fed by merges`, {
      repair: `npx slipway bump <service> --env ${to}; or set promotesFrom in apps/environments.ts`,
    });
  }
  if (from !== undefined && from !== promotesFrom) {
    throw new UserError(`${to} takes releases from ${promotesFrom}, not from ${from}`, {
      repair: `npx slipway promote <service> --from ${promotesFrom} --to ${to}`,
    });
  }
  return promotesFrom;
}

/** The reason for overriding; undefined where nothing is overridden. */
export function forcedReason({ force, reason }: Pick<PromoteFlags, 'force' | 'reason'>): string | undefined {
  if (!force) return undefined;
  if (reason?.trim()) return reason;
  throw new UserError('--force wants a reason, which is recorded', { repair: 'add --reason <text>' });
}

/** Adds a version as a tag; the registry and its tool are asked only then. */
function tagger(project: Project, context: CommandContext, version: string | undefined) {
  return async (image: string, digest: string): Promise<void> => {
    if (version === undefined) return;
    const supply = await openPlatformSupply(project, context);
    const registry = serviceRegistry(project, { crane: await supply.tool('crane'), signal: context.signal });
    await registry.tag(image, digest, version);
  };
}

export interface Promotion extends PromoteFlags {
  readonly services: readonly string[];
  /** Promote what was recorded for this commit. @default what is recorded now */
  readonly at?: string;
  /** Only those of the services that have another image. @default false */
  readonly whatChanged?: boolean;
}

/** Promotes after asking Argo CD, directly or by a pull request. */
export async function promoteServices(context: CommandContext, promotion: Promotion): Promise<number> {
  const { services, to, at } = promotion;
  const version = promotion.release?.replace(/^v(?=\d)/, '');
  const project = await loadProject(context.root);
  const from = wayTo(project, to, promotion.from);
  const forced = forcedReason(promotion);
  const healthy = admission(project, context, from, promotion.remote);
  const tag = tagger(project, context, version);
  const { exitCode } = await changeCopy(context, promotion, {
    action: 'promote',
    environment: to,
    services,
    approvable: true,
    title: `promote ${services.join(', ')} from ${from} to ${to}`,
    work: (command) =>
      promoteLocks({
        ...command,
        services,
        from,
        to,
        ...(version !== undefined && { version }),
        ...(at !== undefined && { at }),
        ...(promotion.whatChanged && { whatChanged: true }),
        ...(forced !== undefined && { forced: `promoted without asking Argo CD: ${forced}` }),
        admit: async (service, release) => {
          if (forced === undefined) await healthy(service, release);
          await tag(release.image, release.digest);
        },
      }),
  });
  return exitCode;
}

export function promote(context: CommandContext, flags: PromoteFlags, ...services: readonly string[]): Promise<number> {
  return promoteServices(context, { ...flags, services });
}
