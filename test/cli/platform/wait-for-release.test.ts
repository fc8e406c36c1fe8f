import type { Kubectl } from '../../../cli/platform/kubectl';
import { waitForRelease, type WaitForReleaseOptions } from '../../../cli/platform/wait-for-release';
import { UserError } from '../../../core/errors';

const wanted = 'a'.repeat(40);
const other = 'b'.repeat(40);
const query = { service: 'shop', environment: 'developer', namespace: 'dev', commit: wanted };
const step = { detail: () => undefined, advance: () => undefined, say: () => undefined };
const good = { sync: { status: 'Synced' }, health: { status: 'Healthy' } };

interface Look {
  readonly commit?: string;
  readonly status?: object;
  /** Of the Deployment; that of the Application where nothing is said. */
  readonly applied?: string;
  readonly rollout?: object;
  readonly pods?: readonly object[];
  readonly events?: readonly object[];
}

/** A cluster that is seen as these, one at each look; the last stays. */
function cluster(looks: readonly Look[], log = 'last words'): Kubectl & { readonly logs: string[][] } {
  let index = -1;
  const look = (): Look => looks[Math.min(index, looks.length - 1)]!;
  const annotations = (commit?: string) => ({
    ...(commit && { 'slipway.dev/source-commit': commit, 'slipway.dev/version': commit.slice(0, 7) }),
  });
  const logs: string[][] = [];
  const kubectl: Kubectl & { readonly logs: string[][] } = {
    logs,
    on: () => kubectl,
    run: async (args) => {
      logs.push([...args]);
      return args.includes('--previous') || !log.startsWith('previous') ? log : '';
    },
    list: async (kind) => (kind === 'pods' ? (look().pods ?? []) : (look().events ?? [])) as never,
    get: async (kind) => {
      if (kind === 'deployments') {
        const { applied, commit, rollout } = look();
        const metadata = { name: 'shop', generation: 1, annotations: annotations(applied ?? commit) };
        const done = { observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1, replicas: 1 };
        return { metadata, spec: { replicas: 1 }, status: { ...done, ...rollout } } as never;
      }
      index += 1;
      const { commit, status = good } = look();
      return { metadata: { name: 'developer-shop', annotations: annotations(commit) }, spec: {}, status } as never;
    },
  };
  return kubectl;
}

const options = (more: Partial<WaitForReleaseOptions> = {}): WaitForReleaseOptions => ({
  signal: new AbortController().signal,
  timeoutSeconds: 20,
  graceSeconds: 0,
  pauseSeconds: 0.001,
  wasReplaced: async () => false,
  ...more,
});

const progressing = { sync: { status: 'Synced' }, health: { status: 'Progressing' } };
const pod = (container: object, metadata: object = {}): object => ({
  metadata: { name: 'shop-1', namespace: 'dev', ...metadata },
  status: { containerStatuses: [{ name: 'web', image: 'x:1', ready: false, restartCount: 3, ...container }] },
});
const crashing = pod({
  state: { waiting: { reason: 'CrashLoopBackOff' } },
  lastState: { terminated: { exitCode: 3 } },
});

test('waits until the commit has arrived and its rollout is over', async () => {
  const kubectl = cluster([
    { commit: other },
    { commit: wanted, applied: other },
    // Argo CD has not seen the new pods yet
    { commit: wanted, rollout: { updatedReplicas: 0 } },
    { commit: wanted, status: progressing },
    { commit: wanted },
  ]);
  expect(await waitForRelease(kubectl, query, step, options())).toEqual({
    service: 'shop',
    environment: 'developer',
    healthy: true,
    commit: wanted,
    version: 'aaaaaaa',
  });
});

test('without a commit it waits for whatever is deployed, also by the first digits of one', async () => {
  const { service, environment, namespace } = query;
  const found = await waitForRelease(
    cluster([{ commit: other }]),
    { service, environment, namespace },
    step,
    options(),
  );
  expect(found).toMatchObject({ healthy: true, commit: other });
  const short = { ...query, commit: wanted.slice(0, 7) };
  expect(await waitForRelease(cluster([{ commit: wanted }]), short, step, options())).toMatchObject({ healthy: true });
});

test('a container that ends is told with its last lines', async () => {
  const kubectl = cluster([{ commit: wanted, status: progressing, pods: [crashing] }], 'no database\n\nbye\n');
  expect(await waitForRelease(kubectl, query, step, options())).toMatchObject({
    healthy: false,
    kind: 'crash loop',
    reason: 'container web ends again and again (exit code 3, 3 restarts)',
    log: ['no database', 'bye'],
  });
  expect(kubectl.logs[0]).toEqual(['logs', 'shop-1', '--namespace=dev', '--container=web', '--tail=20']);
});

test('where the new run has written nothing, the lines are those of the run before', async () => {
  const kubectl = cluster([{ commit: wanted, status: progressing, pods: [crashing] }], 'previous words');
  expect(await waitForRelease(kubectl, query, step, options())).toMatchObject({ log: ['previous words'] });
});

test('a probe that fails is told with what the kubelet noted', async () => {
  const events = [
    {
      metadata: { name: 'e' },
      reason: 'Unhealthy',
      message: 'Startup probe failed: HTTP probe failed with statuscode: 404',
      involvedObject: { name: 'shop-1', namespace: 'dev' },
    },
  ];
  const kubectl = cluster([{ commit: wanted, status: progressing, pods: [pod({ state: { running: {} } })], events }]);
  expect(await waitForRelease(kubectl, query, step, options())).toMatchObject({
    kind: 'failed probe',
    reason: 'container web runs but is not ready: Startup probe failed: HTTP probe failed with statuscode: 404',
  });
});

test('pods that are on their way out are not blamed', async () => {
  const leaving = pod({}, { deletionTimestamp: '2025-06-01T10:00:00Z' });
  const kubectl = cluster([{ commit: wanted, status: progressing, pods: [leaving] }, { commit: wanted }]);
  expect(await waitForRelease(kubectl, query, step, options())).toMatchObject({ healthy: true });
});

test('a fault that passes is none', async () => {
  const kubectl = cluster([{ commit: wanted, status: progressing, pods: [crashing] }, { commit: wanted }]);
  expect(await waitForRelease(kubectl, query, step, options({ graceSeconds: 60 }))).toMatchObject({ healthy: true });
});

test('what Kubernetes has given up on is not waited for', async () => {
  const status = {
    sync: { status: 'Synced' },
    health: { status: 'Degraded' },
    resources: [{ kind: 'Deployment', name: 'shop', health: { status: 'Degraded', message: 'exceeded its deadline' } }],
  };
  const rollout = { updatedReplicas: 0, conditions: [{ type: 'Progressing', status: 'False' }] };
  const kubectl = cluster([{ commit: wanted, status, rollout }]);
  expect(await waitForRelease(kubectl, query, step, options({ graceSeconds: 600 }))).toMatchObject({
    kind: 'degraded',
    reason: 'Deployment shop is Degraded: exceeded its deadline',
  });
});

test('what Argo CD still says of the release before is not told of the one that takes its place', async () => {
  const status = {
    sync: { status: 'Synced' },
    health: { status: 'Degraded' },
    resources: [{ kind: 'Deployment', name: 'shop', health: { status: 'Degraded', message: 'exceeded its deadline' } }],
  };
  const stuck = { conditions: [{ type: 'Progressing', status: 'False' }] };
  const kubectl = cluster([
    // Kubernetes has not looked at what was applied just now, and then has
    { commit: wanted, status, rollout: { observedGeneration: 0, ...stuck } },
    { commit: wanted, status, rollout: { conditions: [{ type: 'Progressing', status: 'True' }] } },
    { commit: wanted },
  ]);
  expect(await waitForRelease(kubectl, query, step, options())).toMatchObject({ healthy: true });
});

test('another object of the release that is degraded is one of its faults', async () => {
  const ingress = { kind: 'Ingress', name: 'shop', health: { status: 'Degraded', message: 'no address' } };
  const status = { sync: { status: 'Synced' }, health: { status: 'Degraded' }, resources: [ingress] };
  expect(await waitForRelease(cluster([{ commit: wanted, status }]), query, step, options())).toMatchObject({
    kind: 'degraded',
    reason: 'Ingress shop is Degraded: no address',
  });
});

test('a sync that fails again and again is told, and not what still runs', async () => {
  const operationState = { phase: 'Running', retryCount: 2, message: 'Service "shop" is invalid. Retrying attempt #2' };
  const status = { sync: { status: 'OutOfSync' }, health: { status: 'Healthy' }, operationState };
  const kubectl = cluster([{ commit: wanted, applied: other, status }]);
  expect(await waitForRelease(kubectl, query, step, options({ graceSeconds: 600 }))).toMatchObject({
    kind: 'sync error',
    reason: expect.stringContaining('Service "shop" is invalid'),
  });
});

test('a release that another has taken the place of is superseded, whether seen or known from Git', async () => {
  const seen = cluster([{ commit: wanted, status: progressing }, { commit: other }]);
  const superseded = { healthy: false, kind: 'superseded', reason: 'bbbbbbb has taken its place in developer' };
  expect(await waitForRelease(seen, query, step, options())).toMatchObject(superseded);
  const wasReplaced = jest.fn(async () => true);
  const known = cluster([{ commit: other }]);
  expect(await waitForRelease(known, query, step, options({ wasReplaced }))).toMatchObject(superseded);
  expect(wasReplaced).toHaveBeenCalledWith(wanted);
});

test('a commit that never comes is not delivered, and Git is asked once', async () => {
  const wasReplaced = jest.fn(async () => false);
  const kubectl = cluster([{ commit: other }]);
  expect(await waitForRelease(kubectl, query, step, options({ timeoutSeconds: 0.05, wasReplaced }))).toMatchObject({
    kind: 'not delivered',
    reason: expect.stringContaining('aaaaaaa has not come to developer'),
  });
  expect(wasReplaced).toHaveBeenCalledTimes(1);
});

test('a rollout that comes to no end is told with where it stands', async () => {
  const kubectl = cluster([{ commit: wanted, status: progressing, pods: [pod({ state: { running: {} } })] }]);
  expect(await waitForRelease(kubectl, query, step, options({ timeoutSeconds: 0.05 }))).toMatchObject({
    kind: 'timeout',
    reason: expect.stringContaining('container web runs but is not ready yet'),
  });
});

test('an API server that is busy for a moment is asked again, any other fault is not', async () => {
  const failing = (fault: Error): Kubectl => {
    const kubectl = cluster([{ commit: wanted }]);
    const faults = [fault];
    const get = kubectl.get;
    return { ...kubectl, get: (...args) => (faults.length > 0 ? Promise.reject(faults.pop()!) : get(...args)) };
  };
  const busy = failing(new UserError('the cluster does not answer'));
  expect(await waitForRelease(busy, query, step, options())).toMatchObject({ healthy: true });
  await expect(waitForRelease(failing(new TypeError('ours')), query, step, options())).rejects.toThrow('ours');
});
