import { findingsOf } from '../../../cli/rehearsal/findings';
import { ApiClient } from '../../../infra/kubernetes/api-client';
import { Resources } from '../../../infra/kubernetes/resources';
import { distObject } from '../../review/policy/tree';
import { withFakeApi } from '../../infra/kubernetes/fake-api';

const manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'x', namespace: 'dev' },
  spec: { a: 1 },
};
const object = distObject('dev/x/Deployment.x.yaml', manifest);
const nowhere = new Resources(new ApiClient({ url: 'http://127.0.0.1:1' }));
const refused = (message: string) => ({ object, answer: { status: 422, body: { message }, warnings: [] } });
const warned = (warning: string) => ({ object, answer: { status: 201, body: manifest, warnings: [warning] } });
const policy = "ValidatingAdmissionPolicy 'probes.slipway.dev' with binding 'probes.dev.slipway.dev'";

test.each([
  [refused(`x is forbidden: ${policy} denied request: no probe`), 'probes', 'error', 'no probe'],
  [refused('spec.selector: Invalid value: {}: field is immutable'), 'immutable-field', 'error', /immutable/],
  [refused('spec.clusterIPs[0]: Invalid value: may not change once set'), 'immutable-field', 'error', /once set/],
  [refused('.spec.nosuch: field not declared in schema'), 'schema-error', 'error', /nosuch/],
  [refused('pods "x" is forbidden: exceeded quota'), 'admission-refused', 'error', /quota/],
  [refused('spec.replicas: Invalid value: -1'), 'invalid-object', 'error', /replicas/],
  [warned(`Validation failed for ${policy}: no probe`), 'probes', 'warning', 'no probe'],
  [warned('would violate PodSecurity "restricted:v1.36": host namespaces'), 'pod-security', 'error', /host/],
  [warned('policy/v1beta1 is deprecated in v1.21+'), 'deprecated-api', 'warning', /v1beta1/],
  [warned('prefer a domain-qualified finalizer'), 'api-warning', 'info', /finalizer/],
])('%j is %s', async (applied, rule, severity, message) => {
  const findings = await findingsOf(applied, nowhere, 'v1.36.1');
  expect(findings).toMatchObject([{ rule, severity, object: { name: 'x' }, places: [object.place] }]);
  expect(findings[0]!.message).toMatch(message);
});

test('what is stored differently shows as drift, and what is as it was sent is nothing', async () => {
  const stored = { object, answer: { status: 200, body: { ...manifest, spec: { a: 2 } }, warnings: [] } };
  expect(await findingsOf(stored, nowhere, 'v1.36.1')).toMatchObject([
    { rule: 'shows-as-drift', severity: 'warning', message: 'the API server stores something else: spec.a' },
  ]);
  expect(await findingsOf({ object, answer: { status: 200, body: manifest, warnings: [] } }, nowhere, '')).toEqual([]);
});

test('a kind that is gone is told with where it went', async () => {
  await withFakeApi(
    ({ url }) =>
      url === '/apis'
        ? { body: { groups: [{ versions: [{ groupVersion: 'apps/v2' }] }] } }
        : { body: { resources: url === '/apis/apps/v2' ? [{ name: 'd', kind: 'Deployment', namespaced: true }] : [] } },
    async (url) => {
      const client = new ApiClient({ url });
      const [finding] = await findingsOf({ object }, new Resources(client), 'v1.40.0');
      expect(finding).toMatchObject({ rule: 'kind-not-served', repair: 'write apiVersion: apps/v2' });
      client.close();
    },
  );
});
