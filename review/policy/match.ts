import { resourceOf } from '../../manifests/policies/kinds';
import type { DistTree } from '../tree/dist-tree';
import { groupOf, type DistObject, type YamlMap } from '../tree/object';

/** Which requests a policy or a binding takes. @see https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/validating-admission-policy-v1/ */
export interface ResourceRule {
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly operations?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly scope?: '*' | 'Cluster' | 'Namespaced';
}

export interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

export interface MatchResources {
  readonly namespaceSelector?: Selector;
  readonly objectSelector?: Selector;
  readonly resourceRules?: readonly ResourceRule[];
  readonly excludeResourceRules?: readonly ResourceRule[];
}

type Labels = Readonly<Record<string, string>>;

const takes = (list: readonly string[] | undefined, value: string): boolean =>
  (list ?? []).some((item) => item === '*' || item === value);

const memo = <Value>(
  work: (key: string, object: DistObject) => Value,
): ((key: string, object: DistObject) => Value) => {
  const known = new Map<string, Value>();
  return (key, object) => {
    if (!known.has(key)) known.set(key, work(key, object));
    return known.get(key)!;
  };
};

/** A test that is asked for every object of a tree. */
export type Matcher = (object: DistObject) => boolean;

/** Whether one of the rules takes an object that is made or changed. */
export function rulesMatcher(rules: readonly ResourceRule[]): Matcher {
  // names apart, all objects of a kind are alike to a rule
  const ofKind = memo((_key, { identity }) => {
    const resource = resourceOf(identity.kind);
    const version = identity.apiVersion.slice(identity.apiVersion.indexOf('/') + 1);
    return rules.filter(
      (rule) =>
        takes(rule.resources, resource) &&
        takes(rule.apiGroups, groupOf(identity)) &&
        takes(rule.apiVersions, version) &&
        (takes(rule.operations, 'CREATE') || takes(rule.operations, 'UPDATE')) &&
        (rule.scope === undefined ||
          rule.scope === '*' ||
          (rule.scope === 'Namespaced') === (identity.namespace !== undefined)),
    );
  });
  return (object) => {
    const { apiVersion, kind, name, namespace } = object.identity;
    return ofKind(`${apiVersion}|${kind}|${namespace === undefined}`, object).some(
      ({ resourceNames = [] }) => resourceNames.length === 0 || resourceNames.includes(name),
    );
  };
}

/** Whether a selector takes these labels; none and an empty one take all. */
export function selects(selector: Selector | undefined, labels: Labels): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      return (operator === 'In') === (value !== undefined && values.includes(value));
    })
  );
}

/** Whether `match` takes an object, its exclusions apart; namespaces are those of the tree. */
export function createMatcher(match: MatchResources, tree: DistTree): Matcher {
  const byRules = match.resourceRules === undefined ? () => true : rulesMatcher(match.resourceRules);
  const byNamespace = memo((name) => selects(match.namespaceSelector, namespaceLabels(name, tree)));
  const readsObject = !isEmpty(match.objectSelector);
  return (object) => {
    const { kind, name, namespace } = object.identity;
    if (!byRules(object)) return false;
    // an object of the whole cluster has none to select by, unless it is one
    const of = kind === 'Namespace' ? name : namespace;
    if (of !== undefined && !byNamespace(of, object)) return false;
    return !readsObject || selects(match.objectSelector, labelsOf(object.manifest));
  };
}

/** Labels of a namespace, that which Kubernetes adds among them. */
function namespaceLabels(name: string, tree: DistTree): Labels {
  const object = tree.named('Namespace', undefined, name);
  return { ...(object && labelsOf(object.manifest)), 'kubernetes.io/metadata.name': name };
}

function labelsOf(manifest: YamlMap): Labels {
  const metadata = manifest['metadata'] as YamlMap | undefined | null;
  return (metadata?.['labels'] ?? {}) as Labels;
}

function isEmpty(selector: Selector | undefined): boolean {
  return (
    selector === undefined ||
    (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0)
  );
}
