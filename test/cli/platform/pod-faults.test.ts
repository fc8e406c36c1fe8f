import { podFault, type Pod, type PodEvent } from '../../../cli/platform/pod-faults';

function pod(container: object, extra: object = {}): Pod {
  const status = { name: 'web', image: 'registry.x/shop:1', ready: false, restartCount: 0, ...container };
  return {
    metadata: { name: 'shop-1', namespace: 'developer' },
    status: { containerStatuses: [status], ...extra },
  } as Pod;
}

const event = (message: string, name = 'shop-1'): PodEvent => ({
  metadata: { name: 'e' },
  reason: 'Unhealthy',
  message,
  involvedObject: { name, namespace: 'developer' },
});
const readiness = event('Readiness probe failed: HTTP probe failed with statuscode: 500');
const crashing = {
  restartCount: 4,
  state: { waiting: { reason: 'CrashLoopBackOff' } },
  lastState: { terminated: { exitCode: 3 } },
};
const killed = { ...crashing, lastState: { terminated: { exitCode: 137 } } };
const running = { state: { running: {} } };

test.each<[string, Pod, readonly PodEvent[], unknown]>([
  ['a pod that is ready has none', pod({ ready: true, ...running }), [readiness], undefined],
  [
    'one that starts is no fault yet',
    pod(running),
    [],
    { kind: 'starting', reason: 'container web runs but is not ready yet', container: 'web' },
  ],
  [
    'an image on its way is no fault yet',
    pod({ state: { waiting: { reason: 'ContainerCreating' } } }),
    [],
    { kind: 'starting', reason: 'image registry.x/shop:1 is being pulled or its container made' },
  ],
  [
    'an image that a registry does not have, without what containerd says around it',
    pod({
      state: {
        waiting: {
          reason: 'ImagePullBackOff',
          message:
            'Back-off pulling image "registry.x/shop:1": ErrImagePull: rpc error: code = NotFound desc = failed to pull and ' +
            'unpack image "registry.x/shop@sha256:ff": failed to resolve reference "registry.x/shop@sha256:ff": ' +
            'registry.x/shop@sha256:ff: not found',
        },
      },
    }),
    [],
    {
      kind: 'image pull',
      reason: 'image registry.x/shop:1 cannot be pulled: registry.x/shop@sha256:ff: not found',
    },
  ],
  [
    'an image that is not there',
    pod({ state: { waiting: { reason: 'ErrImagePull', message: 'rpc error: code = NotFound desc = not\nfound' } } }),
    [],
    { kind: 'image pull', reason: 'image registry.x/shop:1 cannot be pulled: not found' },
  ],
  [
    'a container that ends by itself',
    pod(crashing),
    [],
    {
      kind: 'crash loop',
      reason: 'container web ends again and again (exit code 3, 4 restarts)',
      container: 'web',
    },
  ],
  [
    'a container that ends by itself is not blamed on its probe',
    pod(crashing),
    [readiness],
    expect.objectContaining({ kind: 'crash loop' }),
  ],
  [
    'a container that ends by itself and runs for a moment between',
    pod({ ...crashing, state: { running: {} } }),
    [readiness],
    {
      kind: 'crash loop',
      reason: 'container web ends again and again (exit code 3, 4 restarts)',
      container: 'web',
    },
  ],
  [
    'a container that is ended for its probe',
    pod(killed),
    [event('Liveness probe failed: connection refused')],
    {
      kind: 'failed probe',
      reason: 'container web is ended again and again (4 restarts): Liveness probe failed: connection refused',
      container: 'web',
    },
  ],
  [
    'a probe that fails, by its newest word',
    pod(running),
    [event('old'), readiness, event('of another pod', 'shop-2')],
    {
      kind: 'failed probe',
      reason: 'container web runs but is not ready: Readiness probe failed: HTTP probe failed with statuscode: 500',
      container: 'web',
    },
  ],
  [
    'a container without a secret',
    pod({ state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "x" not found' } } }),
    [],
    { kind: 'configuration', reason: 'container web cannot start: secret "x" not found' },
  ],
  [
    'a container without memory',
    pod({ ...crashing, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }),
    [readiness],
    { kind: 'out of memory', reason: 'container web ran out of its memory limit', container: 'web' },
  ],
  [
    'a pod that no node takes',
    pod({}, { conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }] }),
    [],
    { kind: 'unschedulable', reason: 'no node takes its pod: 0/3 nodes are available' },
  ],
])('%s', (_title, value, events, expected) => {
  expect(podFault(value, events)).toEqual(expected);
});

test('what failed says more than what merely waits', () => {
  const init = { name: 'prepare', image: 'x', ready: false, restartCount: 0, state: { running: {} } };
  const found = podFault(pod(crashing, { initContainerStatuses: [init] }));
  expect(found).toMatchObject({ kind: 'crash loop', container: 'web' });
});
