import { judge, looksAtDelivery, type Application } from '../../../cli/platform/applications';
import { plainMessage } from '../../../cli/platform/messages';
import type { Pod } from '../../../cli/platform/pod-faults';

function application(status: Application['status']): Application {
  return { metadata: { name: 'developer-service-a' }, spec: {}, ...(status && { status }) };
}

function pod(container: object, extra: object = {}): Pod {
  const status = {
    name: 'web',
    image: 'registry.offerfit.local/service-a:1',
    ready: false,
    restartCount: 0,
    ...container,
  };
  return { metadata: { name: 'service-a-1' }, status: { containerStatuses: [status], ...extra } } as Pod;
}

const synced = { sync: { status: 'Synced', revision: 'abc' } };
const degraded = { ...synced, health: { status: 'Degraded' } };

describe('judge', () => {
  test('what is Synced and Healthy needs no reason', () => {
    expect(judge(application({ ...synced, health: { status: 'Healthy' } }))).toEqual({
      sync: 'Synced',
      health: 'Healthy',
      revision: 'abc',
    });
  });

  test('an Application that is not there yet is missing', () => {
    expect(judge(undefined)).toEqual({
      sync: 'Missing',
      health: 'Missing',
      reason: 'Argo CD has no Application for it yet',
    });
  });

  test('a commit that cannot be read is told without the wrappers around it', () => {
    const message =
      'Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = FailedPrecondition desc = ' +
      'Failed to unmarshal "Deployment.service-a.yaml": failed to unmarshal manifest: error converting YAML to JSON: yaml: line 3: did not find expected node content';
    const verdict = judge(
      application({
        sync: { status: 'Unknown' },
        health: { status: 'Healthy' },
        conditions: [{ type: 'ComparisonError', message }],
      }),
    );
    expect(verdict.sync).toBe('Unknown');
    expect(verdict.reason).toBe(
      'the manifests of this commit cannot be read: Failed to unmarshal "Deployment.service-a.yaml": failed to unmarshal manifest: error converting YAML to JSON: yaml: line 3: did not find expected node content',
    );
  });

  test('a repository that does not answer is told apart from a bad commit', () => {
    const conditions = [
      {
        type: 'ComparisonError',
        message: 'rpc error: code = Unknown desc = dial tcp 10.0.0.1:80: connect: connection refused',
      },
    ];
    expect(judge(application({ sync: { status: 'Unknown' }, conditions })).reason).toBe(
      'Argo CD cannot read the repository: dial tcp 10.0.0.1:80: connect: connection refused',
    );
  });

  test('a failed sync says why', () => {
    const operationState = { phase: 'Failed', message: 'one or more objects failed to apply' };
    expect(judge(application({ sync: { status: 'OutOfSync' }, operationState })).reason).toBe(
      'the last sync failed: one or more objects failed to apply',
    );
  });

  test('a sync that is tried again says what failed', () => {
    const operationState = { phase: 'Running', message: 'one object failed to apply. Retrying attempt #2' };
    expect(judge(application({ sync: { status: 'OutOfSync' }, operationState })).reason).toMatch(
      /^sync is tried again: one object/,
    );
  });

  test('a pod says more than Argo CD knows of its health', () => {
    const failing = pod({ state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } } });
    expect(judge(application(degraded), [failing]).reason).toBe(
      'image registry.offerfit.local/service-a:1 cannot be pulled: Back-off pulling image',
    );
  });

  test('an object that is not well is named where pods say nothing', () => {
    const resources = [
      { kind: 'Ingress', name: 'service-a', health: { status: 'Progressing', message: 'no address yet' } },
    ];
    expect(judge(application({ ...synced, health: { status: 'Progressing' }, resources })).reason).toBe(
      'Ingress service-a is Progressing: no address yet',
    );
  });

  test('one that Argo CD has not looked at says so', () => {
    expect(judge(application(undefined)).reason).toBe('Argo CD has not compared it yet');
  });
});

test('a message is one line of bounded length', () => {
  expect(plainMessage(`rpc error: code = Unknown desc = a\n  b`)).toBe('a b');
  expect(plainMessage('x'.repeat(1000))).toHaveLength(300);
});

test('an Application counts as fresh only when it was looked at after the delivery', () => {
  const since = new Date('2025-06-01T10:00:00.900Z');
  const at = (reconciledAt: string, annotations = {}): Application => ({
    ...application({ reconciledAt }),
    metadata: { name: 'a', annotations },
  });
  expect(looksAtDelivery(at('2025-06-01T10:00:00Z'), since)).toBe(true);
  expect(looksAtDelivery(at('2025-06-01T09:59:59Z'), since)).toBe(false);
  expect(looksAtDelivery(at('2025-06-01T10:00:05Z', { 'argocd.argoproj.io/refresh': 'normal' }), since)).toBe(false);
  expect(looksAtDelivery(application(undefined), since)).toBe(false);
});
