import { renderCatalog } from '../../manifests/render';
import { catalogOf } from './catalog';
import { allowed, type Endpoint } from './network';
import { objectsOf } from './objects';

const objects = objectsOf(
  renderCatalog(
    catalogOf([
      { name: 'shop', port: 3000 },
      { name: 'back', calls: ['shop', 'store'] },
      { name: 'store', port: 5000, ingress: { exposed: false, path: '/', host: 'unused.example.test' } },
    ]),
  ),
);

const service = (name: string, namespace = 'developer'): Endpoint => ({
  namespace,
  labels: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'slipway' },
});
const ingress: Endpoint = {
  namespace: 'any-controller',
  namespaceLabels: { 'slipway.dev/ingress': 'true' },
  labels: { app: 'controller' },
};
const stranger: Endpoint = { namespace: 'elsewhere', labels: { 'app.kubernetes.io/name': 'back' } };
const dns: Endpoint = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } };
const internet: Endpoint = {};

test.each([
  ['a caller reaches what it calls', service('back'), service('shop'), 3000, true],
  ['also when that is not exposed', service('back'), service('store'), 5000, true],
  ['but not at another port', service('back'), service('shop'), 8080, false],
  ['and not the other way round', service('shop'), service('back'), 8080, false],
  ['nor where no call is declared', service('shop'), service('store'), 5000, false],
  ['nor in another environment', service('back'), service('shop', 'production'), 3000, false],
  ['a service does not reach itself', service('shop'), service('shop'), 3000, false],
  ['the ingress reaches what is exposed', ingress, service('shop'), 3000, true],
  ['not at another port', ingress, service('shop'), 9000, false],
  ['not what is not exposed', ingress, service('store'), 5000, false],
  ['a namespace without the label reaches nothing', stranger, service('shop'), 3000, false],
  ['the internet reaches nothing', internet, service('shop'), 3000, false],
  ['no service reaches the internet', service('back'), internet, 443, false],
  ['no service reaches the API server', service('back'), { namespace: 'kube-system', labels: {} }, 6443, false],
  ['a pod nobody described is shut in', { namespace: 'developer', labels: { a: 'b' } }, internet, 443, false],
  ['and shut off', ingress, { namespace: 'developer', labels: { a: 'b' } }, 8080, false],
] as const)('%s', (_title, from, to, port, expected) => {
  expect(allowed(objects, from, to, port)).toBe(expected);
});

test.each(['UDP', 'TCP'])('names are resolved by %s', (protocol) => {
  expect(allowed(objects, service('store'), dns, 53, protocol)).toBe(true);
  expect(allowed(objects, service('store'), internet, 53, protocol)).toBe(false);
  expect(allowed(objects, service('store'), { namespace: 'kube-system', labels: { a: 'b' } }, 53, protocol)).toBe(
    false,
  );
});

test('without policies everything is open, so the simulation is not what denies', () => {
  const open = objects.filter(({ object }) => object.kind !== 'NetworkPolicy');
  expect(allowed(open, stranger, service('store'), 5000)).toBe(true);
});
