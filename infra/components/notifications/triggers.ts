import type { OutcomeName } from './outcomes';

/** When something is told, and how often. @see https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/triggers/ */
export interface Trigger {
  readonly send: OutcomeName;
  /** Expressions that all have to hold. */
  readonly when: readonly string[];
  /** Expressions of text: told once for each value that they come to together. */
  readonly oncePer: readonly string[];
}

const commit = 'app.metadata.annotations["slipway.dev/source-commit"]';
const operation = 'app.status.operationState';
const known = `${commit} != ""`;

/**
 * Manifests and annotations reach Argo CD by two ways. Only where the live Service links to the commit that the
 * annotation names are they of the same release, and what is seen is of that commit.
 */
const live = `any(app.status.summary?.externalURLs ?? [], {# endsWith ("/commit/" + ${commit})})`;

const secondsSince = (time: string): string => `time.Now().Sub(time.Parse(${time})).Seconds()`;

/**
 * The operation that brought what runs. There is one for each change of a service's own manifests and none for those of
 * its neighbours, so a commit hears of nothing that it did not change.
 */
const revision = `(${operation}?.syncResult?.revision ?? "")`;
const transition = '(app.status.health?.lastTransitionTime ?? "")';

const synced = 'app.status.sync?.status == "Synced"';
const healthIs = (status: string): string => `app.status.health?.status == "${status}"`;
const healthy = [known, live, synced, `${operation}?.phase == "Succeeded"`, healthIs('Healthy')];

/**
 * Whether it is as it is since what runs was brought: after a rollback Argo CD shows what was rolled back as degraded until
 * Kubernetes has looked at what took its place.
 */
const since = `${transition} != "" and ${secondsSince(transition)} <= ${secondsSince(`${operation}.startedAt`)}`;

export const triggers = {
  running: { send: 'running', when: [known, live, synced, healthIs('Progressing')], oncePer: [commit, revision] },
  deployed: { send: 'deployed', when: healthy, oncePer: [commit, revision] },
  // as above, and again whenever it has recovered
  healthy: { send: 'deployed', when: healthy, oncePer: [commit, revision, transition] },
  degraded: {
    send: 'degraded',
    when: [known, live, healthIs('Degraded'), since],
    oncePer: [commit, revision, transition],
  },
  'sync-failed': {
    send: 'sync-failed',
    when: [
      known,
      // a sync is tried for ever, so that one which failed is mostly seen waiting for its next attempt
      `(${operation}?.phase in ["Failed", "Error"] or (${operation}?.phase == "Running" and (${operation}?.retryCount ?? 0) > 0))`,
      // at the start of an attempt nothing is known of what went wrong
      `not ((${operation}?.message ?? "") startsWith "Retrying operation")`,
      // what is still live is not what failed, unless it is what was to be applied again
      `(not ${live} or ${secondsSince(`${operation}.startedAt`)} > 90)`,
    ],
    oncePer: [commit, revision],
  },
  unreadable: {
    send: 'unreadable',
    when: [
      known,
      // a forge that is away for a moment is nobody's commit's fault
      `any(app.status.conditions ?? [], {#.type endsWith "Error" and ${secondsSince('#.lastTransitionTime')} > 60})`,
    ],
    oncePer: [commit, revision],
  },
  removed: {
    send: 'removed',
    when: [known, 'app.metadata.deletionTimestamp != nil'],
    oncePer: [commit, 'app.metadata.deletionTimestamp'],
  },
} as const satisfies Readonly<Record<string, Trigger>>;

export type TriggerName = keyof typeof triggers;

/** What Argo CD reads below `trigger.<name>`. */
export function triggerDefinition({ send, when, oncePer }: Trigger): object {
  return [{ when: when.join(' and '), oncePer: oncePer.join(' + " " + '), send: [send] }];
}
