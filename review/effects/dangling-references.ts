import type { Finding } from '../model';
import { mapsAt, textAt, valueAt } from '../tree/access';
import type { DistTree } from '../tree/dist-tree';
import { keyOf, nameOf, type DistObject } from '../tree/object';
import { referencesOf, type Reference } from './references';
import { effectOn, gone, type EffectInput } from './rule';

/** Kinds of other controllers that make a Secret of their own name. */
const secretMakers = ['SealedSecret', 'ExternalSecret', 'Certificate'];

/** Objects that name what is not there, because it went or because they name it for the first time. */
export function* danglingReferences({ base, head, differences }: EffectInput): Generator<Finding> {
  for (const object of candidates({ head, differences })) {
    const then = base.get(keyOf(object.identity));
    const dangledBefore = new Set(
      (then === undefined ? [] : referencesOf(then).filter((one) => !isThere(one, then, base))).map(keyOfReference),
    );
    const told = new Set<string>();
    for (const reference of referencesOf(object)) {
      const key = keyOfReference(reference);
      if (isThere(reference, object, head) || dangledBefore.has(key) || told.has(key)) continue;
      told.add(key);
      yield missing(object, reference);
    }
    yield* missingPorts(object, head, base, then);
  }
}

/** Names for which the texts of a tree are searched one by one; for more of them everything near is looked at. */
const searchedNames = 20;

/** What changed itself, and what may name something that went. */
function candidates({ head, differences }: Pick<EffectInput, 'head' | 'differences'>): Set<DistObject> {
  const found = new Set(differences.flatMap(({ after }) => after ?? []));
  const names = gone(differences).map(({ identity }) => identity);
  const namespaces = new Set(names.map(({ namespace }) => namespace));
  if (names.length > 0) {
    for (const object of head.objects) {
      const { kind, namespace } = object.identity;
      if (kind !== 'ClusterRoleBinding' && !namespaces.has(namespace)) continue;
      // most of a large tree need not be read further
      if (names.length > searchedNames || names.some(({ name }) => object.text.includes(name))) found.add(object);
    }
  }
  for (const { type, after, fields } of differences) {
    if (type !== 'changed' || after?.identity.kind !== 'Service') continue;
    if (!fields.some(({ path }) => path.startsWith('spec.ports'))) continue;
    for (const ingress of head.within('Ingress', after.identity.namespace)) found.add(ingress);
  }
  return found;
}

function keyOfReference({ kind, namespace, name }: Reference): string {
  return `${kind}|${namespace ?? ''}|${name}`;
}

function isThere(reference: Reference, from: DistObject, tree: DistTree): boolean {
  const { kind, name } = reference;
  if (reference.elsewhere === true) return true;
  const namespace = kind === 'ClusterRole' ? undefined : (reference.namespace ?? from.identity.namespace);
  if (tree.named(kind, namespace, name) !== undefined) return true;
  return kind === 'Secret' && secretMakers.some((maker) => tree.named(maker, namespace, name) !== undefined);
}

function missing(object: DistObject, reference: Reference): Finding {
  const { kind, name, path, without } = reference;
  const secret = kind === 'Secret';
  return effectOn(object, {
    rule: 'dangling-reference',
    // secrets are kept out of dist on purpose, so that one may well be in the cluster
    severity: secret ? 'warning' : 'error',
    message: secret ? `${without} unless the cluster has Secret ${name}` : `${without}: there is no ${kind} ${name}`,
    reason: `${path} names ${kind} ${name}, which is not in dist`,
    repair: secret
      ? 'make sure that the cluster has it before this is merged'
      : `add the ${kind}, or name one that is there`,
    discriminator: keyOfReference(reference),
  });
}

/** Ports of a Service that an Ingress asks for and the Service does not have. */
function* missingPorts(
  ingress: DistObject,
  head: DistTree,
  base: DistTree,
  then: DistObject | undefined,
): Generator<Finding> {
  if (ingress.identity.kind !== 'Ingress') return;
  const before = new Set(then === undefined ? [] : portsMissing(then, base));
  for (const port of new Set(portsMissing(ingress, head))) {
    if (before.has(port)) continue;
    yield effectOn(ingress, {
      rule: 'dangling-reference',
      severity: 'error',
      message: `requests to it are answered with 503: ${port}`,
      reason: 'a backend names a port that its Service does not have',
      repair: 'name a port of the Service',
      discriminator: port,
    });
  }
}

function portsMissing(ingress: DistObject, tree: DistTree): string[] {
  return mapsAt(ingress.manifest, 'spec', 'rules')
    .flatMap((rule) => mapsAt(rule, 'http', 'paths'))
    .flatMap((path) => {
      const name = textAt(path, 'backend', 'service', 'name');
      const service = name === undefined ? undefined : tree.named('Service', ingress.identity.namespace, name);
      const wanted =
        valueAt(path, 'backend', 'service', 'port', 'name') ?? valueAt(path, 'backend', 'service', 'port', 'number');
      if (service === undefined || wanted === undefined) return [];
      const ports = mapsAt(service.manifest, 'spec', 'ports');
      const has = ports.some((port) => port['name'] === wanted || port['port'] === wanted);
      return has ? [] : [`${nameOf(service.identity)} has no port ${String(wanted)}`];
    });
}
