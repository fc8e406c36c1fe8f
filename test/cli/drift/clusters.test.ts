import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { destinationsOf, lookAtClusters, objectsFor } from '../../../cli/drift/clusters';
import { withCluster } from '../../../cli/drift/proxy';
import type { Catalog } from '../../../apps/model';
import type { Project } from '../../../cli/platform/project';
import { distObject } from '../../review/policy/tree';
import { fakeKubectlProxy } from './fake-proxy';

const folder = mkdtempSync(path.join(os.tmpdir(), 'drift-'));
const temporary = process.env['TMPDIR'];
beforeAll(() => {
  process.env['TMPDIR'] = folder;
});
afterAll(() => {
  if (temporary === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = temporary;
  rmSync(folder, { recursive: true, force: true });
});

const settings = (environment: string, colour = 'red') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: environment },
  data: { colour },
});
const objects = ['developer', 'production', 'argocd'].map((environment) =>
  distObject(`${environment}/shop/ConfigMap.settings.yaml`, settings(environment)),
);
const catalog = {
  environments: [{ name: 'developer' }, { name: 'production', cluster: 'far' }],
} as unknown as Pick<Catalog, 'environments'>;
const { signal } = new AbortController();

test("an environment's objects belong to its cluster, and Argo CD's own to the platform's", () => {
  const filesOf = (cluster?: string) => objectsFor(objects, catalog, cluster).map(({ place }) => place.environment);
  expect([filesOf(), filesOf('far')]).toEqual([['developer', 'argocd'], ['production']]);
});

test('every cluster is looked at by a kubeconfig of its own, and one that is not there is told', () => {
  const state = path.join(folder, 'state');
  const project = {
    catalog: { platform: { clusters: { far: {} } } },
    settings: { name: 'slipway' },
    state,
  } as unknown as Project;
  mkdirSync(path.join(state, 'clusters/slipway-far'), { recursive: true });
  writeFileSync(path.join(state, 'kubeconfig'), '');
  expect(() => destinationsOf(project)).toThrow('there is no kubeconfig of the cluster far on this machine');
  writeFileSync(path.join(state, 'clusters/slipway-far/kubeconfig'), '');
  expect(destinationsOf(project)).toEqual([
    { kubeconfig: path.join(state, 'kubeconfig') },
    { cluster: 'far', kubeconfig: path.join(state, 'clusters/slipway-far/kubeconfig') },
  ]);
});

test('what another cluster lacks is told with its name, and no proxy stays', async () => {
  const kubectl = fakeKubectlProxy(folder, {
    near: [settings('developer'), settings('argocd')],
    far: [settings('production', 'blue')],
  });
  const destinations = [{ kubeconfig: 'near' }, { cluster: 'far', kubeconfig: 'far' }];
  expect(await lookAtClusters(objects, { catalog, destinations, kubectl, signal })).toEqual([
    {
      object: 'ConfigMap production/settings',
      file: 'dist/production/shop/ConfigMap.settings.yaml',
      cluster: 'far',
      state: 'changed',
      details: ['data.colour'],
    },
  ]);
  expect(readdirSync(folder).filter((name) => name.startsWith('slipway-proxy-'))).toEqual([]);
});

test('a kubectl that cannot use the kubeconfig is told with its words, and one that is missing is an error', async () => {
  const kubectl = path.join(folder, 'failing');
  writeFileSync(kubectl, '#!/bin/sh\necho "error: no such context" >&2\nexit 1\n');
  chmodSync(kubectl, 0o755);
  const look = (command: string) => withCluster({ kubectl: command, kubeconfig: 'k', signal }, async () => undefined);
  await expect(look(kubectl)).rejects.toMatchObject({
    message: 'kubectl cannot use k',
    details: ['error: no such context'],
  });
  await expect(look(path.join(folder, 'nothing'))).rejects.toThrow('ENOENT');
});
