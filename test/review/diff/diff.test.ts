import { fieldChanges } from '../../../review/diff/fields';
import { compose } from '../../../review/review';
import type { YamlMap } from '../../../review/tree/object';
import { deployment, edited, service, settings } from '../effects/objects';
import { treesOf, type Placed } from '../trees';

const pathsOf = (before: YamlMap, after: YamlMap): string[] => fieldChanges(before, after).map(({ path }) => path);

describe('fields', () => {
  test('are named by keys, and items of lists by their name', () => {
    const after = edited(deployment, { 'metadata.labels.slipway~dev/service': 'web' });
    const containers = [
      {
        ...(after as never as { spec: { template: { spec: { containers: YamlMap[] } } } }).spec.template.spec
          .containers[0]!,
        image: 'other',
      },
    ];
    expect(fieldChanges(deployment, edited(after, { 'spec.template.spec.containers': containers }))).toEqual([
      { path: 'metadata.labels', after: { 'slipway.dev/service': 'web' } },
      { path: 'spec.template.spec.containers[web].image', before: 'registry.k8s.io/pause:3.10', after: 'other' },
    ]);
  });

  test.each([
    ['order of keys', { a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }],
    [
      'order of items with a name',
      { ports: [{ name: 'a' }, { name: 'b' }] },
      { ports: [{ name: 'b' }, { name: 'a' }] },
    ],
    ['order of sets', { drop: ['A', 'B'] }, { drop: ['B', 'A'] }],
    ['order of items without a name', { rules: [{ x: 1 }, { x: 2 }] }, { rules: [{ x: 2 }, { x: 1 }] }],
    [
      'spelling of quantities',
      { r: { limits: { cpu: '0.5', memory: '1Gi' } } },
      { r: { limits: { cpu: '500m', memory: '1024Mi' } } },
    ],
    ['null', { a: null }, {}],
  ])('%s is no difference', (_what, before, after) => {
    expect(fieldChanges(before as YamlMap, after as YamlMap)).toEqual([]);
  });

  test('the order of containers and variables is one: pods would be others', () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ];
    expect(fieldChanges({ env }, { env: env.toReversed() })).toEqual([
      { path: 'env', before: ['A', 'B'], after: ['B', 'A'] },
    ]);
  });

  test('items that nothing tells apart are paired in their order, and arguments are one value', () => {
    expect(pathsOf({ egress: [{ to: [{ x: 1 }] }] }, { egress: [{ to: [{ x: 2 }] }, { to: [] }] })).toEqual([
      'egress[0].to[0].x',
      'egress[1]',
    ]);
    expect(fieldChanges({ args: ['a'] }, { args: ['a', 'b'] })).toEqual([
      { path: 'args', before: ['a'], after: ['a', 'b'] },
    ]);
  });

  test('one port may be there for two protocols', () => {
    const ports = [
      { port: 53, protocol: 'TCP' },
      { port: 53, protocol: 'UDP' },
    ];
    expect(pathsOf({ ports }, { ports: [{ port: 53, protocol: 'TCP' }] })).toEqual(['ports[53/UDP]']);
  });
});

const inEnvironment = (environment: string, objects: readonly YamlMap[]): Placed[] =>
  objects.map((object) => ({
    folder: `${environment}/web`,
    object: edited(object, { 'metadata.namespace': environment }),
  }));
const environments = ['developer', 'staging', 'production'];
const everywhere = (...objects: readonly YamlMap[]): Placed[] =>
  environments.flatMap((name) => inEnvironment(name, objects));
const facts = { environments: environments.map((name) => ({ name })) };

describe('changes', () => {
  test('that several environments share are one entry, and one finding', () => {
    const { changes, counts, findings } = compose(
      treesOf(everywhere(settings), everywhere(edited(settings, { 'data.colour': 'blue' }))),
      { facts },
    );
    expect(counts).toMatchObject({ changed: 3 });
    expect(changes).toHaveLength(1);
    expect(changes[0]!.places.map(({ environment }) => environment)).toEqual(environments);
    expect(changes[0]).toMatchObject({
      type: 'changed',
      fields: [{ path: 'data.colour', before: 'red', after: 'blue' }],
    });
    expect(findings).toEqual([]);
  });

  test('that differ are apart, in promotion order', () => {
    const head = [
      ...inEnvironment('developer', [edited(settings, { 'data.colour': 'blue' })]),
      ...inEnvironment('staging', [settings]),
      ...inEnvironment('production', [edited(settings, { 'data.colour': 'green' })]),
    ];
    const { changes } = compose(treesOf(everywhere(settings), head), { facts });
    expect(changes.map(({ places, fields }) => [places[0]!.environment, fields[0]!.after])).toEqual([
      ['developer', 'blue'],
      ['production', 'green'],
    ]);
  });

  test('of a whole service under another name are renames, object by object', () => {
    const base = [deployment, service, settings].map((object) => ({ folder: 'production/web', object }));
    const renamed = (object: YamlMap): YamlMap =>
      JSON.parse(JSON.stringify(object).replaceAll('"web"', '"shop"')) as YamlMap;
    const head = [deployment, service, settings].map(renamed).map((object) => ({ folder: 'production/shop', object }));
    const { changes, counts } = compose(treesOf(base, head), { facts });
    expect(counts).toMatchObject({ renamed: 2, added: 0, removed: 0 });
    expect(changes.map(({ object, formerly }) => [object.kind, formerly?.name, object.name])).toEqual([
      ['Deployment', 'web', 'shop'],
      ['Service', 'web', 'shop'],
    ]);
  });

  test('that add and remove show the whole object in the spelling of dist', () => {
    const { changes } = compose(treesOf(everywhere(settings), everywhere(service)), { facts });
    expect(changes.map(({ type, places }) => [type, places.length])).toEqual([
      ['removed', 3],
      ['added', 3],
    ]);
    expect(changes[0]!.before).toContain('kind: ConfigMap\n');
    expect(changes[1]!.after).toContain('apiVersion: v1\nkind: Service\n');
  });

  test('fingerprints stay while messages change', () => {
    const of = (replicas: number): readonly string[] =>
      compose(treesOf(everywhere(deployment), everywhere(edited(deployment, { 'spec.replicas': replicas }))), {
        facts,
      }).findings.map(({ fingerprint }) => fingerprint);
    expect(of(3)).toEqual(of(5));
  });
});
