import { workloads } from './kinds';
import { everyContainer, literal, podVariables, podVariablesBeside, type Policy } from './policy';

const readOnlyRoot: Policy = {
  name: 'read-only-root',
  reason: 'what can be written into an image at run time can be replaced by whoever gets in',
  repair: 'set readOnlyRootFilesystem: true, and declare the folders that the service writes to as writablePaths',
  kinds: workloads,
  variables: podVariables,
  validations: [
    everyContainer(
      'c.?securityContext.?readOnlyRootFilesystem.orValue(false) == true',
      'containers can write to their image',
    ),
  ],
};

const limitedScratch: Policy = {
  name: 'limited-scratch',
  reason: 'a folder without a limit can fill the disk of the node, and every pod on it is evicted',
  repair: 'set emptyDir.sizeLimit of every volume, in the catalog by the sizes of writablePaths',
  kinds: workloads,
  variables: podVariables,
  validations: [
    {
      expression:
        'variables.pod.?volumes.orValue([]).all(volume, has(volume.emptyDir) ? has(volume.emptyDir.sizeLimit) : size(volume) > 1)',
      message: 'emptyDir volumes have no sizeLimit',
    },
  ],
};

const ownAccount: Policy = {
  name: 'own-account',
  reason: 'a token that a service does not use is a way into the API server, with the rights of all who share it',
  repair: 'set serviceAccountName to an account of its own and automountServiceAccountToken: false',
  kinds: [...workloads, 'ServiceAccount'],
  variables: [
    ...podVariablesBeside('ServiceAccount', 'object'),
    {
      // the older name of the field counts where the newer one is not there
      name: 'account',
      expression:
        'variables.pod.?serviceAccountName.orValue("") != "" ? variables.pod.?serviceAccountName.orValue("") : ' +
        'variables.pod.?serviceAccount.orValue("")',
    },
  ],
  validations: [
    {
      expression: 'variables.pod.?automountServiceAccountToken.orValue(true) == false',
      message: 'a token of the API server is mounted (automountServiceAccountToken is not false)',
    },
    {
      expression: 'object.kind == "ServiceAccount" || !(variables.account in ["", "default"])',
      message: 'pods run under the account "default", which all share',
    },
  ],
};

/** Where a limit stands without a request, the API server takes it for the request. */
const demanded = (resource: string): string =>
  `has(c.resources) && ((has(c.resources.requests) && "${resource}" in c.resources.requests) || ` +
  `(has(c.resources.limits) && "${resource}" in c.resources.limits))`;

const declaredResources: Policy = {
  name: 'declared-resources',
  reason: 'pods without requests land on full nodes, and memory without a limit is taken from the neighbours',
  repair: 'set requests of cpu and memory and the limit of memory; in the catalog these are `resources`',
  kinds: workloads,
  variables: podVariables,
  validations: [
    everyContainer(demanded('cpu'), 'containers request no cpu'),
    everyContainer(demanded('memory'), 'containers request no memory'),
    everyContainer(
      'has(c.resources) && has(c.resources.limits) && "memory" in c.resources.limits',
      'containers have no limit of memory',
    ),
  ],
};

const probes: Policy = {
  name: 'probes',
  reason: 'without probes requests go to pods that cannot answer, and a pod that hangs is never restarted',
  repair: 'set readinessProbe and livenessProbe of every container; in the catalog these are `probes`',
  kinds: ['DaemonSet', 'Deployment', 'StatefulSet'],
  variables: podVariables,
  validations: [
    everyContainer('has(c.readinessProbe)', 'containers have no readiness probe', 'variables.pod.containers'),
    everyContainer('has(c.livenessProbe)', 'containers have no liveness probe', 'variables.pod.containers'),
  ],
};

const replicatedProduction: Policy = {
  name: 'replicated-production',
  reason: 'a service with one pod is away whenever its node is, and with two pods on one node as well',
  repair: 'set two replicas or more for this environment in the catalog, which spreads them too',
  kinds: ['Deployment', 'StatefulSet'],
  action: 'warn',
  lastEnvironments: true,
  variables: podVariables,
  validations: [
    { expression: 'object.spec.?replicas.orValue(1) >= 2', message: 'fewer than two replicas' },
    {
      expression:
        'object.spec.?replicas.orValue(1) < 2 || size(variables.pod.?topologySpreadConstraints.orValue([])) > 0 || ' +
        'has(variables.pod.affinity)',
      message: 'nothing spreads the replicas over nodes',
    },
  ],
};

/** @param registry begins the reference of every image: `ghcr.io/offerfit` */
function pinnedImage(registry: string): Policy {
  const repository = `^${registry.replaceAll('.', '[.]')}/[a-z0-9]+([._/-]+[a-z0-9]+)*`;
  const pinned = `${repository}(:[0-9A-Za-z_][0-9A-Za-z_.-]*)?@sha256:[0-9a-f]{64}$`;
  const unreleased = `${repository}:unreleased$`;
  const allowed =
    `c.?image.orValue("").matches(${literal(pinned)}) && !c.image.contains(":latest@") || ` +
    `variables.unreleased && c.?image.orValue("").matches(${literal(unreleased)})`;
  return {
    name: 'pinned-image',
    reason: 'a tag can be moved to another image, which then runs without a commit that says so',
    repair: `use <image>@sha256:<digest> from ${registry}; \`npx slipway deliver\` writes it into the release lock`,
    kinds: workloads,
    variables: [
      ...podVariables,
      {
        name: 'unreleased',
        expression: 'object.metadata.?annotations[?"slipway.dev/version"].orValue("") == "unreleased"',
      },
    ],
    validations: [everyContainer(allowed, `containers run images that are not of ${registry} and pinned by digest`)],
  };
}

/** What the platform demands of pods besides their security. */
export function podPolicies(registry: string): readonly Policy[] {
  return [
    declaredResources,
    limitedScratch,
    ownAccount,
    pinnedImage(registry),
    probes,
    readOnlyRoot,
    replicatedProduction,
  ];
}
