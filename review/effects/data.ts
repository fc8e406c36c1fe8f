import type { Finding } from '../model';
import { mapsAt, textAt } from '../tree/access';
import type { DistTree } from '../tree/dist-tree';
import type { DistObject, YamlMap } from '../tree/object';
import { isProtected, ownerOf } from './ownership';
import { effectOf, effectOn, gone, kept, listed, replicasFell, type EffectInput } from './rule';
import { podSpecOf } from './workload';

/** Volumes, claims and definitions whose end is the end of data. */
export function* dataAtRisk(input: EffectInput): Generator<Finding> {
  for (const object of gone(input.differences)) yield* goneData(object, input);
  for (const difference of kept(input.differences)) {
    const { before, after } = difference;
    const risk =
      lostVolumes(before, after) ??
      lostClaims(before, after, replicasFell(difference)) ??
      lostProtection(before, after);
    if (risk !== undefined) yield effectOf(difference, { rule: 'data-at-risk', ...risk });
  }
}

type Risk = {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly reason: string;
  readonly repair: string;
};

function* goneData(object: DistObject, { base, head }: EffectInput): Generator<Finding> {
  if (!isDeleted(object, base, head)) return;
  const risk = endOf(object);
  if (risk !== undefined) yield effectOn(object, { rule: 'data-at-risk', severity: 'error', ...risk });
}

function isDeleted(object: DistObject, base: DistTree, head: DistTree): boolean {
  if (isProtected(object, 'Prune')) return false;
  const owner = ownerOf(object, head) ?? ownerOf(object, base);
  return owner !== undefined && (owner.prunes || owner.goesWithFolder);
}

function endOf({ identity, manifest }: DistObject): Omit<Risk, 'severity'> | undefined {
  const keep = 'annotate it with argocd.argoproj.io/sync-options: Prune=false first, or put it back';
  switch (identity.kind) {
    case 'PersistentVolumeClaim':
      return {
        message: 'its volume is deleted, and the data in it',
        reason: 'the claim is pruned, and a volume that was made for a claim goes with it unless its class retains it',
        repair: keep,
      };
    case 'PersistentVolume': {
      const policy = textAt(manifest, 'spec', 'persistentVolumeReclaimPolicy') ?? 'Retain';
      if (policy === 'Retain') return undefined;
      return { message: 'its data is deleted', reason: `its reclaim policy is ${policy}`, repair: keep };
    }
    case 'Namespace':
      return {
        message: 'everything in it is deleted, claims and secrets included',
        reason: 'a namespace that is pruned takes all its objects along',
        repair: keep,
      };
    case 'CustomResourceDefinition':
      return {
        message: 'every object of its kind is deleted, in all namespaces',
        reason: 'the objects of a kind go with its definition',
        repair: keep,
      };
    case 'StatefulSet':
      if (retention(manifest, 'whenDeleted') !== 'Delete') return undefined;
      return {
        message: 'the volumes of its pods are deleted, and the data in them',
        reason: 'persistentVolumeClaimRetentionPolicy.whenDeleted is Delete',
        repair: 'set it to Retain first',
      };
    default:
      return undefined;
  }
}

function retention(manifest: YamlMap, when: 'whenDeleted' | 'whenScaled'): string {
  return textAt(manifest, 'spec', 'persistentVolumeClaimRetentionPolicy', when) ?? 'Retain';
}

/** Pods that held data in a claim and no longer do. */
function lostVolumes(before: DistObject, after: DistObject): Risk | undefined {
  const claims = (object: DistObject): string[] =>
    mapsAt(podSpecOf(object), 'volumes').flatMap(
      (volume) => textAt(volume, 'persistentVolumeClaim', 'claimName') ?? [],
    );
  const now = claims(after);
  const lost = claims(before).filter((claim) => !now.includes(claim));
  if (lost.length === 0) return undefined;
  return {
    severity: 'warning',
    message: `its pods no longer see the data of ${listed(lost)}`,
    reason: `the volume of claim ${listed(lost)} is not mounted any more; the claim itself stays`,
    repair: 'move the data first, or mount the claim again',
  };
}

/** Claims of a StatefulSet that go when it shrinks or ends. */
function lostClaims(before: DistObject, after: DistObject, fell: boolean): Risk | undefined {
  if (after.identity.kind !== 'StatefulSet' || mapsAt(after.manifest, 'spec', 'volumeClaimTemplates').length === 0) {
    return undefined;
  }
  if (fell && retention(after.manifest, 'whenScaled') === 'Delete') {
    return {
      severity: 'error',
      message: 'the volumes of the pods that stop are deleted, and the data in them',
      reason: 'it shrinks, and persistentVolumeClaimRetentionPolicy.whenScaled is Delete',
      repair: 'set it to Retain first',
    };
  }
  for (const when of ['whenDeleted', 'whenScaled'] as const) {
    if (retention(before.manifest, when) !== 'Delete' && retention(after.manifest, when) === 'Delete') {
      return {
        severity: 'warning',
        message: `volumes are deleted from now on ${when === 'whenDeleted' ? 'when it is removed' : 'when it shrinks'}`,
        reason: `persistentVolumeClaimRetentionPolicy.${when} becomes Delete`,
        repair: 'keep Retain where the data matters',
      };
    }
  }
  return undefined;
}

/** What kept Argo CD from deleting an object, and no longer does. */
function lostProtection(before: DistObject, after: DistObject): Risk | undefined {
  const lost = (['Prune', 'Delete'] as const).filter((from) => isProtected(before, from) && !isProtected(after, from));
  if (lost.length === 0) return undefined;
  return {
    severity: 'warning',
    message: 'Argo CD may delete it from now on',
    reason: `its sync options no longer say ${listed(lost.map((from) => `${from}=false`))}`,
    repair: 'keep them where the object holds data, or others live in it',
  };
}

/** Reclaim policies that change what becomes of a volume. */
export function* reclaimPolicy({ differences }: EffectInput): Generator<Finding> {
  for (const difference of kept(differences)) {
    const change = difference.fields.find(({ path }) => path === 'spec.persistentVolumeReclaimPolicy');
    if (change?.after !== 'Delete') continue;
    yield effectOf(difference, {
      rule: 'data-at-risk',
      severity: 'warning',
      message: 'volumes are deleted with their claims from now on',
      reason: `${change.path} goes from ${String(change.before ?? 'nothing')} to Delete`,
      repair: 'keep Retain where the data matters',
    });
  }
}
