/** Drift of a real API server that has the project's dist: none, then what was done to it and no more. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { DriftReport } from '../../cli/commands/drift';
import { readChange, rehearseOn } from '../../cli/rehearsal/rehearse';
import { withControlPlane } from '../../infra/control-plane/control-plane';
import { ApiClient, type ApiServer } from '../../infra/kubernetes/api-client';
import { createSupply } from '../../infra/supply';
import { kubernetesVersion } from '../../infra/versions';
import { Workspace } from './harness';

const workspace = new Workspace({ name: 'drift-e2e', httpPort: 18094, httpsPort: 18454, registryPort: 15094 });
const folder = mkdtempSync(path.join(os.tmpdir(), 'drift-e2e-'));
const kubeconfig = path.join(folder, 'kubeconfig');

afterAll(() => {
  workspace.remove();
  rmSync(folder, { recursive: true, force: true });
});

function writeKubeconfig({ url, ca = '', token }: ApiServer): void {
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'me' } }],
    clusters: [
      { name: 'here', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name: 'me', user: { token } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(content), { mode: 0o600 });
}

async function look(): Promise<{ readonly exitCode: number; readonly report: DriftReport }> {
  const { exitCode, stdout } = await workspace.slipway('drift', '--json', '--kubeconfig', kubeconfig);
  return { exitCode, report: JSON.parse(stdout) as DriftReport };
}

const deployment = (name: string): string => `/apis/apps/v1/namespaces/developer/deployments/${name}`;

/** Changes an object as somebody else than Argo CD. */
async function merge(client: ApiClient, target: string, body: object): Promise<void> {
  const contentType = 'application/merge-patch+json';
  const { status } = await client.send(target, { method: 'PATCH', contentType, query: { fieldManager: 'me' }, body });
  expect(status).toBe(200);
}

test('what others own is no drift; what was changed, deleted or edited is; and looking changes nothing', async () => {
  const supply = createSupply();
  const [etcd, kubeApiserver] = [await supply.tool('etcd'), await supply.tool('kube-apiserver')];
  const definitions = await readFile(await supply.manifest('argo-cd'), 'utf8');
  const { signal } = new AbortController();
  const change = await readChange(workspace.root, signal, 'HEAD', 'HEAD');
  const props = { etcd, kubeApiserver, definitions, kubernetes: kubernetesVersion };
  await withControlPlane(props, async (server) => {
    const { refusedBefore } = await rehearseOn(server, { change, props, signal, onStep: () => undefined });
    expect(refusedBefore).toEqual([]);
    writeKubeconfig(server);
    const client = new ApiClient(server);
    try {
      // GIVEN a label, an annotation and a variable of somebody else, and what the API server wrote by itself
      await merge(client, deployment('service-b'), {
        metadata: { annotations: { 'team.example.test/note': 'mine' }, labels: { team: 'mine' } },
        spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } },
      });
      expect(await look()).toEqual({ exitCode: 0, report: { drift: false, dist: [], branch: [], cluster: [] } });

      // WHEN what Git says is changed and deleted by hand, and dist is edited
      await merge(client, deployment('service-a'), { spec: { replicas: 3 } });
      await client.send('/api/v1/namespaces/developer/services/service-b', { method: 'DELETE' });
      workspace.edit('dist/production/service-a/Deployment.service-a.yaml', /replicas: \d+/, 'replicas: 9');
      const before = await client.send(deployment('service-a'));
      const { exitCode, report } = await look();

      // THEN that and nothing else is told
      expect(exitCode).toBe(1);
      expect(report).toEqual({
        drift: true,
        dist: [expect.stringContaining('production/service-a/Deployment.service-a.yaml')],
        branch: [],
        cluster: [
          expect.objectContaining({
            object: 'Deployment developer/service-a',
            state: 'changed',
            details: ['spec.replicas'],
          }),
          expect.objectContaining({ object: 'Service developer/service-b', state: 'missing', details: [] }),
        ],
      });
      expect(await client.send(deployment('service-a'))).toEqual(before);
    } finally {
      client.close();
    }
  });
  const gone = await workspace.slipway('drift', '--kubeconfig', kubeconfig);
  expect({ exitCode: gone.exitCode, stdout: gone.stdout }).toEqual({ exitCode: 2, stdout: '' });
});
