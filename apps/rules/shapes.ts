import type { EnvironmentProps, PlatformProps, PolicyExceptionProps, Release, ServiceProps } from '../model';
import { exceptablePolicies } from '../policies';
import { isRecord, listOf, object, oneOf, recordOf, type Shape } from '../shape';
import { show } from '../violation';
import { registryShape } from './registry-shape';
import { forgeShape } from './forge-shape';
import { clusterShape } from './cluster-shapes';
import * as forgeTexts from './forge-texts';
import * as releaseTexts from './release-texts';
import * as texts from './texts';

export const platformShape: Shape<PlatformProps> = object(
  'a platform',
  {
    name: texts.platformName,
    domain: texts.domain,
    cluster: clusterShape,
    forge: forgeShape,
  },
  {
    ingress: oneOf('an ingress controller', ['ingress-nginx', 'traefik']),
    registry: registryShape,
    releases: oneOf('a way to tag releases', ['by-hand', 'on-merge']),
    clusters: recordOf('clusters', texts.environmentName, clusterShape),
    discovery: object(
      'a discovery',
      {},
      {
        addOns: oneOf('true or false', [true, false]),
        addOnClusterKinds: listOf('kinds', object('a kind', { group: texts.kindGroup, kind: texts.kindName }, {})),
        deployments: oneOf('true or false', [true, false]),
      },
    ),
    argocd: object('settings of Argo CD', {}, { highAvailability: oneOf('true or false', [true, false]) }),
  },
);

export const environmentsShape: Shape<readonly EnvironmentProps[]> = listOf(
  'environments',
  object(
    'an environment',
    { name: texts.environmentName },
    {
      namespace: texts.label,
      hostPrefix: texts.label,
      promotesFrom: texts.environmentName,
      approval: oneOf('an approval', ['auto', 'pull-request']),
      reviewers: listOf('users and teams', forgeTexts.reviewer),
      waitMinutes: forgeTexts.waitMinutes,
      cluster: texts.environmentName,
    },
  ),
  1,
);

export const exceptionsShape: Shape<readonly PolicyExceptionProps[]> = listOf(
  'exceptions',
  object(
    'an exception',
    {
      policy: oneOf('a policy that can be excepted from', exceptablePolicies),
      service: texts.serviceName,
      reason: texts.sentence,
      by: texts.sentence,
      until: releaseTexts.day,
    },
    { environments: listOf('names of environments', texts.environmentName, 1) },
  ),
);

const needs = {
  cpuRequest: texts.cpuQuantity,
  memoryRequest: texts.memoryQuantity,
  memoryLimit: texts.memoryQuantity,
};
const limits = { cpuLimit: texts.cpuQuantity };
const variables = recordOf('variables', texts.variableName, texts.variableValue);
const ingress = object('an ingress', {}, { exposed: oneOf('true or false', [true, false]), path: texts.urlPath });

export const serviceShape: Shape<ServiceProps> = object(
  'a service',
  { name: texts.serviceName, resources: object('resources', needs, limits) },
  {
    repository: forgeTexts.serviceRepository,
    image: releaseTexts.imageRepository,
    port: texts.port,
    replicas: texts.replicas,
    tier: oneOf('a tier', ['backend', 'backstage']),
    probes: object('probes', {}, { readiness: texts.urlPath, liveness: texts.urlPath, startup: texts.urlPath }),
    ingress,
    env: variables,
    calls: listOf('names of services', texts.serviceName),
    writablePaths: recordOf('folders and their sizes', texts.filePath, texts.memoryQuantity),
    environments: recordOf(
      'environments',
      texts.environmentName,
      object(
        'an override',
        {},
        {
          replicas: texts.replicas,
          resources: object('resources', {}, { ...needs, ...limits }),
          env: variables,
          ingress,
          hostPrefix: texts.label,
        },
      ),
    ),
  },
);

const hold = object('a hold', { reason: texts.sentence, by: texts.sentence, since: releaseTexts.instant }, {});

const released = object(
  'a release lock',
  { image: releaseTexts.imageReference, digest: releaseTexts.digest, version: releaseTexts.version },
  { source: releaseTexts.commit, sourceTime: releaseTexts.instant, hold },
);

const unreleased = object('an unreleased lock', { unreleased: oneOf('a value of unreleased', [true]) }, { hold });

/** Either form of a lock: `unreleased` decides which. */
export const releaseShape: Shape<Release> = {
  allowed: `${released.allowed}; or \`unreleased: true\` before the first release`,
  read(value, place) {
    if (!isRecord(value)) {
      place.refuse({ problem: `${show(value)} is not a release lock`, allowed: releaseShape.allowed });
      return { unreleased: true };
    }
    const { unreleased: said, ...release } = value;
    if (said === undefined) return released.read(release, place);
    if (!Object.hasOwn(value, 'image')) return unreleased.read(value, place);
    place.at('unreleased').refuse({
      problem: 'stands beside an image',
      allowed: 'one of the two',
      repair: 'remove it once there is a release',
    });
    return released.read(release, place);
  },
};
