import type { Catalog } from '../../../apps/model';
import { UserError } from '../../../core/errors';
import type { Kubectl } from '../../../cli/platform/kubectl';
import { expectations, lookAt, waitForApplications, type Expectation } from '../../../cli/platform/wait';

const healthy = { sync: { status: 'Synced' }, health: { status: 'Healthy' } };
const progressing = { sync: { status: 'Synced' }, health: { status: 'Progressing' } };
const expected: readonly Expectation[] = [
  { application: 'developer-service-a', what: 'service-a in developer', namespace: 'developer', service: 'service-a' },
];
const signal = new AbortController().signal;

/** A cluster whose Application goes through these states, one at each look. */
function cluster(states: readonly object[], pods: readonly object[] = []): { kubectl: Kubectl; commands: string[][] } {
  let look = 0;
  const commands: string[][] = [];
  const kubectl: Kubectl = {
    run: async (args) => {
      commands.push([...args]);
      return '';
    },
    list: async (kind) => {
      if (kind === 'pods') return pods as never;
      const status = states[Math.min(look++, states.length - 1)];
      return [{ metadata: { name: 'developer-service-a' }, spec: {}, status }] as never;
    },
    get: async () => undefined,
    on: () => kubectl,
  };
  return { kubectl, commands };
}

const details: string[] = [];
const step = { detail: (text: string) => void details.push(text), advance: () => undefined, say: () => undefined };

test('waits until all is Synced and Healthy', async () => {
  const { kubectl } = cluster([progressing, healthy]);
  const seen = await waitForApplications(kubectl, expected, step, { signal });
  expect(seen[0]!.verdict).toEqual({ sync: 'Synced', health: 'Healthy' });
  expect(details.at(-1)).toBe('service-a in developer: Synced, Progressing');
});

test('what was healthy before the delivery does not count', async () => {
  const since = new Date();
  const before = { ...healthy, reconciledAt: new Date(since.getTime() - 60_000).toISOString() };
  const after = { ...healthy, reconciledAt: new Date(since.getTime() + 1000).toISOString() };
  const { kubectl } = cluster([before, after]);
  await waitForApplications(kubectl, expected, step, { signal, since });
  expect(details.at(-1)).toBe('service-a in developer: Argo CD is looking at the new commit');
});

test('ends with the reason when nothing moves for too long', async () => {
  const pod = {
    metadata: { name: 'p', namespace: 'developer', labels: { 'app.kubernetes.io/name': 'service-a' } },
    status: {
      containerStatuses: [
        { name: 'web', image: 'x:1', ready: false, restartCount: 0, state: { waiting: { reason: 'ErrImagePull' } } },
      ],
    },
  };
  const { kubectl } = cluster([progressing], [pod]);
  const waiting = waitForApplications(kubectl, expected, step, { signal, patienceSeconds: 0 });
  await expect(waiting).rejects.toMatchObject({
    message: '1 of 1 Applications are not Synced and Healthy',
    details: ['service-a in developer: Synced, Progressing (image x:1 cannot be pulled)'],
  });
});

test('is ended by Ctrl-C', async () => {
  const interrupt = new AbortController();
  const waiting = waitForApplications(cluster([progressing]).kubectl, expected, step, { signal: interrupt.signal });
  interrupt.abort(new Error('interrupted'));
  await expect(waiting).rejects.toThrow(/abort/i);
});

test('every environment and every service in it is expected', () => {
  const catalog = {
    environments: [{ name: 'developer', namespace: 'dev', hostPrefix: 'd' }],
    deployments: [{ name: 'service-a', environment: 'developer', namespace: 'dev' }],
  } as unknown as Catalog;
  expect(expectations(catalog).map(({ application }) => application)).toEqual([
    'bootstrap',
    'developer',
    'developer-service-a',
  ]);
});

describe('an environment on another cluster', () => {
  const crashing = {
    metadata: { name: 'shop-1', namespace: 'live', labels: { 'app.kubernetes.io/name': 'shop' } },
    status: {
      containerStatuses: [
        { name: 'shop', image: 'i', ready: false, restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } },
      ],
    },
  };
  const wanted: readonly Expectation[] = [
    {
      application: 'developer-service-a',
      what: 'shop in live',
      namespace: 'live',
      cluster: 'outpost',
      service: 'shop',
    },
  ];
  const degraded = { sync: { status: 'Synced' }, health: { status: 'Degraded' } };

  test('has its pods there, which say why it is not healthy', async () => {
    const asked: (string | undefined)[] = [];
    const { kubectl: other } = cluster([], [crashing]);
    const { kubectl } = cluster([degraded], []);
    const both: Kubectl = { ...kubectl, on: (name) => (asked.push(name), other) };
    const [seen] = await lookAt(both, wanted);
    expect(seen!.verdict.reason).toContain('container shop ends again and again');
    expect(asked).toEqual(['outpost']);
  });

  test('is not healthy where its cluster does not answer, whatever Argo CD saw last; any other fault is one', async () => {
    const { kubectl } = cluster([{ sync: { status: 'Synced' }, health: { status: 'Healthy' } }], [crashing]);
    const failing = (fault: Error): Kubectl => ({
      ...kubectl,
      on: () => ({ ...kubectl, list: () => Promise.reject(fault) }),
    });
    const [seen] = await lookAt(failing(new UserError('the cluster outpost does not answer')), wanted);
    expect(seen!.verdict).toEqual({ sync: 'Synced', health: 'Unknown', reason: 'cluster outpost does not answer' });
    await expect(lookAt(failing(new TypeError('ours')), wanted)).rejects.toThrow('ours');
  });
});
