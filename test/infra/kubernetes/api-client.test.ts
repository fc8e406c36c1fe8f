import { ApiClient } from '../../../infra/kubernetes/api-client';
import { applyAsArgoCd, messageOf, Resources } from '../../../infra/kubernetes/resources';
import { withFakeApi } from './fake-api';

const lists: Readonly<Record<string, unknown>> = {
  '/api/v1': {
    resources: [
      { name: 'pods/log', kind: 'Pod', namespaced: true },
      { name: 'pods', kind: 'Pod', namespaced: true },
      { name: 'namespaces', kind: 'Namespace', namespaced: false },
    ],
  },
  '/apis': { groups: [{ versions: [{ groupVersion: 'policy/v1' }] }] },
  '/apis/policy/v1': { resources: [{ name: 'poddisruptionbudgets', kind: 'PodDisruptionBudget', namespaced: true }] },
};

test('a request says who acts, how it applies, and returns every warning', async () => {
  const seen: Record<string, unknown>[] = [];
  await withFakeApi(
    ({ method, url, headers }, body) => {
      seen.push({ method, url, headers, body });
      return { status: 422, body: { message: 'no' }, warnings: ['one, "two"', 'three'] };
    },
    async (url) => {
      const impersonate = { user: 'argo', groups: ['a', 'b'] };
      const client = new ApiClient({ url, token: 'hush' }, { impersonate });
      const answer = await applyAsArgoCd(client, '/api/v1/namespaces/x/pods/y', { kind: 'Pod' }, { dryRun: true });
      expect(answer).toEqual({ status: 422, body: { message: 'no' }, warnings: ['one, "two"', 'three'] });
      expect(messageOf(answer.body)).toBe('no');
      client.close();
    },
  );
  expect(seen).toMatchObject([
    {
      method: 'PATCH',
      url: '/api/v1/namespaces/x/pods/y?fieldManager=argocd-controller&force=true&fieldValidation=Strict&dryRun=All',
      headers: {
        authorization: 'Bearer hush',
        'content-type': 'application/apply-patch+yaml',
        'impersonate-user': 'argo',
        'impersonate-group': 'a, b',
      },
      body: '{"kind":"Pod"}',
    },
  ]);
});

test('silence, a closed port and an abort are told', async () => {
  await withFakeApi(
    () => undefined,
    async (url) => {
      const impatient = new ApiClient({ url }, { timeoutMs: 50 });
      await expect(impatient.send('/readyz')).rejects.toThrow(/does not answer: nothing came within 0.05 s/);
      const stop = new AbortController();
      const client = new ApiClient({ url }, { signal: stop.signal });
      const sent = client.send('/readyz');
      setImmediate(() => stop.abort(new Error('interrupted')));
      await expect(sent).rejects.toThrow('interrupted');
      await expect(client.send('/readyz')).rejects.toThrow('interrupted');
    },
  );
  await expect(new ApiClient({ url: 'http://127.0.0.1:1' }).send('/')).rejects.toThrow(/does not answer/);
});

test('paths and versions of kinds are what the API server serves', async () => {
  await withFakeApi(
    ({ url }) => (url! in lists ? { body: lists[url!] } : { status: 404, body: 'not found' }),
    async (url) => {
      const client = new ApiClient({ url });
      const resources = new Resources(client);
      const path = (apiVersion: string, kind: string, namespace?: string) =>
        resources.pathOf({ apiVersion, kind, name: 'x', ...(namespace !== undefined && { namespace }) });
      expect(await path('v1', 'Pod', 'dev')).toBe('/api/v1/namespaces/dev/pods/x');
      expect(await path('v1', 'Namespace')).toBe('/api/v1/namespaces/x');
      expect(await path('policy/v1beta1', 'PodDisruptionBudget', 'dev')).toBeUndefined();
      expect(await resources.versionsOf('PodDisruptionBudget')).toEqual(['policy/v1']);
      client.close();
    },
  );
});
