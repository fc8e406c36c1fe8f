import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { policyNames } from '../../apps/policies';
import { renderCatalog } from '../../manifests/render';
import { catalogOf } from './catalog';
import { objectsOf, ofKind, type Loose } from './objects';

const catalog = catalogOf([{ name: 'shop' }]);
const objects = objectsOf(renderCatalog(catalog));
const policies = ofKind(objects, 'ValidatingAdmissionPolicy').map(({ object }) => object);
const bindings = ofKind(objects, 'ValidatingAdmissionPolicyBinding').map(({ object }) => object);
const names = (list: readonly Loose[]): string[] => list.map(({ metadata }) => metadata.name);

describe('policies', () => {
  test('one of each name, and a binding to each environment that it holds in', () => {
    expect(names(policies)).toEqual(policyNames.map((name) => `${name}.slipway.dev`));
    expect(names(bindings)).toEqual(
      policyNames.flatMap((name) =>
        (name === 'replicated-production' ? ['production'] : ['developer', 'production']).map(
          (environment) => `${name}.${environment}.slipway.dev`,
        ),
      ),
    );
  });

  test('hold before what they look at is deployed, in the folder that Argo CD reads first', () => {
    for (const { file, object } of ofKind(objects, 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding')) {
      expect(file).toMatch(/^argocd\//);
      expect(object.metadata.annotations['argocd.argoproj.io/sync-wave']).toBe('-1');
    }
  });

  test('bind the namespace of one environment each, and nothing of the cluster besides', () => {
    for (const { metadata, spec } of bindings) {
      const environment = metadata.labels['slipway.dev/environment'];
      expect(spec.matchResources.namespaceSelector).toEqual({
        matchLabels: { 'kubernetes.io/metadata.name': environment },
      });
      expect(names(policies)).toContain(spec.policyName);
    }
    // a selector of namespaces leaves objects of the cluster alone only where they are not asked for at all
    const resources = policies.flatMap(({ spec }) =>
      spec.matchConstraints.resourceRules.flatMap((rule: Loose) => rule.resources),
    );
    expect(resources).not.toContainEqual(expect.stringMatching(/^cluster|^\*|^nodes$|^persistentvolumes$|\//));
  });

  test('refuse, but for those that only tell', () => {
    const actions = new Map(bindings.map(({ spec }) => [spec.policyName, spec.validationActions]));
    expect(actions.get('replicated-production.slipway.dev')).toEqual(['Warn']);
    actions.delete('replicated-production.slipway.dev');
    expect(new Set([...actions.values()].flat())).toEqual(new Set(['Deny']));
    for (const { spec } of policies) expect(spec.failurePolicy).toBe('Fail');
  });

  test('say in the cluster what is wrong and how to mend it', () => {
    for (const { metadata, spec } of policies) {
      const repair = metadata.annotations['slipway.dev/repair'];
      expect(metadata.annotations['slipway.dev/reason']).not.toBe('');
      for (const { message, messageExpression } of spec.validations) {
        expect(message.endsWith(`; ${repair}`)).toBe(true);
        if (messageExpression !== undefined) expect(messageExpression).toContain(JSON.stringify(`; ${repair}`));
      }
    }
  });

  test('let an excepted service through where it is excepted, and say why, who and until when', () => {
    const exception = { policy: 'read-only-root', service: 'shop', environments: ['developer'] } as const;
    const said = { reason: 'ledger on disk', by: 'jane', until: '2026-04-30' };
    const rendered = objectsOf(renderCatalog({ ...catalog, exceptions: [{ ...exception, ...said }] }));
    const excepted = ofKind(rendered, 'ValidatingAdmissionPolicyBinding').filter(
      ({ object }) => object.spec.matchResources.excludeResourceRules !== undefined,
    );
    expect(excepted.map(({ object }) => object.metadata.name)).toEqual(['read-only-root.developer.slipway.dev']);
    const [{ object }] = excepted as [Loose];
    expect(JSON.parse(object.metadata.annotations['slipway.dev/exception.shop'])).toEqual(said);
    for (const rule of object.spec.matchResources.excludeResourceRules) expect(rule.resourceNames).toEqual(['shop']);
  });
});

/** What the API server and a review's evaluator mean the same by; anything else could let them disagree. */
const functions = {
  call: ['dyn', 'has', 'size'],
  // of texts, of lists, and of what may not be there
  rcall: [
    ...['contains', 'endsWith', 'lowerAscii', 'matches', 'startsWith', 'upperAscii'],
    ...['all', 'exists', 'filter', 'join', 'map'],
    'orValue',
  ],
};
const operators = ['!=', '==', 'in', '+', '<', '>', '>=', '!_', '.', '.?', '[]', '[?]', 'value', 'id', 'list', 'map'];
const choices = ['?:', '||', '&&'];

function* nodes(value: unknown): Generator<ASTNode> {
  if (Array.isArray(value)) {
    for (const item of value) yield* nodes(item);
  } else if (typeof value === 'object' && value !== null && 'op' in value) {
    yield value as ASTNode;
    yield* nodes((value as ASTNode).args);
  }
}

describe('expressions keep to what the API server and a review both understand', () => {
  const environment = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true });
  const expressions = policies.flatMap(({ metadata, spec }): [string, string][] =>
    [
      ...spec.matchConditions.map(({ expression }: Loose) => expression),
      ...(spec.variables ?? []).map(({ expression }: Loose) => expression),
      ...spec.validations.flatMap(({ expression, messageExpression }: Loose) =>
        [expression, messageExpression ?? []].flat(),
      ),
    ].map((expression: string) => [metadata.name, expression]),
  );

  test.each(expressions)('%s: %s', (_name, expression) => {
    const { ast } = environment.parse(expression);
    for (const { op, args } of nodes(ast)) {
      if (op === 'call' || op === 'rcall') expect(functions[op]).toContain(args[0]);
      else expect([...operators, ...choices]).toContain(op);
      if (op === 'id') expect(args).toMatch(/^(object|request|variables|[a-z]+)$/);
      if (op === 'rcall' && args[0] === 'matches') expectSharedPattern(args[2]![0]!);
    }
  });

  test('and the check notices what one of the two does not know', () => {
    const used = (expression: string): unknown[] =>
      [...nodes(environment.parse(expression).ast)].flatMap(({ op, args }) => (op === 'rcall' ? [args[0]] : []));
    expect(used('object.a.exists_one(x, x == 1)')).toEqual(['exists_one']);
    expect(functions.rcall).not.toContain('exists_one');
  });
});

/** RE2 and JavaScript read these the same way: no look-around, no flags, no classes whose members differ. */
function expectSharedPattern(pattern: ASTNode): void {
  expect(pattern.op).toBe('value');
  const text = String(pattern.args);
  expect(text).not.toMatch(/\(\?|\\|\[:|[*+?}][+?]/);
  // outside of brackets a dot would take different line breaks
  expect(text.replaceAll(/\[[^\]]*\]/g, '')).not.toContain('.');
  expect(() => new RegExp(text, 'u')).not.toThrow();
}
