import { parseQuantity } from '../diff/quantity';
import type { Finding } from '../model';
import { mapAt, mapsAt, valueAt } from '../tree/access';
import type { DistTree } from '../tree/dist-tree';
import type { DistObject, YamlMap } from '../tree/object';
import { labelsText } from './service-selector';
import { effectOn, type EffectInput, type NodeFacts } from './rule';
import { matchesLabels, podSpecOf, replicasOf, runningKinds } from './workload';

/** CPU in cores, memory in bytes. */
interface Need {
  readonly cpu: number;
  readonly memory: number;
}

const resources = ['cpu', 'memory'] as const;
const minutes = 'stay pending, and the rollout does not end';

/** Pods that no node takes: none has the labels, none is large enough, or all together ask for more than there is. */
export function* capacity({ base, head, differences, nodes }: EffectInput): Generator<Finding> {
  if (nodes === undefined) return;
  const full = new Set<string>();
  for (const { type, before, after, fields } of differences) {
    if (after === undefined || !runningKinds.includes(after.identity.kind) || replicasOf(after) === 0) continue;
    const grew =
      type !== 'changed' ||
      fields.some(({ path }) =>
        /^spec\.(?:replicas$|template\.spec\.(?:nodeSelector|containers|initContainers|tolerations))/.test(path),
      );
    if (!grew) continue;
    const selector = mapAt(podSpecOf(after), 'nodeSelector');
    const eligible = nodesFor(after, nodes);
    if (eligible.length === 0) {
      if (before !== undefined && nodesFor(before, nodes).length === 0) continue;
      yield effectOn(after, {
        rule: 'no-node-for-pods',
        severity: 'error',
        message: `its new pods ${minutes}`,
        reason: `no node of the platform has ${labelsText(selector) || 'room for pods without a toleration'}`,
        repair: 'select the labels of a node in apps/platform.ts',
      });
      continue;
    }
    const sizes = eligible.flatMap(({ allocatable }) => allocatable ?? []);
    if (sizes.length < eligible.length) continue;
    const need = needOf(after);
    const tooLarge = resources.filter((resource) => sizes.every((size) => need[resource] > size[resource]));
    if (tooLarge.length > 0) {
      yield effectOn(after, {
        rule: 'pod-fits-no-node',
        severity: 'error',
        message: `its new pods ${minutes}`,
        reason: tooLarge
          .map(
            (one) =>
              `a pod asks for ${amount(one, need)} of ${one}, and the largest node offers ${amount(one, largest(sizes))}`,
          )
          .join('; '),
        repair: 'ask for less, or offer larger nodes',
      });
    } else if (!full.has(labelsText(selector))) {
      const finding = tierIsFull(after, selector, { base, head, nodes, sizes });
      if (finding === undefined) continue;
      full.add(labelsText(selector));
      yield finding;
    }
  }
}

interface Tier {
  readonly base: DistTree;
  readonly head: DistTree;
  readonly nodes: readonly NodeFacts[];
  readonly sizes: readonly Need[];
}

function tierIsFull(object: DistObject, selector: YamlMap, { base, head, nodes, sizes }: Tier): Finding | undefined {
  const offered = sum(sizes);
  const labels = labelsText(selector);
  const asked = (tree: DistTree): Need =>
    sum(
      runningKinds
        .flatMap((kind) => tree.ofKind(kind))
        .filter((other) => labelsText(mapAt(podSpecOf(other), 'nodeSelector')) === labels)
        .map((other) => times(needOf(other), replicasOf(other) ?? nodesFor(other, nodes).length)),
    );
  const now = asked(head);
  const beyond = resources.filter((resource) => now[resource] > offered[resource]);
  if (beyond.length === 0) return undefined;
  const then = asked(base);
  if (beyond.every((resource) => then[resource] >= now[resource])) return undefined;
  return effectOn(object, {
    rule: 'tier-is-full',
    severity: 'error',
    message: `not all pods on ${labels || 'the nodes'} find room`,
    reason: beyond
      .map(
        (one) =>
          `all pods of dist there ask for ${amount(one, now)} of ${one}, and its nodes offer ${amount(one, offered)}`,
      )
      .join('; '),
    repair: 'ask for less, run fewer replicas, or add a node',
  });
}

function nodesFor(object: DistObject, nodes: readonly NodeFacts[]): NodeFacts[] {
  const spec = podSpecOf(object);
  const selector = mapAt(spec, 'nodeSelector');
  const tolerates = mapsAt(spec, 'tolerations').length > 0;
  return nodes.filter(({ labels, tainted }) => (tainted !== true || tolerates) && matchesLabels(selector, labels));
}

/** What the scheduler looks for room for: the sum of the containers, or the largest of those that run before them. */
function needOf(object: DistObject): Need {
  const spec = podSpecOf(object);
  const ask = (container: YamlMap, resource: string): number =>
    parseQuantity(
      valueAt(container, 'resources', 'requests', resource) ?? valueAt(container, 'resources', 'limits', resource),
    ) ?? 0;
  const need = (resource: string): number =>
    Math.max(
      mapsAt(spec, 'containers').reduce((total, container) => total + ask(container, resource), 0),
      ...mapsAt(spec, 'initContainers').map((container) => ask(container, resource)),
    );
  return { cpu: need('cpu'), memory: need('memory') };
}

function sum(needs: readonly Need[]): Need {
  return needs.reduce(({ cpu, memory }, one) => ({ cpu: cpu + one.cpu, memory: memory + one.memory }), {
    cpu: 0,
    memory: 0,
  });
}

function times({ cpu, memory }: Need, count: number): Need {
  return { cpu: cpu * count, memory: memory * count };
}

function largest(sizes: readonly Need[]): Need {
  return { cpu: Math.max(...sizes.map(({ cpu }) => cpu)), memory: Math.max(...sizes.map(({ memory }) => memory)) };
}

function amount(resource: keyof Need, need: Need): string {
  return resource === 'cpu' ? `${Math.round(need.cpu * 1000)}m` : `${Math.ceil(need.memory / 2 ** 20)}Mi`;
}
