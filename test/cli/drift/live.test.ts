import { findLiveDrift } from '../../../cli/drift/live';
import { ApiClient } from '../../../infra/kubernetes/api-client';
import { withFakeApi, type FakeAnswer } from '../../infra/kubernetes/fake-api';
import { distObject } from '../../review/policy/tree';

const tracking = { 'argocd.argoproj.io/tracking-id': 'dev-x' };
const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'dev' }, data: { a: '1' } };
const objects = [distObject('dev/x/ConfigMap.x.yaml', manifest)];
const resources = { resources: [{ name: 'configmaps', kind: 'ConfigMap', namespaced: true }] };
const live = (data: object): object => ({
  ...manifest,
  metadata: { ...manifest.metadata, annotations: tracking, resourceVersion: '7', managedFields: [] },
  data,
});

async function look(get: FakeAnswer): Promise<unknown> {
  return withFakeApi(
    ({ method, url }, body) => {
      if (url === '/api/v1') return { body: resources };
      if (method === 'GET') return get;
      // what controllers wrote stays; what Git says is put back
      const { metadata, ...rest } = JSON.parse(body) as { metadata: object };
      return { body: { ...live({}), ...rest, metadata: { ...metadata, resourceVersion: '8' }, status: {} } };
    },
    async (url) => {
      const client = new ApiClient({ url });
      const found = await findLiveDrift(objects, client);
      client.close();
      return found;
    },
  );
}

test('what a sync would not change is no drift, the name that Argo CD knows it by included', async () => {
  expect(await look({ body: live({ a: '1' }) })).toEqual([]);
});

test('what was changed by hand, is gone or cannot be read is told', async () => {
  const about = { object: 'ConfigMap dev/x', file: 'dist/dev/x/ConfigMap.x.yaml' };
  expect(await look({ body: live({ a: '2' }) })).toEqual([{ ...about, state: 'changed', details: ['data.a'] }]);
  expect(await look({ status: 404, body: '' })).toEqual([{ ...about, state: 'missing', details: [] }]);
  expect(await look({ status: 403, body: { message: 'no' } })).toEqual([
    { ...about, state: 'refused', details: ['no'] },
  ]);
});
