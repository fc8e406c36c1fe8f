import type { Finding } from '../model';
import { mapAt, mapsAt, numberAt, textAt, valueAt } from '../tree/access';
import type { DistTree } from '../tree/dist-tree';
import { keyOf, type DistObject, type YamlMap } from '../tree/object';
import { effectOn, listed, type EffectInput } from './rule';
import { containersOf, isWorkload, matchesLabels, podLabels, podSpecOf, workloadsIn } from './workload';

/**
 * A Service whose selector matches no pod any more, or whose ports lead to none of their containers, answers nobody.
 * Looked at are the Services that changed and those that selected pods which changed.
 */
export function* serviceSelectors({ base, head, differences }: EffectInput): Generator<Finding> {
  for (const service of affected(base, head, differences)) {
    const selector = selectorOf(service);
    if (selector === undefined) continue;
    const then = base.get(keyOf(service.identity));
    const pods = selected(selector, service, head);
    if (pods.length === 0) {
      const was = then === undefined ? undefined : selectorOf(then);
      if (then !== undefined && was !== undefined && selected(was, then, base).length === 0) continue;
      yield effectOn(service, {
        rule: 'selector-matches-nothing',
        severity: 'error',
        message: 'no pod answers it: requests fail',
        reason: `its selector ${labelsText(selector)} matches the pods of no workload in ${service.identity.namespace ?? 'its namespace'}`,
        repair: 'select labels that the pods carry, or give the pods the labels',
      });
      continue;
    }
    for (const port of mapsAt(service.manifest, 'spec', 'ports')) {
      const target = textAt(port, 'targetPort');
      if (target === undefined || pods.some((pod) => hasPort(pod, target))) continue;
      if (then !== undefined && portsOf(then).includes(target) && stillMissing(then, base, target)) continue;
      yield effectOn(service, {
        rule: 'port-matches-nothing',
        severity: 'error',
        message: `its port ${String(valueAt(port, 'port'))} leads nowhere: requests to it fail`,
        reason: `no container of ${listed(pods.map(({ identity }) => identity.name))} has a port named "${target}"`,
        repair: `name the container's port "${target}", or target another one`,
        discriminator: target,
      });
    }
  }
}

function* affected(base: DistTree, head: DistTree, differences: EffectInput['differences']): Generator<DistObject> {
  const seen = new Set<DistObject>();
  const candidates = differences.flatMap(({ type, before, after, fields }) => {
    if (after?.identity.kind === 'Service') return [after];
    const shown = type !== 'changed' || fields.some(({ path }) => /\.template\.metadata|\.ports\b/.test(path));
    if (!shown) return [];
    const pods = [before, after].filter((object) => object !== undefined).filter(isWorkload);
    return pods.flatMap((pod) =>
      head.within('Service', pod.identity.namespace).filter((service) => {
        const then = base.get(keyOf(service.identity));
        const selector = selectorOf(then ?? service);
        return selector !== undefined && matchesLabels(selector, podLabels(pod));
      }),
    );
  });
  for (const service of candidates) {
    if (seen.has(service)) continue;
    seen.add(service);
    yield service;
  }
}

/** Undefined for a Service whose addresses are kept by somebody else. */
function selectorOf(service: DistObject): YamlMap | undefined {
  const selector = mapAt(service.manifest, 'spec', 'selector');
  const external = textAt(service.manifest, 'spec', 'type') === 'ExternalName';
  return external || Object.keys(selector).length === 0 ? undefined : selector;
}

function selected(selector: YamlMap, service: DistObject, tree: DistTree): DistObject[] {
  return workloadsIn(tree, service.identity.namespace).filter((pod) => matchesLabels(selector, podLabels(pod)));
}

function portsOf(service: DistObject): string[] {
  return mapsAt(service.manifest, 'spec', 'ports').flatMap((port) => textAt(port, 'targetPort') ?? []);
}

function hasPort(pod: DistObject, name: string): boolean {
  return containersOf(podSpecOf(pod)).some((container) =>
    mapsAt(container, 'ports').some(
      (port) => textAt(port, 'name') === name && numberAt(port, 'containerPort') !== undefined,
    ),
  );
}

function stillMissing(service: DistObject, tree: DistTree, target: string): boolean {
  const selector = selectorOf(service);
  return selector !== undefined && !selected(selector, service, tree).some((pod) => hasPort(pod, target));
}

export function labelsText(labels: YamlMap): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',');
}
