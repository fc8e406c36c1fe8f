import type { FieldChange, Finding } from '../model';
import { mapAt, textAt, valueAt } from '../tree/access';
import type { DistObject, YamlMap } from '../tree/object';
import { parseQuantity } from '../diff/quantity';
import { effectOf, kept, listed, type EffectInput } from './rule';
import { containersOf, matchesSelector, podLabels, podSpecOf, selectorAt } from './workload';

type Refuses = (field: FieldChange, before: YamlMap, after: YamlMap) => boolean;

const at =
  (...patterns: readonly RegExp[]): Refuses =>
  ({ path }) =>
    patterns.some((pattern) => pattern.test(path));

/** Fields of a StatefulSet that may change; all others of its spec may not. */
const statefulMutable =
  /^spec\.(?:replicas|template|updateStrategy|revisionHistoryLimit|minReadySeconds|ordinals|persistentVolumeClaimRetentionPolicy)\b/;

const sealed: Refuses = ({ path }, before) =>
  before['immutable'] === true && /^(?:data|binaryData|stringData|immutable)\b/.test(path);

/** What the API server refuses to change, by kind. */
const refused: ReadonlyMap<string, Refuses> = new Map(
  Object.entries<Refuses>({
    Deployment: at(/^spec\.selector\b/),
    DaemonSet: at(/^spec\.selector\b/),
    ReplicaSet: at(/^spec\.selector\b/),
    StatefulSet: ({ path }) => /^spec\./.test(path) && !statefulMutable.test(path),
    Job: at(/^spec\.(?:selector|template|completionMode|podFailurePolicy|manualSelector|backoffLimitPerIndex)\b/),
    Pod: ({ path }) =>
      /^spec\./.test(path) &&
      !/^spec\.(?:(?:initC|c)ontainers\[[^\]]+\]\.image|activeDeadlineSeconds|tolerations)\b/.test(path),
    Service: ({ path, before, after }) =>
      /^spec\.clusterIPs?\b/.test(path) && after !== undefined && (before !== undefined || after !== ''),
    ConfigMap: sealed,
    Secret: (field, before, after) => sealed(field, before, after) || field.path === 'type',
    PersistentVolumeClaim: (field) => claimRefuses(field),
    PersistentVolume: at(
      /^spec\.(?!capacity|accessModes|persistentVolumeReclaimPolicy|claimRef|mountOptions|nodeAffinity)/,
    ),
    RoleBinding: at(/^roleRef\b/),
    ClusterRoleBinding: at(/^roleRef\b/),
    StorageClass: at(/^(?:provisioner|parameters|reclaimPolicy|volumeBindingMode)\b/),
    PriorityClass: at(/^(?:value|preemptionPolicy)\b/),
    RuntimeClass: at(/^handler\b/),
    IngressClass: at(/^spec\.controller\b/),
    CustomResourceDefinition: at(/^spec\.(?:group|scope|names\.(?:kind|plural))\b/),
  }),
);

function claimRefuses({ path, before, after }: FieldChange): boolean {
  if (!path.startsWith('spec.') || path.startsWith('spec.volumeAttributesClassName')) return false;
  if (path !== 'spec.resources.requests.storage') return true;
  // a claim may grow, where its storage class lets it
  return (parseQuantity(after) ?? 0) < (parseQuantity(before) ?? 0);
}

/** Argo CD deletes and makes anew what it may not change, where the object asks for it. */
function isReplaced(object: DistObject): boolean {
  const options = textAt(mapAt(object.manifest, 'metadata', 'annotations'), 'argocd.argoproj.io/sync-options') ?? '';
  return options.includes('Replace=true') && options.includes('Force=true');
}

/** Fields that cannot be changed: the apply is refused, or the object is deleted and made anew. */
export function* immutableFields({ differences }: EffectInput): Generator<Finding> {
  for (const difference of kept(differences)) {
    const { before, after, fields } = difference;
    const refuses = refused.get(after.identity.kind);
    const paths = fields
      .filter((field) => refuses?.(field, before.manifest, after.manifest) === true)
      .map(({ path }) => path);
    if (paths.length === 0) continue;
    const reason = `${listed(paths)} of a ${after.identity.kind} cannot be changed`;
    if (isReplaced(after)) {
      yield effectOf(difference, {
        rule: 'object-recreated',
        severity: 'warning',
        message: 'it is deleted and made anew, and all its pods with it',
        reason: `${reason}, and its sync options are Replace and Force`,
        repair: 'make an object of another name beside it, and remove this one later',
      });
    } else {
      yield effectOf(difference, {
        rule: 'immutable-field',
        severity: 'error',
        message: 'the API server refuses the change, and the sync fails',
        reason,
        repair: 'leave the field as it was, or make an object of another name beside it and remove this one later',
      });
    }
  }
}

const selecting = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'];

/** A workload has to select its own pods. */
export function* templateNotSelected({ differences }: EffectInput): Generator<Finding> {
  for (const difference of differences) {
    const { after } = difference;
    if (after === undefined || !selecting.includes(after.identity.kind) || selects(after)) continue;
    yield effectOf(difference, {
      rule: 'template-not-selected',
      severity: 'error',
      message: 'the API server refuses it, and the sync fails',
      reason: 'its selector does not match the labels of its own pod template',
      repair: 'give spec.template.metadata.labels every label of spec.selector',
    });
  }
}

function selects(object: DistObject): boolean {
  const selector = selectorAt(object, 'spec', 'selector');
  return selector !== undefined && Object.keys(selector).length > 0 && matchesSelector(selector, podLabels(object));
}

/** A resource that is asked for beyond its own limit is refused; so are names that are there twice. */
export function* requestBeyondLimit({ differences }: EffectInput): Generator<Finding> {
  for (const difference of differences) {
    const { after } = difference;
    if (after === undefined) continue;
    for (const path of beyondLimits(after)) {
      yield effectOf(difference, {
        rule: 'request-beyond-limit',
        severity: 'error',
        message: 'the API server refuses it, and the sync fails',
        reason: path,
        repair: 'ask for at most the limit',
        discriminator: path.split(' ')[0]!,
      });
    }
  }
}

function beyondLimits(object: DistObject): string[] {
  return containersOf(podSpecOf(object)).flatMap((container) =>
    Object.entries(mapAt(container, 'resources', 'requests')).flatMap(([resource, request]) => {
      const limit = valueAt(container, 'resources', 'limits', resource);
      const [asked, most] = [parseQuantity(request), parseQuantity(limit)];
      if (asked === undefined || most === undefined || asked <= most) return [];
      return [
        `${textAt(container, 'name') ?? '?'} asks for ${String(request)} of ${resource} and may use ${String(limit)}`,
      ];
    }),
  );
}
