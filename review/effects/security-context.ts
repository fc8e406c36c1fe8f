import { volumeSources } from '../../manifests/policies/pod-security';
import type { Finding } from '../model';
import { listAt, mapAt, mapsAt, textAt, textsAt, valueAt } from '../tree/access';
import { isMap, type DistObject, type YamlMap } from '../tree/object';
import { effectOf, kept, listed, type EffectInput } from './rule';
import { containersOf, isWorkload, podSpecOf } from './workload';

/** Each thing that a pod may do and a hardened one may not, in words. */
function freedoms(object: DistObject): Set<string> {
  const spec = podSpecOf(object);
  const found = new Set<string>();
  for (const name of ['hostNetwork', 'hostPID', 'hostIPC'])
    if (spec[name] === true) found.add(`shares ${name} with its node`);
  if (valueAt(spec, 'automountServiceAccountToken') !== false) found.add("gets its account's token");
  for (const volume of mapsAt(spec, 'volumes')) {
    const path = textAt(volume, 'hostPath', 'path');
    if (path !== undefined) found.add(`mounts ${path} of its node`);
  }
  for (const container of containersOf(spec)) {
    for (const freedom of containerFreedoms(container, mapAt(spec, 'securityContext'))) {
      found.add(`${textAt(container, 'name') ?? '?'} ${freedom}`);
    }
  }
  return found;
}

function containerFreedoms(container: YamlMap, pod: YamlMap): string[] {
  const own = mapAt(container, 'securityContext');
  const effective = (key: string): unknown => own[key] ?? pod[key];
  const seccomp = textAt(own, 'seccompProfile', 'type') ?? textAt(pod, 'seccompProfile', 'type') ?? 'Unconfined';
  const dropped = textsAt(own, 'capabilities', 'drop');
  const found: [boolean, string][] = [
    [own['privileged'] === true, 'runs privileged'],
    [own['allowPrivilegeEscalation'] !== false, 'may gain privileges'],
    [own['readOnlyRootFilesystem'] !== true, 'may write its root file system'],
    [effective('runAsNonRoot') !== true, 'may run as root'],
    [effective('runAsUser') === 0, 'runs as root'],
    [seccomp === 'Unconfined', 'may make every system call'],
    [!dropped.includes('ALL'), 'keeps capabilities'],
  ];
  return [
    ...found.filter(([there]) => there).map(([, freedom]) => freedom),
    ...textsAt(own, 'capabilities', 'add').map((capability) => `has capability ${capability}`),
    ...mapsAt(container, 'ports').flatMap((port) =>
      typeof port['hostPort'] === 'number' && port['hostPort'] !== 0
        ? [`takes port ${port['hostPort']} of its node`]
        : [],
    ),
  ];
}

/** Pods that may do more than before. */
export function* weakerSecurityContext({ differences }: EffectInput): Generator<Finding> {
  for (const difference of kept(differences)) {
    if (!isWorkload(difference.after)) continue;
    const then = freedoms(difference.before);
    const gained = [...freedoms(difference.after)].filter((freedom) => !then.has(freedom));
    if (gained.length === 0) continue;
    yield effectOf(difference, {
      rule: 'weaker-security-context',
      severity: 'warning',
      message: `its pods may do more than before: ${listed(gained)}`,
      reason: 'its security context, volumes or host settings change',
      repair: 'put them back; what a service may write belongs into writablePaths',
    });
  }
}

const levels = ['privileged', 'baseline', 'restricted'];

/** Namespaces that admit more than before. */
export function* weakerPodSecurity({ differences }: EffectInput): Generator<Finding> {
  for (const difference of kept(differences)) {
    if (difference.after.identity.kind !== 'Namespace') continue;
    const level = ({ manifest }: DistObject): string =>
      textAt(mapAt(manifest, 'metadata', 'labels'), 'pod-security.kubernetes.io/enforce') ?? 'privileged';
    const [then, now] = [level(difference.before), level(difference.after)];
    if (levels.indexOf(now) >= levels.indexOf(then)) continue;
    yield effectOf(difference, {
      rule: 'weaker-pod-security',
      severity: 'error',
      message: `pods of level ${now} are admitted from now on`,
      reason: `pod-security.kubernetes.io/enforce goes from ${then} to ${now}`,
      repair: `keep ${then}`,
    });
  }
}

/** Pods that the namespace does not admit: known where it enforces the level "restricted". */
export function* refusedByPodSecurity({ head, differences }: EffectInput): Generator<Finding> {
  for (const difference of differences) {
    const { after } = difference;
    if (after === undefined || !isWorkload(after)) continue;
    const namespace = head.named('Namespace', undefined, after.identity.namespace ?? '');
    const labels = namespace === undefined ? {} : mapAt(namespace.manifest, 'metadata', 'labels');
    const level = textAt(labels, 'pod-security.kubernetes.io/enforce');
    const broken = level === 'restricted' ? unrestricted(after) : level === 'baseline' ? hostile(after) : [];
    if (broken.length === 0) continue;
    yield effectOf(difference, {
      rule: 'refused-by-pod-security',
      severity: 'error',
      message: 'its new pods are not created',
      reason: `namespace ${after.identity.namespace} admits pods of level ${level} only, and ${listed(broken)}`,
      repair: 'give the pod the security context that the level asks for',
    });
  }
}

/** What both levels refuse. */
function hostile(object: DistObject): string[] {
  return [...freedoms(object)].filter((freedom) => /of its node|with its node|runs privileged/.test(freedom));
}

function unrestricted(object: DistObject): string[] {
  const harmless = /may write its root file system|gets its account's token|has capability NET_BIND_SERVICE/;
  const volumes = mapsAt(podSpecOf(object), 'volumes').flatMap((volume) => {
    const type = Object.keys(volume).find((key) => key !== 'name');
    return type === undefined || volumeSources.includes(type) || type === 'hostPath'
      ? []
      : [`mounts a volume of type ${type}`];
  });
  return [...[...freedoms(object)].filter((freedom) => !harmless.test(freedom)), ...volumes];
}

/** Roles that allow more, and bindings that give a role to more subjects. */
export function* widerPermissions({ differences }: EffectInput): Generator<Finding> {
  for (const difference of differences) {
    const { before, after } = difference;
    if (after === undefined || !/^(?:Cluster)?Role(?:Binding)?$/.test(after.identity.kind)) continue;
    const then = new Set(before === undefined ? [] : grants(before));
    const gained = grants(after).filter((grant) => !then.has(grant));
    if (gained.length === 0) continue;
    yield effectOf(difference, {
      rule: 'wider-permissions',
      severity: 'warning',
      message: `more is allowed: ${listed(gained)}`,
      reason: before === undefined ? 'it was not there before' : 'its rules or subjects change',
      repair: 'grant what is needed, by name where that is possible',
    });
  }
}

function grants({ manifest }: DistObject): string[] {
  const rules = mapsAt(manifest, 'rules').flatMap((rule) =>
    textsAt(rule, 'verbs').flatMap((verb) =>
      [...textsAt(rule, 'resources'), ...textsAt(rule, 'nonResourceURLs')].map((resource) => {
        const names = textsAt(rule, 'resourceNames');
        return `${verb} ${resource}${names.length > 0 ? ` ${names.join('/')}` : ''}`;
      }),
    ),
  );
  const subjects = listAt(manifest, 'subjects').filter(isMap);
  return [
    ...rules,
    ...subjects.map(
      (subject) => `${textAt(manifest, 'roleRef', 'name')} to ${textAt(subject, 'kind')} ${textAt(subject, 'name')}`,
    ),
  ];
}
