import type { Difference } from '../diff/differences';
import type { Finding } from '../model';
import { listAt, mapAt, textAt, textsAt, valueAt } from '../tree/access';
import type { DistObject, YamlMap } from '../tree/object';
import { prunes } from './ownership';
import { counted, effectOf, effectOn, gone, kept, listed, type EffectInput } from './rule';

type Kept = Difference & { before: DistObject; after: DistObject };

/** Where an Application's own settings are, in an Application and in what makes several. */
function applicationSpec({ identity, manifest }: DistObject): YamlMap {
  return identity.kind === 'ApplicationSet' ? mapAt(manifest, 'spec', 'template', 'spec') : mapAt(manifest, 'spec');
}

/** What Argo CD does differently from now on. */
export function* argoCdSettings({ differences }: EffectInput): Generator<Finding> {
  for (const difference of kept(differences)) {
    const { kind } = difference.after.identity;
    if (kind === 'Application' || kind === 'ApplicationSet') {
      yield* syncPolicy(difference);
      yield* whereabouts(difference);
    }
    if (kind === 'ApplicationSet') yield* generation(difference);
    if (kind === 'AppProject') yield* project(difference);
  }
}

function* syncPolicy(difference: Kept): Generator<Finding> {
  const [then, now] = [difference.before, difference.after].map(applicationSpec) as [YamlMap, YamlMap];
  const automated = (spec: YamlMap): boolean => valueAt(spec, 'syncPolicy', 'automated') !== undefined;
  if (automated(then) && !automated(now)) {
    yield effectOf(difference, {
      rule: 'sync-by-hand',
      severity: 'warning',
      message: 'what is merged is no longer applied until somebody syncs it',
      reason: 'spec.syncPolicy.automated goes away',
      repair: 'keep it, or say who syncs from now on',
    });
    return;
  }
  if (!prunes(then) && prunes(now)) {
    yield effectOf(difference, {
      rule: 'prune-switched-on',
      severity: 'warning',
      message: 'objects that are not in dist are deleted from now on, those that are left over among them',
      reason: 'spec.syncPolicy.automated.prune becomes true',
      repair: 'look at what Argo CD shows as OutOfSync before this is merged',
    });
  }
  if (prunes(then) && !prunes(now)) {
    yield effectOf(difference, {
      rule: 'prune-switched-off',
      severity: 'info',
      message: 'objects that leave dist stay in the cluster from now on',
      reason: 'spec.syncPolicy.automated.prune is no longer true',
    });
  }
  const heals = (spec: YamlMap): boolean => valueAt(spec, 'syncPolicy', 'automated', 'selfHeal') === true;
  if (heals(then) && !heals(now)) {
    yield effectOf(difference, {
      rule: 'self-heal-switched-off',
      severity: 'warning',
      message: 'changes by hand stay in the cluster from now on',
      reason: 'spec.syncPolicy.automated.selfHeal is no longer true',
      repair: 'keep selfHeal',
    });
  }
}

/** Where an Application reads from, where it deploys to, and who lets it. */
function* whereabouts(difference: Kept): Generator<Finding> {
  const changed = (...path: readonly string[]): boolean =>
    JSON.stringify(valueAt(applicationSpec(difference.before), ...path)) !==
    JSON.stringify(valueAt(applicationSpec(difference.after), ...path));
  if (changed('source')) {
    yield effectOf(difference, {
      rule: 'other-source',
      severity: 'warning',
      message: 'it follows another repository, branch or folder from now on',
      reason: 'spec.source changes; what the new one lacks is pruned where it prunes',
      repair: 'make sure that the new source holds every object of the old one',
    });
  }
  if (changed('destination')) {
    yield effectOf(difference, {
      rule: 'other-destination',
      severity: 'error',
      message: 'everything it deploys is made anew elsewhere',
      reason: 'spec.destination changes; what is in the old place is no longer looked after, or deleted',
      repair: 'make a second Application, move the traffic, and remove the first',
    });
  }
  if (changed('project')) {
    yield effectOf(difference, {
      rule: 'other-project',
      severity: 'warning',
      message: 'another project says what it may deploy',
      reason: `spec.project goes from ${textAt(applicationSpec(difference.before), 'project') ?? 'none'} to ${textAt(applicationSpec(difference.after), 'project') ?? 'none'}`,
      repair: 'make sure that the project allows its kinds, its source and its destination',
    });
  }
}

function* generation(difference: Kept): Generator<Finding> {
  const policy = (object: DistObject): string =>
    textAt(object.manifest, 'spec', 'syncPolicy', 'applicationsSync') ?? 'sync';
  const preserves = (object: DistObject): boolean =>
    valueAt(object.manifest, 'spec', 'syncPolicy', 'preserveResourcesOnDeletion') === true;
  const { before, after } = difference;
  const deletes = (object: DistObject): boolean =>
    ['sync', 'create-delete'].includes(policy(object)) && !preserves(object);
  if (!deletes(before) && deletes(after)) {
    yield effectOf(difference, {
      rule: 'deletion-unprotected',
      severity: 'warning',
      message: 'a folder that leaves dist takes its running service along from now on',
      reason: `applicationsSync is ${policy(after)}, and resources are ${preserves(after) ? '' : 'not '}preserved on deletion`,
      repair: 'keep create-update and preserveResourcesOnDeletion where production must not lose what runs',
    });
  }
  const name = (object: DistObject): string => textAt(object.manifest, 'spec', 'template', 'metadata', 'name') ?? '';
  if (name(before) !== name(after)) {
    yield effectOf(difference, {
      rule: 'applications-renamed',
      severity: 'error',
      message: deletes(after)
        ? 'every Application of the set is deleted with what it deployed, and made anew under another name'
        : 'Applications of another name appear beside the old ones, and both claim the same objects',
      reason: `spec.template.metadata.name goes from ${name(before)} to ${name(after)}`,
      repair: 'keep the name',
    });
  }
}

/** Lists of a project by what more entries mean. */
const permissions = [
  'sourceRepos',
  'sourceNamespaces',
  'destinations',
  'clusterResourceWhitelist',
  'namespaceResourceWhitelist',
];
const prohibitions = ['clusterResourceBlacklist', 'namespaceResourceBlacklist'];

function* project(difference: Kept): Generator<Finding> {
  const entries = (object: DistObject, list: string): Set<string> =>
    new Set(
      listAt(object.manifest, 'spec', list).map(
        (entry) => `${list} ${typeof entry === 'string' ? entry : JSON.stringify(entry)}`,
      ),
    );
  const beyond = (object: DistObject, other: DistObject, list: string): string[] => {
    const known = entries(other, list);
    return [...entries(object, list)].filter((entry) => !known.has(entry));
  };
  const { before, after } = difference;
  // without this list every kind is allowed
  const lifted = (from: DistObject, to: DistObject): string[] =>
    listAt(from.manifest, 'spec', 'namespaceResourceWhitelist').length > 0 &&
    listAt(to.manifest, 'spec', 'namespaceResourceWhitelist').length === 0
      ? ['every kind of a namespace']
      : [];
  const more = [
    ...permissions.flatMap((list) =>
      lifted(after, before).length > 0 && list === 'namespaceResourceWhitelist' ? [] : beyond(after, before, list),
    ),
    ...prohibitions.flatMap((list) => beyond(before, after, list)),
    ...lifted(before, after),
  ];
  const less = [
    ...permissions.flatMap((list) =>
      lifted(before, after).length > 0 && list === 'namespaceResourceWhitelist' ? [] : beyond(before, after, list),
    ),
    ...prohibitions.flatMap((list) => beyond(after, before, list)),
    ...lifted(after, before),
  ];
  if (more.length > 0) {
    yield effectOf(difference, {
      rule: 'project-allows-more',
      severity: 'warning',
      message: `its Applications may deploy more: ${listed(more)}`,
      reason: 'what the project allows grows, or what it forbids shrinks',
      repair: 'allow what is needed, by name where that is possible',
    });
  }
  if (less.length > 0) {
    yield effectOf(difference, {
      rule: 'project-allows-less',
      severity: 'info',
      message: `its Applications may deploy less: ${listed(less)}`,
      reason: 'what the project allows shrinks, or what it forbids grows; a sync that needs it fails',
    });
  }
}

const cascade = 'resources-finalizer.argocd.argoproj.io';

/** Applications, sets and projects that go, and what goes with them. */
export function* argoCdRemoved({ base, differences }: EffectInput): Generator<Finding> {
  for (const object of gone(differences)) {
    const { kind, name } = object.identity;
    if (kind === 'AppProject') {
      yield effectOn(object, {
        rule: 'project-removed',
        severity: 'warning',
        message: 'Applications that name it deploy nothing any more',
        reason: 'an Application without its project is an error to Argo CD',
        repair: 'move its Applications to another project first',
      });
    } else if (kind === 'Application' || kind === 'ApplicationSet') {
      const takesAlong =
        kind === 'Application'
          ? textsAt(object.manifest, 'metadata', 'finalizers').includes(cascade)
          : valueAt(object.manifest, 'spec', 'syncPolicy', 'preserveResourcesOnDeletion') !== true;
      const folder = textAt(applicationSpec(object), 'source', 'path') ?? `dist/${name}`;
      const count = base.objects.filter(({ place }) =>
        place.file.startsWith(kind === 'Application' ? `${folder}/` : `dist/${name}/`),
      ).length;
      yield effectOn(object, {
        rule: 'application-removed',
        severity: takesAlong ? 'error' : 'warning',
        message: takesAlong
          ? `${counted(count, 'object')} that it deployed are deleted with it`
          : `${counted(count, 'object')} that it deployed stay, and nobody looks after them any more`,
        reason: takesAlong
          ? 'its finalizer, or the set that makes it, deletes what it deployed'
          : 'it preserves what it deployed',
        repair: 'put it back if that is not meant',
      });
    }
  }
}
