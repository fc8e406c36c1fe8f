import type { Finding, Severity } from '../model';
import type { DistTree } from '../tree/dist-tree';
import { keyOf, nameOf, type DistObject } from '../tree/object';
import { isProtected, ownerOf } from './ownership';
import { referencesOf } from './references';
import { counted, effectOn, gone, listed, type EffectInput } from './rule';
import { isWorkload } from './workload';

/** Kinds whose end is more than the end of one object; the rules of data and of Argo CD speak of them. */
const spokenOfElsewhere = ['AppProject', 'Application', 'ApplicationSet'];

/** What becomes of objects that are no longer in dist: deleted, or left behind without an owner. */
export function* removedObjects({ base, head, differences }: EffectInput): Generator<Finding> {
  const removed = gone(differences).filter(({ identity }) => !spokenOfElsewhere.includes(identity.kind));
  const folders = new Map<string, DistObject[]>();
  for (const object of removed) {
    const folder = object.place.file.slice(0, object.place.file.lastIndexOf('/'));
    folders.set(folder, [...(folders.get(folder) ?? []), object]);
  }
  if (folders.size === 0) return;
  const inhabited = new Set(head.objects.map(({ place }) => place.file.slice(0, place.file.lastIndexOf('/'))));
  for (const [folder, objects] of folders) {
    if (inhabited.has(folder)) {
      for (const object of objects) yield removedObject(object, base, head);
    } else {
      yield removedFolder(folder, objects, base);
    }
  }
}

function removedObject(object: DistObject, base: DistTree, head: DistTree): Finding {
  const owner = ownerOf(object, head) ?? ownerOf(object, base);
  if (owner?.prunes !== true || isProtected(object, 'Prune')) {
    const why =
      owner === undefined
        ? 'no Application of this tree applies its folder'
        : isProtected(object, 'Prune')
          ? 'its annotation says Prune=false'
          : `Application ${owner.application} does not prune`;
    return effectOn(object, {
      rule: 'object-left-behind',
      severity: 'warning',
      message: 'it stays in the cluster as it is, and nobody looks after it any more',
      reason: `it is no longer in dist, and ${why}`,
      repair: 'delete it by hand once this is merged, if that is meant',
    });
  }
  const dependents = dependentsOf(object, head);
  return effectOn(object, {
    rule: 'object-pruned',
    severity: severityOf(object),
    message: isWorkload(object) ? 'it is deleted, and its pods with it' : 'it is deleted',
    reason:
      `it is no longer in dist, and Application ${owner.application} prunes` +
      (dependents.length === 0 ? '' : `; ${listed(dependents)} ${dependents.length === 1 ? 'names' : 'name'} it`),
    ...(severityOf(object) !== 'info' && { repair: 'put it back if that is not meant' }),
  });
}

/** A whole service or environment at once is one finding. */
function removedFolder(folder: string, objects: readonly DistObject[], base: DistTree): Finding {
  const [first] = objects as readonly [DistObject, ...DistObject[]];
  const owner = ownerOf(first, base);
  const main = objects.find(isWorkload) ?? first;
  const kinds = listed(objects.map(({ identity }) => identity.kind));
  if (owner?.goesWithFolder === true) {
    return effectOn(main, {
      rule: 'service-removed',
      severity: 'warning',
      message: `${counted(objects.length, 'object')} of ${first.place.service ?? folder} are deleted`,
      reason: `${folder} is gone, and Application ${owner.application} goes with it: ${kinds}`,
      repair: 'put the folder back if that is not meant',
    });
  }
  return effectOn(main, {
    rule: 'object-left-behind',
    severity: 'warning',
    message: `${counted(objects.length, 'object')} of ${first.place.service ?? folder} stay in the cluster as they are`,
    reason:
      owner === undefined
        ? `${folder} is gone, and no Application of this tree applies it`
        : `${folder} is gone, and Application ${owner.application} keeps what it deployed: ${kinds}`,
    repair:
      owner === undefined || first.place.service === undefined
        ? 'delete them by hand once this is merged, if that is meant'
        : `\`slipway remove service ${first.place.service} --from ${first.place.environment}\` once this is merged, if that is meant`,
  });
}

function severityOf({ identity }: DistObject): Severity {
  if (['Namespace', 'CustomResourceDefinition', 'PersistentVolumeClaim'].includes(identity.kind)) return 'error';
  return ['Deployment', 'StatefulSet', 'DaemonSet', 'Service', 'Ingress'].includes(identity.kind) ? 'warning' : 'info';
}

function dependentsOf(object: DistObject, head: DistTree): string[] {
  const { kind, name, namespace } = object.identity;
  return head.objects
    .filter((other) => other.identity.namespace === namespace && other.text.includes(name))
    .filter((other) => keyOf(other.identity) !== keyOf(object.identity))
    .filter((other) => referencesOf(other).some((reference) => reference.kind === kind && reference.name === name))
    .map((other) => nameOf(other.identity));
}
