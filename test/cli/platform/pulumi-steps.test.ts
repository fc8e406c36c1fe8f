import type { EngineEvent } from '@pulumi/pulumi/automation';
import { readableErrors } from '../../../cli/platform/apply';
import { PulumiSteps } from '../../../cli/platform/pulumi-steps';
import type { Progress } from '../../../core/progress';

const urn = (types: string, name: string): string => `urn:pulumi:local::slipway::${types}::${name}`;
const cluster = urn('slipway:component:Cluster$slipway:index:KubernetesCluster', 'cluster');
const deployment = urn('slipway:component:ArgoCd$kubernetes:apps/v1:Deployment', 'argo-cd:argocd/argocd-server');

function record() {
  const log: string[] = [];
  const progress: Progress = {
    say: (line) => void log.push(`say ${line}`),
    step: async (title, work) => {
      log.push(`start ${title}`);
      try {
        const result = await work({
          detail: (text) => void log.push(`${title}: ${text}`),
          advance: () => undefined,
          say: (text) => void log.push(`${title} says ${text}`),
        });
        log.push(`end ${title}`);
        return result;
      } catch (error) {
        log.push(`fail ${title}`);
        throw error;
      }
    },
  };
  return { log, steps: new PulumiSteps(progress) };
}

const event = (part: object): EngineEvent => ({ sequence: 0, timestamp: 0, ...part });
const pre = (op: string, of: string): EngineEvent =>
  event({ resourcePreEvent: { metadata: { op, urn: of, type: of.split('::')[2]!.split('$').at(-1)! } } });
const done = (of: string): EngineEvent => event({ resOutputsEvent: { metadata: { urn: of } } });
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('what takes long has a step of its own, with what its provider tells', async () => {
  const { log, steps } = record();
  steps.onEvent(pre('create', cluster));
  steps.onEvent(
    event({ diagnosticEvent: { urn: cluster, message: 'starting nodes', severity: 'info', ephemeral: true } }),
  );
  steps.onEvent(event({ diagnosticEvent: { urn: cluster, message: 'adopted', severity: 'info', ephemeral: false } }));
  steps.onEvent(done(cluster));
  await settled();
  expect(log).toEqual([
    'start create the cluster',
    'create the cluster: starting nodes',
    'create the cluster says adopted',
    'end create the cluster',
  ]);
});

test('small objects share one step that says what is being made now', async () => {
  const { log, steps } = record();
  steps.onEvent(pre('create', deployment));
  steps.onEvent(event({ diagnosticEvent: { urn: deployment, message: 'waiting for pods\nmore', severity: 'info' } }));
  steps.onEvent(done(deployment));
  steps.close();
  await settled();
  expect(log).toEqual([
    'start objects in the cluster',
    'objects in the cluster: 0 done, now: create Deployment argocd-server',
    'objects in the cluster: Deployment argocd-server: waiting for pods',
    'objects in the cluster: 1 done',
    'end objects in the cluster',
  ]);
});

test('what an object is short of while it starts does not stay', async () => {
  const { log, steps } = record();
  const warning = { urn: deployment, message: '[MinimumReplicasUnavailable] no pods', severity: 'warning' };
  steps.onEvent(pre('create', deployment));
  steps.onEvent(event({ diagnosticEvent: warning }));
  expect(log.at(-1)).toBe('objects in the cluster: Deployment argocd-server: [MinimumReplicasUnavailable] no pods');
  steps.onEvent(event({ diagnosticEvent: { message: 'something is deprecated', severity: 'warning' } }));
  expect(log.at(-1)).toBe('say   something is deprecated');
  steps.onEvent(event({ diagnosticEvent: { message: 'using kubectl from $PATH at /x', severity: 'warning' } }));
  expect(log.at(-1)).toBe('say   something is deprecated');
});

test('components are shown by their parts, images by whose they are', () => {
  const { log, steps } = record();
  steps.onEvent(pre('create', urn('slipway:component:Cluster', 'cluster')));
  steps.onEvent(pre('create', urn('slipway:index:MirroredImages', 'argo-cd-images')));
  expect(log).toEqual(['start create the images of argo-cd']);
  expect(steps.changes).toBe(1);
});

test('only changes are counted', () => {
  const { steps } = record();
  for (const op of ['same', 'read', 'refresh', 'create', 'update']) steps.onEvent(pre(op, deployment));
  expect(steps.changes).toBe(2);
});

test('a failure ends its step as failed and keeps the reason for the message', async () => {
  const { log, steps } = record();
  steps.onEvent(pre('create', cluster));
  steps.onEvent(
    event({ diagnosticEvent: { urn: cluster, message: '<{%reset%}>error: no disk<{%reset%}>\n', severity: 'error' } }),
  );
  steps.onEvent(event({ resOpFailedEvent: { metadata: { urn: cluster } } }));
  await settled();
  expect(log.at(-1)).toBe('fail create the cluster');
  expect(readableErrors([...steps.errors, 'update failed', 'error: no disk'])).toEqual(['no disk']);
});
