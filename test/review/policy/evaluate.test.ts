import { renderCatalog } from '../../../manifests/render';
import { evaluatePolicies } from '../../../review/policy/evaluate';
import { DistTree } from '../../../review/tree/dist-tree';
import { keyOf, nameOf, type DistObject } from '../../../review/tree/object';
import { catalogOf } from '../../manifests/catalog';
import { copyOf, type Loose } from '../../manifests/objects';
import { distObject, treeOf } from './tree';

const catalog = catalogOf([{ name: 'shop' }, { name: 'worker' }]);
const exception = { reason: 'writes beside its code', by: 'jane', until: '2026-04-30' };
const tree = treeOf(renderCatalog(catalog));
const excepting = treeOf(
  renderCatalog({
    ...catalog,
    exceptions: [{ policy: 'read-only-root', service: 'shop', environments: ['developer'], ...exception }],
  }),
);

function changedIn(from: DistTree, name: string, change: (object: Loose) => void): DistObject {
  const found = from.objects.find(({ identity }) => nameOf(identity) === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  const manifest = copyOf(found.manifest);
  change(manifest);
  return distObject(found.place.file.replace('dist/', ''), manifest);
}

function withObjects(from: DistTree, ...objects: readonly DistObject[]): DistTree {
  const keys = new Set(objects.map(({ identity }) => keyOf(identity)));
  const others = from.objects.filter(({ identity }) => !keys.has(keyOf(identity)));
  return new DistTree({ side: from.side, objects: [...others, ...objects] });
}

const writable = ({ spec }: Loose): void => {
  spec.template.spec.containers[0].securityContext.readOnlyRootFilesystem = false;
};
const shop = 'Deployment developer/shop';

describe('a finding', () => {
  const object = changedIn(tree, shop, writable);

  test('names rule, object, file, containers, reason and repair', () => {
    const { findings } = evaluatePolicies({ objects: [object], head: withObjects(tree, object), base: tree });
    expect(findings).toEqual([
      {
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        rule: 'read-only-root',
        category: 'policy',
        severity: 'error',
        message: 'containers can write to their image: shop',
        reason: 'what can be written into an image at run time can be replaced by whoever gets in',
        repair: 'set readOnlyRootFilesystem: true, and declare the folders that the service writes to as writablePaths',
        object: object.identity,
        places: [object.place],
      },
    ]);
  });

  test('carries the exception that covers it', () => {
    const { findings } = evaluatePolicies({ objects: [object], head: withObjects(excepting, object), base: excepting });
    expect(findings).toMatchObject([{ rule: 'read-only-root', exception }]);
  });

  test('says where nobody explained an exception', () => {
    const name = 'ValidatingAdmissionPolicyBinding read-only-root.developer.slipway.dev';
    const bare = changedIn(
      excepting,
      name,
      ({ metadata }) => delete metadata.annotations['slipway.dev/exception.shop'],
    );
    const { findings } = evaluatePolicies({
      objects: [object],
      head: withObjects(excepting, object, bare),
      base: excepting,
    });
    expect(findings).toMatchObject([{ exception: { by: 'nobody', until: 'without end' } }]);
  });

  test('warns where the API server only warns', () => {
    const single = changedIn(tree, 'Deployment production/shop', ({ spec }) => (spec.replicas = 1));
    const { findings } = evaluatePolicies({ objects: [single], head: withObjects(tree, single), base: tree });
    expect(findings).toMatchObject([{ rule: 'replicated-production', severity: 'warning' }]);
  });
});

describe('what is looked at', () => {
  const object = changedIn(tree, shop, writable);
  const withFault = withObjects(tree, object);
  const count = (result: ReturnType<typeof evaluatePolicies>, name: string): number =>
    result.policies.find((policy) => policy.name === name)!.objects;

  test('what changed, where the policies did not', () => {
    const worker = changedIn(tree, 'Deployment developer/worker', ({ spec }) => (spec.replicas = 3));
    const result = evaluatePolicies({ objects: [worker], head: withObjects(withFault, worker), base: withFault });
    expect(result.findings).toEqual([]);
    expect(result.policies).toHaveLength(17);
    expect(count(result, 'read-only-root')).toBe(1);
    expect(count(result, 'restricted-namespace')).toBe(0);
  });

  test('everything that a new or changed policy holds for', () => {
    const before = new DistTree({
      side: tree.side,
      objects: withFault.objects.filter(({ identity }) => !identity.name.startsWith('read-only-root.')),
    });
    const result = evaluatePolicies({ objects: [], head: withFault, base: before });
    expect(result.findings).toMatchObject([
      { rule: 'read-only-root', object: { name: 'shop', namespace: 'developer' } },
    ]);
    expect(count(result, 'read-only-root')).toBe(4);
    expect(count(result, 'pinned-image')).toBe(0);
  });

  test('everything, where a namespace is not what it was', () => {
    const namespace = changedIn(tree, 'Namespace developer', ({ metadata }) => (metadata.labels['team'] = 'shop'));
    const result = evaluatePolicies({ objects: [namespace], head: withObjects(withFault, namespace), base: withFault });
    expect(result.findings).toMatchObject([{ rule: 'read-only-root' }]);
  });

  test('nothing without a binding', () => {
    const unbound = new DistTree({
      side: tree.side,
      objects: withFault.objects.filter(({ identity }) => identity.kind !== 'ValidatingAdmissionPolicyBinding'),
    });
    const result = evaluatePolicies({ objects: [object], head: unbound, base: unbound });
    expect(result.findings).toEqual([]);
    expect(count(result, 'read-only-root')).toBe(0);
  });
});

describe('a policy that a review cannot evaluate is told, and stops nothing else', () => {
  const name = 'ValidatingAdmissionPolicy probes.slipway.dev';
  const faults: Readonly<Record<string, [change: (object: Loose) => unknown, said: RegExp]>> = {
    'an expression that is none': [({ spec }) => (spec.validations[0].expression = 'object.('), /Unexpected|expected/i],
    'a function that is unknown': [({ spec }) => (spec.validations[0].expression = 'nosuch(object)'), /nosuch|cannot/],
    parameters: [({ spec }) => (spec.paramKind = { apiVersion: 'v1', kind: 'ConfigMap' }), /parameters/],
    'no spec': [(object) => (object.spec = null), /./],
    'a text for a list': [({ spec }) => (spec.matchConstraints.resourceRules = 'all'), /./],
    'a number for validations': [({ spec }) => (spec.validations = 7), /./],
  };
  const object = changedIn(tree, shop, writable);

  test.each(Object.keys(faults))('%s', (title) => {
    const [change, said] = faults[title]!;
    const broken = changedIn(tree, name, change);
    const head = withObjects(tree, object, broken);
    const { findings } = evaluatePolicies({ objects: [object, broken], head, base: tree });
    expect(findings.map(({ rule }) => rule)).toContain('read-only-root');
    const told = findings.filter(({ rule }) => rule === 'policy-not-evaluated' || rule === 'probes');
    expect(told.length).toBeGreaterThan(0);
    expect(told[0]!.message).toMatch(said);
  });

  test('a binding that is none is told as well', () => {
    const broken = changedIn(tree, 'ValidatingAdmissionPolicyBinding probes.developer.slipway.dev', ({ metadata }) => {
      metadata.annotations['slipway.dev/exception.shop'] = 'no JSON';
    });
    const head = withObjects(tree, object, broken);
    expect(evaluatePolicies({ objects: [object], head, base: tree }).findings).toMatchObject([
      { rule: 'read-only-root' },
    ]);
  });
});

test.each([
  ['In', ['developer'], true],
  ['In', ['production'], false],
  ['NotIn', ['production'], true],
  ['Exists', undefined, true],
  ['DoesNotExist', undefined, false],
] as const)('a selector of namespaces by %s %j', (operator, values, holds) => {
  const binding = changedIn(
    tree,
    'ValidatingAdmissionPolicyBinding read-only-root.developer.slipway.dev',
    ({ spec }) => {
      spec.matchResources.namespaceSelector = {
        matchExpressions: [{ key: 'slipway.dev/environment', operator, ...(values && { values }) }],
      };
      spec.matchResources.objectSelector = { matchLabels: { 'slipway.dev/service': 'shop' } };
    },
  );
  const object = changedIn(tree, shop, writable);
  const head = withObjects(tree, binding, object);
  const rules = evaluatePolicies({ objects: [object], head, base: head }).findings.map(({ rule }) => rule);
  expect(rules).toEqual(holds ? ['read-only-root'] : []);
});
