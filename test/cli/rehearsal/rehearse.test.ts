import { rehearseOn, type Change, type Rehearsal } from '../../../cli/rehearsal/rehearse';
import type { Yaml } from '../../../manifests/yaml';
import type { Finding } from '../../../review/model';
import { withFakeApi, type FakeAnswer } from '../../infra/kubernetes/fake-api';
import { treesOf, type Placed } from '../../review/trees';

const served: Readonly<Record<string, readonly (readonly [name: string, kind: string, namespaced: boolean])[]>> = {
  '/api/v1': [
    ['namespaces', 'Namespace', false],
    ['configmaps', 'ConfigMap', true],
  ],
  '/apis/apps/v1': [['deployments', 'Deployment', true]],
  '/apis/shop.test/v1': [['wares', 'Ware', true]],
  '/apis/apiextensions.k8s.io/v1': [['customresourcedefinitions', 'CustomResourceDefinition', false]],
  '/apis/admissionregistration.k8s.io/v1': [
    ['validatingadmissionpolicies', 'ValidatingAdmissionPolicy', false],
    ['validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', false],
  ],
};

const placed = (apiVersion: string, kind: string, name: string, rest: Readonly<Record<string, Yaml>> = {}): Placed => ({
  folder: 'dev/shop',
  object: {
    apiVersion,
    kind,
    metadata: { name, ...(['ConfigMap', 'Deployment', 'Ware'].includes(kind) && { namespace: 'dev' }) },
    ...rest,
  },
});
const space = placed('v1', 'Namespace', 'dev');
const settings = placed('v1', 'ConfigMap', 'settings', { data: { colour: 'red' } });
const shop = placed('apps/v1', 'Deployment', 'shop', { spec: { replicas: 2 } });
const wares = placed('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'wares.shop.test');
const ware = placed('shop.test/v1', 'Ware', 'shoe');
const policy = placed('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', 'strict');
const binding = placed('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding', 'strict');

function changeOf(base: readonly Placed[], head: readonly Placed[], findings: readonly Finding[] = []): Change {
  const trees = treesOf(base, head);
  const side = { name: 'main', commit: 'a'.repeat(40) };
  return { trees, sides: { base: side, head: { name: 'working tree' }, findings } };
}

/** An API server that takes everything, but what `refuse` says; told of is what was applied, in order. */
async function rehearsed(
  change: Change,
  {
    refuse = () => undefined,
    definitions = '',
  }: { refuse?: (text: string) => string | undefined; definitions?: string } = {},
): Promise<{ readonly result: Rehearsal; readonly applied: readonly string[] }> {
  const applied: string[] = [];
  let probes = 0;
  const answer = (method: string, url: URL, body: string): FakeAnswer => {
    const list = served[url.pathname];
    if (list !== undefined) {
      return { body: { resources: list.map(([name, kind, namespaced]) => ({ name, kind, namespaced })) } };
    }
    if (url.pathname === '/apis') return { body: { groups: [{ versions: [{ groupVersion: 'apps/v1' }] }] } };
    if (method === 'GET') {
      // definitions are there, and served a moment later
      const known = applied.some((path) => path === url.pathname);
      const status = { conditions: [{ type: 'Established', status: 'True' }] };
      return known ? { body: { status } } : { status: 404, body: { message: 'not found' } };
    }
    if (url.searchParams.get('dryRun') === 'All') {
      probes += 1;
      return probes % 2 === 0 ? { status: 422, body: { message: 'denied' } } : { body: {} };
    }
    applied.push(url.pathname);
    const refusal = refuse(`${url.pathname} ${body}`);
    return refusal === undefined
      ? { status: 201, body: JSON.parse(body) }
      : { status: 422, body: { message: refusal } };
  };
  const result = await withFakeApi(
    ({ method, url }, body) => answer(method!, new URL(url!, 'http://localhost'), body),
    (url) =>
      rehearseOn(
        { url },
        {
          change,
          props: { etcd: '', kubeApiserver: '', kubernetes: 'v1.36.1', definitions },
          signal: new AbortController().signal,
          onStep: () => undefined,
        },
      ),
  );
  const names = applied.map((path) => path.split('/').slice(-2).join('/'));
  return { result, applied: names.filter((name) => !name.includes('rehearsal-')) };
}

test('what others need comes first, and what is equal on both sides is sent once', async () => {
  const base = [settings, ware, binding, policy, wares, space];
  const { result, applied } = await rehearsed(changeOf(base, [...base, shop]));
  expect(applied.slice(0, 4)).toEqual([
    'namespaces/dev',
    'customresourcedefinitions/wares.shop.test',
    'validatingadmissionpolicies/strict',
    'validatingadmissionpolicybindings/strict',
  ]);
  expect(applied.slice(4, 6).sort()).toEqual(['configmaps/settings', 'wares/shoe']);
  expect(applied.slice(6)).toEqual(['deployments/shop']);
  expect(result).toMatchObject({ applied: { base: 6, head: 1 }, refusedBefore: [], findings: [] });
});

test('a namespace that no tree describes is made, since objects land in it', async () => {
  const { applied } = await rehearsed(changeOf([settings], [settings]));
  expect(applied[0]).toBe('namespaces/dev');
});

test('everything is judged anew where a policy or namespace changes', async () => {
  const stricter = placed('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', 'strict', { spec: {} });
  const { result, applied } = await rehearsed(changeOf([space, policy, settings], [space, stricter, settings]), {
    refuse: (text) => (text.includes('configmaps/settings') ? 'no' : undefined),
  });
  expect(applied.filter((name) => name === 'configmaps/settings')).toHaveLength(2);
  expect(result).toMatchObject({
    applied: { base: 3, head: 3 },
    refusedBefore: ['dist/dev/shop/ConfigMap.settings.yaml'],
    findings: [{ rule: 'invalid-object', message: 'no', object: { name: 'settings' } }],
  });
});

test('what was refused before is sent again, and a change that mends it leaves no finding', async () => {
  const mended = placed('v1', 'ConfigMap', 'settings', { data: { colour: 'blue' } });
  const refuse = (text: string): string | undefined => (text.includes('"red"') ? 'red is out' : undefined);
  const { result } = await rehearsed(changeOf([space, settings], [space, mended]), { refuse });
  expect(result).toMatchObject({ refusedBefore: ['dist/dev/shop/ConfigMap.settings.yaml'], findings: [] });
  const again = await rehearsed(changeOf([space, settings], [space, settings, shop]), { refuse });
  expect(again.result).toMatchObject({ applied: { head: 2 }, findings: [{ message: 'red is out' }] });
});

test('a kind that is not served is told and not sent', async () => {
  const { result, applied } = await rehearsed(changeOf([space], [space, placed('apps/v1beta1', 'Deployment', 'old')]));
  expect(applied).toEqual(['namespaces/dev']);
  expect(result.findings).toMatchObject([{ rule: 'kind-not-served', repair: 'write apiVersion: apps/v1' }]);
});

test('definitions of the bootstrap are there before anything else, and one that is refused is an error', async () => {
  const definitions = [
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: wares.shop.test\n',
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: not-a-definition\n',
    '',
  ].join('---\n');
  const { applied } = await rehearsed(changeOf([space, ware], [space, ware]), { definitions });
  expect(applied).toEqual(['customresourcedefinitions/wares.shop.test', 'namespaces/dev', 'wares/shoe']);
  const refuse = (): string => 'no schema';
  await expect(rehearsed(changeOf([], []), { definitions, refuse })).rejects.toThrow(
    'wares.shop.test is refused: no schema',
  );
});

test('what was found about the sides themselves is told as well', async () => {
  const findings = [{ rule: 'no-merge-base', severity: 'warning', category: 'input', message: 'm', places: [] }];
  const change = changeOf([space], [space], findings as unknown as readonly Finding[]);
  expect((await rehearsed(change)).result.findings).toMatchObject([{ rule: 'no-merge-base' }]);
});
