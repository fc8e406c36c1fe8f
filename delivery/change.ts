import type { Release } from '../apps/model';

/** What happened, as the commit says it and `history` reads it. */
export type Action = 'bump' | 'promote' | 'rollback' | 'hold' | 'release-hold';

/** What became of one service. */
export type State = 'landed' | 'proposed' | 'current' | 'superseded' | 'held';

/** What is to become of one lock: another release, or a reason to leave it. */
export type Decision =
  | { readonly state: 'landed'; readonly release: Release }
  | { readonly state: Exclude<State, 'landed' | 'proposed'>; readonly reason?: string };

export interface Outcome {
  readonly service: string;
  readonly state: State;
  readonly version?: string;
  readonly source?: string;
  readonly digest?: string;
  /** Why it was left as it is. */
  readonly reason?: string;
}

/** Who changes a lock. */
export interface Actor {
  readonly name: string;
  /** @default Git's own setting */
  readonly email?: string;
}

/** What a commit tells of a change beside the locks themselves. */
export interface Telling {
  readonly action: Action;
  readonly environment: string;
  readonly actor: Actor;
  /** @default none */
  readonly reason?: string;
  /** What was overridden, and why. @default nothing */
  readonly forced?: string;
}

/** Trailers of the commits that change locks. */
export const trailers = {
  action: 'Slipway-action',
  by: 'Slipway-by',
  reason: 'Slipway-reason',
  forced: 'Slipway-forced',
} as const;

/** One lock before and after. */
export interface Changed {
  readonly service: string;
  readonly before: Release;
  readonly after: Release;
}

export function versionName(release: Release): string {
  return release.unreleased ? 'unreleased' : release.version;
}

const SUBJECTS: Readonly<Record<Action, (what: string, environment: string, version: string) => string>> = {
  bump: (what, environment, version) => `Bump ${what} in ${environment}${version}`,
  promote: (what, environment, version) => `Promote ${what} to ${environment}${version}`,
  rollback: (what, environment, version) => `Roll back ${what} in ${environment}${version}`,
  hold: (what, environment) => `Hold ${what} in ${environment}`,
  'release-hold': (what, environment) => `Release the hold of ${what} in ${environment}`,
};

/** Subject, one line for each service, and trailers. */
export function commitMessage(
  { action, environment, actor, reason, forced }: Telling,
  changes: readonly Changed[],
): string {
  const [only] = changes;
  const what = changes.length === 1 ? only!.service : `${changes.length} services`;
  const version = changes.length === 1 ? `: ${versionName(only!.after)}` : '';
  const line = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
  return [
    SUBJECTS[action](what, environment, version),
    '',
    ...changes.map(({ service, before, after }) => `- ${service}: ${versionName(before)} -> ${versionName(after)}`),
    '',
    `${trailers.action}: ${action}`,
    `${trailers.by}: ${line(actor.name)}`,
    ...(reason === undefined ? [] : [`${trailers.reason}: ${line(reason)}`]),
    ...(forced === undefined ? [] : [`${trailers.forced}: ${line(forced)}`]),
    '',
  ].join('\n');
}
