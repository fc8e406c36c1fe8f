import type { OutcomeName } from '../../../infra/components/notifications/outcomes';
import type { TriggerName } from '../../../infra/components/notifications/triggers';

export const commit = '3f2c1abd9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b';
const applied = 'a'.repeat(40);
const ago = (seconds: number): string => `${new Date(Date.now() - seconds * 1000).toISOString().slice(0, 19)}Z`;

/** An Application as Argo CD shows it when this has become of a release, and the trigger that sees it. */
export interface Case {
  readonly outcome: OutcomeName;
  readonly trigger: TriggerName;
  readonly status: object;
  readonly metadata?: object;
  /** What is told, in one sentence. */
  readonly sentence: string;
}

const synced = { status: 'Synced', revision: applied };
const succeeded = { phase: 'Succeeded', startedAt: ago(60), finishedAt: ago(58), syncResult: { revision: applied } };
const live = { externalURLs: [`http://git.offerfit.local/offerfit/platform/commit/${commit}`] };
const health = (status: string): object => ({ status, lastTransitionTime: ago(30) });

export const cases: readonly Case[] = [
  {
    outcome: 'running',
    trigger: 'running',
    status: { sync: synced, health: health('Progressing'), operationState: succeeded, summary: live },
    sentence: 'service-a 3f2c1ab is rolling out in developer',
  },
  {
    outcome: 'deployed',
    trigger: 'healthy',
    status: { sync: synced, health: health('Healthy'), operationState: succeeded, summary: live },
    sentence: 'service-a 3f2c1ab runs in developer',
  },
  {
    outcome: 'degraded',
    trigger: 'degraded',
    status: {
      ...{ sync: synced, health: health('Degraded'), operationState: succeeded, summary: live },
      resources: [
        { kind: 'Service', name: 'service-a', status: 'Synced', health: { status: 'Healthy' } },
        {
          ...{ kind: 'Deployment', name: 'service-a', status: 'Synced' },
          health: { status: 'Degraded', message: 'Deployment "service-a" exceeded its progress deadline' },
        },
      ],
    },
    sentence: 'service-a 3f2c1ab fails in developer: Deployment "service-a" exceeded its progress deadline',
  },
  {
    outcome: 'sync-failed',
    trigger: 'sync-failed',
    status: {
      sync: { status: 'OutOfSync', revision: applied },
      health: health('Healthy'),
      operationState: {
        ...{ ...succeeded, phase: 'Failed', startedAt: ago(100) },
        message: `one or more objects failed to apply: ${'the API server says why, at length, '.repeat(5)}`,
      },
      // what runs is of another commit
      summary: { externalURLs: ['http://git.offerfit.local/offerfit/platform/commit/0123456'] },
    },
    sentence: 'service-a 3f2c1ab cannot be applied to developer: one or more objects failed to apply: the API server',
  },
  {
    outcome: 'unreadable',
    trigger: 'unreadable',
    status: {
      sync: { status: 'Unknown' },
      health: health('Healthy'),
      operationState: succeeded,
      summary: live,
      conditions: [{ type: 'ComparisonError', message: 'Failed to unmarshal "x.yaml"', lastTransitionTime: ago(90) }],
    },
    sentence: 'service-a 3f2c1ab cannot be read for developer: Failed to unmarshal "x.yaml"',
  },
  {
    outcome: 'removed',
    trigger: 'removed',
    status: { sync: synced, health: health('Healthy'), operationState: succeeded, summary: live },
    metadata: { deletionTimestamp: ago(1), deletionGracePeriodSeconds: 0 },
    sentence: 'service-a is removed from developer',
  },
];

/** A release that has just taken the place of one that degraded, before Kubernetes has looked at it. */
export const tookItsPlace = {
  status: {
    ...{ sync: synced, operationState: { ...succeeded, startedAt: ago(20) }, summary: live },
    health: health('Degraded'),
  },
};

/** The object that Argo CD would have for it. */
export function application({ status, metadata }: Pick<Case, 'status' | 'metadata'>): object {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name: 'developer-service-a',
      namespace: 'argocd',
      labels: { 'slipway.dev/service': 'service-a', 'slipway.dev/environment': 'developer' },
      annotations: {
        'slipway.dev/source-commit': commit,
        'slipway.dev/source-repository': 'offerfit/platform',
        'slipway.dev/version': '3f2c1ab',
        'slipway.dev/host': 'dev.service-a.offerfit.local',
      },
      ...metadata,
    },
    spec: { project: 'developer' },
    status,
  };
}
