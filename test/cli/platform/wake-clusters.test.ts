import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Stack } from '@pulumi/pulumi/automation';
import { wakeClusters } from '../../../cli/platform/stack-recovery';
import { silentProgress } from '../../../core/progress';
import { platformLabels } from '../../../infra/cluster/ownership';
import type { Engine } from '../../../infra/engine';
import type { Surroundings } from '../../../infra/provider/surroundings';
import { fakeProgram } from '../cli';

const operation = { signal: new AbortController().signal, progress: silentProgress };
const names = ['pier-control-plane', 'pier-worker'];
let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'wake-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A machine with the nodes of the cluster `pier`, each in that state, and what its engine was told to do with them. */
function machine(...states: readonly string[]): { readonly surroundings: Surroundings; readonly told: string[] } {
  const told: string[] = [];
  const status = new Map(states.map((state, index) => [names[index]!, state]));
  const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
  const marker = {
    image: 'node:1',
    nodes: ['control-plane', 'worker'].map((role) => ({ role, labels: [], ports: [], mounts: [] })),
  };
  const answer = (args: readonly string[]): string => {
    if (args.includes('cat')) return JSON.stringify(marker);
    if (args.includes('kubectl')) {
      return JSON.stringify({ items: names.map((name) => ({ metadata: { name }, status: ready })) });
    }
    return '';
  };
  const engine = {
    env: {},
    command: 'docker',
    run: async (args: readonly string[]) => {
      const [verb, name] = args as [string, string];
      if (verb !== 'exec') told.push(args.join(' '));
      if (verb === 'start') status.set(name, 'running');
      return { stdout: answer(args), stderr: '', exitCode: 0 };
    },
    inspect: async () => ({ Name: 'pier', Labels: platformLabels({ name: 'pier', stateFolder: folder }) }),
    containers: async () =>
      [...status].map(([name, state]) => ({
        Id: name,
        Name: `/${name}`,
        State: { Status: state, Running: state === 'running' },
        Config: { Labels: name.endsWith('plane') ? { 'io.x-k8s.kind.role': 'control-plane' } : {} },
        NetworkSettings: { Networks: { pier: {} } },
      })),
  } as unknown as Engine;
  fakeProgram(path.join(folder, 'bin'), 'kind', 'echo a kubeconfig');
  return {
    told,
    surroundings: {
      stateFolder: folder,
      engine: async () => engine,
      tool: async (name) => path.join(folder, 'bin', name),
      engineImage: async (name) => ({ reference: `${name}:1` }),
      imageArchive: async () => path.join(folder, 'image.tar'),
    },
  };
}

/** A stack with a cluster of kind, and what is inside of it. */
function stack(): Stack {
  const node = { labels: {}, ports: [], mounts: [] };
  const inputs = {
    platform: 'pier',
    name: 'pier',
    cluster: {
      driver: 'kind',
      kubernetesVersion: 'v1.36.1',
      nodes: [
        { role: 'control-plane', ...node },
        { role: 'worker', ...node },
      ],
    },
    registryHost: 'registry.x.local',
    mirrorEverything: true,
  };
  const resources = [
    { urn: 'urn:cluster', type: 'slipway:index:KubernetesCluster', inputs },
    { urn: 'urn:inside', type: 'kubernetes:core/v1:ConfigMap', inputs: {} },
  ];
  return { exportStack: async () => ({ version: 3, deployment: { resources } }) } as unknown as Stack;
}

test('nodes that stopped are started, and the kubeconfig is there again', async () => {
  const { surroundings, told } = machine('exited', 'exited');
  await wakeClusters(stack(), surroundings, operation);
  expect(told).toEqual(names.map((name) => `start ${name}`));
  expect(readFileSync(path.join(folder, 'kubeconfig'), 'utf8')).toBe('a kubeconfig\n');
});

test('a cluster that runs is left alone', async () => {
  const { surroundings, told } = machine('running', 'running');
  await wakeClusters(stack(), surroundings, operation);
  expect(told).toEqual([]);
});

test('a cluster that is gone is left to the engine, which makes it anew with all that is in it', async () => {
  const { surroundings, told } = machine();
  await wakeClusters(stack(), surroundings, operation);
  expect(told).toEqual([]);
});
