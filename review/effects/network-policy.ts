import type { Difference } from '../diff/differences';
import type { Finding } from '../model';
import { mapAt, mapsAt, textAt, textsAt, valueAt } from '../tree/access';
import type { DistTree } from '../tree/dist-tree';
import type { DistObject, YamlMap } from '../tree/object';
import { effectOf, listed, type EffectInput } from './rule';
import { labelsText } from './service-selector';
import { matchesSelector, podLabels, workloadsIn } from './workload';

/** Traffic that network policies let through and did not before, and traffic that they no longer let through. */
export function* networkPolicies({ base, head, differences }: EffectInput): Generator<Finding> {
  for (const difference of differences) {
    const { before, after } = difference;
    if ((after ?? before)!.identity.kind !== 'NetworkPolicy') continue;
    const [then, now] = [before, after].map((policy) => (policy === undefined ? undefined : meaningOf(policy)));
    const opened = [...(now?.allowed ?? [])].filter(
      (one) => !then?.allowed.has(one) && !then?.allowed.has(anybody(one)),
    );
    const closed = [...(then?.allowed ?? [])].filter(
      (one) => !now?.allowed.has(one) && !now?.allowed.has(anybody(one)),
    );
    const freed = freedPods(difference, head);
    if (freed.length > 0) {
      yield effectOf(difference, {
        rule: 'wider-network-policy',
        severity: 'error',
        message: `${listed(freed)} from now on`,
        reason:
          after === undefined
            ? 'the policy that held it back is gone, and no other one selects those pods'
            : 'the policy no longer selects them, and no other one does',
        repair: 'keep a policy that selects every pod of the namespace',
        discriminator: 'freed',
      });
    }
    if (opened.length > 0 && widens(difference, base)) {
      yield effectOf(difference, {
        rule: 'wider-network-policy',
        severity: opened.some((one) => one.includes('anybody')) ? 'error' : 'warning',
        message: `more traffic is let through: ${listed(opened)}`,
        reason: before === undefined ? 'the policy was not there before' : 'its rules change',
        repair: 'name the pods and ports that need it; a call of another service belongs into `calls`',
        discriminator: 'opened',
      });
    }
    if (closed.length > 0 && (after !== undefined || freed.length === 0)) {
      yield effectOf(difference, {
        rule: 'traffic-cut',
        severity: 'warning',
        message: `traffic is no longer let through: ${listed(closed)}`,
        reason: after === undefined ? 'the policy that let it through is gone' : 'its rules change',
        repair: 'make sure that nobody needs it any more',
      });
    }
  }
}

interface Meaning {
  /** Directions that it holds back what it does not allow in. */
  readonly isolates: ReadonlySet<string>;
  /** `from app=a to port 8080/TCP`, each a sentence. */
  readonly allowed: ReadonlySet<string>;
}

function meaningOf({ manifest }: DistObject): Meaning {
  const spec = mapAt(manifest, 'spec');
  const declared = textsAt(spec, 'policyTypes');
  const isolates = new Set(
    declared.length > 0 ? declared : ['Ingress', ...(valueAt(spec, 'egress') === undefined ? [] : ['Egress'])],
  );
  const allowed = new Set<string>();
  for (const [direction, list, peers, word] of [
    ['Ingress', 'ingress', 'from', 'from'],
    ['Egress', 'egress', 'to', 'to'],
  ] as const) {
    if (!isolates.has(direction)) continue;
    for (const rule of mapsAt(spec, list)) {
      for (const peer of orAll(mapsAt(rule, peers).map(peerText))) {
        for (const port of orAll(mapsAt(rule, 'ports').map(portText))) {
          allowed.add(`${word} ${peer ?? 'anybody'} at ${port ?? 'any port'}`);
        }
      }
    }
  }
  return { isolates, allowed };
}

/** No list at all means everything. */
function orAll(texts: readonly string[]): readonly (string | undefined)[] {
  return texts.length === 0 ? [undefined] : texts;
}

function peerText(peer: YamlMap): string {
  const block = textAt(peer, 'ipBlock', 'cidr');
  if (block !== undefined)
    return [block, ...textsAt(peer, 'ipBlock', 'except').map((cidr) => `without ${cidr}`)].join(' ');
  const pods = selectorText(valueAt(peer, 'podSelector'));
  const namespaces = selectorText(valueAt(peer, 'namespaceSelector'));
  if (namespaces === undefined) return pods === '' ? 'every pod of the namespace' : `pods ${pods}`;
  const where = namespaces === '' ? 'every namespace' : `namespaces ${namespaces}`;
  return pods === undefined || pods === '' ? where : `pods ${pods} of ${where}`;
}

function selectorText(selector: unknown): string | undefined {
  if (selector === undefined) return undefined;
  const labels = labelsText(mapAt(selector as YamlMap, 'matchLabels'));
  const expressions = mapsAt(selector as YamlMap, 'matchExpressions').map((one) => JSON.stringify(one));
  return [labels, ...expressions].filter((text) => text !== '').join(' ');
}

function portText(port: YamlMap): string {
  const end = port['endPort'] === undefined ? '' : `-${String(port['endPort'])}`;
  return `${String(port['port'] ?? 'any port')}${end}/${String(port['protocol'] ?? 'TCP')}`;
}

/** The sentence that covers this one: the same direction, with anybody at any port. */
function anybody(sentence: string): string {
  return `${sentence.split(' ', 1)[0]} anybody at any port`;
}

/** A new policy that allows something opens nothing to pods that nobody held back before. */
function widens({ before, after }: Difference, base: DistTree): boolean {
  if (before !== undefined) return true;
  const labels = mapAt(after!.manifest, 'spec', 'podSelector');
  const isolated = base
    .within('NetworkPolicy', after!.identity.namespace)
    .some(({ manifest }) => Object.keys(mapAt(manifest, 'spec', 'podSelector')).length === 0);
  const alone = workloadsIn(base, after!.identity.namespace).some((pod) => matchesSelector(labels, podLabels(pod)));
  return isolated && alone;
}

/** Pods of the head that a policy held back before and that none does now, in words. */
function freedPods({ before, after }: Difference, head: DistTree): string[] {
  if (before === undefined) return [];
  const namespace = before.identity.namespace;
  const policies = head.within('NetworkPolicy', namespace);
  const then = meaningOf(before);
  const now = after === undefined ? undefined : meaningOf(after);
  const selects = (policy: DistObject, pod: DistObject): boolean =>
    matchesSelector(mapAt(policy.manifest, 'spec', 'podSelector'), podLabels(pod));
  return [...then.isolates].flatMap((direction) => {
    const still = policies.filter((policy) => meaningOf(policy).isolates.has(direction));
    if (now?.isolates.has(direction) === true && sameSelection(before, after!)) return [];
    const freed = workloadsIn(head, namespace).filter(
      (pod) => selects(before, pod) && !still.some((policy) => selects(policy, pod)),
    );
    if (freed.length === 0) return [];
    const names = listed([...new Set(freed.map(({ identity }) => identity.name))]);
    return [direction === 'Ingress' ? `anybody may reach ${names}` : `${names} may reach anything`];
  });
}

function sameSelection(before: DistObject, after: DistObject): boolean {
  return (
    JSON.stringify(mapAt(before.manifest, 'spec', 'podSelector')) ===
    JSON.stringify(mapAt(after.manifest, 'spec', 'podSelector'))
  );
}
