import { containers, ofKind, selects, workloads, type Loose, type RenderedObject } from './objects';

export type Objects = readonly RenderedObject[];

/** One security assertion: what is wrong with these objects, one line each. */
export type Assertion = (objects: Objects) => string[];

const podVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const safeSysctls =
  /^(kernel\.shm_rmid_forced|net\.ipv4\.(ip_local_port_range|ip_unprivileged_port_start|tcp_syncookies|ping_group_range|ip_local_reserved_ports|tcp_keepalive_time|tcp_fin_timeout|tcp_keepalive_intvl|tcp_keepalive_probes|tcp_rmem|tcp_wmem))$/;

function faults(found: readonly (readonly [boolean, string])[]): string[] {
  return found.filter(([wrong]) => wrong).map(([, message]) => message);
}

export const y1Restricted: Assertion = (objects) =>
  workloads(objects).flatMap(({ file, spec }) => [
    ...faults([
      [spec.hostNetwork === true || spec.hostPID === true || spec.hostIPC === true, `${file}: host namespace`],
      [
        (spec.volumes ?? []).some((volume: Loose) => !podVolumes.some((type) => type in volume)),
        `${file}: volume type`,
      ],
      [
        (spec.securityContext?.sysctls ?? []).some((sysctl: Loose) => !safeSysctls.test(sysctl.name)),
        `${file}: unsafe sysctl`,
      ],
    ]),
    ...containers(spec).flatMap((container) => {
      const own = container.securityContext ?? {};
      const pod = spec.securityContext ?? {};
      const seccomp = own.seccompProfile?.type ?? pod.seccompProfile?.type;
      return faults([
        [(own.runAsNonRoot ?? pod.runAsNonRoot) !== true, `${file}: runAsNonRoot is not true`],
        [(own.runAsUser ?? pod.runAsUser ?? 1) === 0, `${file}: runs as user 0`],
        [seccomp !== 'RuntimeDefault' && seccomp !== 'Localhost', `${file}: seccomp profile ${seccomp}`],
        [own.allowPrivilegeEscalation !== false, `${file}: may escalate privileges`],
        [!(own.capabilities?.drop ?? []).includes('ALL'), `${file}: capabilities are not dropped`],
        [
          (own.capabilities?.add ?? []).some((name: string) => name !== 'NET_BIND_SERVICE'),
          `${file}: capability added`,
        ],
        [own.privileged === true, `${file}: privileged`],
        [own.procMount !== undefined && own.procMount !== 'Default', `${file}: procMount`],
        [(container.ports ?? []).some((port: Loose) => port.hostPort !== undefined), `${file}: hostPort`],
      ]);
    }),
  ]);

export const y2PodSecurity: Assertion = (objects) =>
  ofKind(objects, 'Namespace').flatMap(({ file, object }) =>
    ['enforce', 'audit', 'warn'].flatMap((mode) => {
      const label = `pod-security.kubernetes.io/${mode}`;
      return faults([
        [object.metadata.labels?.[label] !== 'restricted', `${file}: ${label} is not restricted`],
        [!/^v1\.\d+$/.test(object.metadata.labels?.[`${label}-version`] ?? ''), `${file}: ${label}-version not pinned`],
      ]);
    }),
  );

export const y3ReadOnly: Assertion = (objects) =>
  workloads(objects).flatMap(({ file, spec }) => [
    ...containers(spec).flatMap((container) =>
      faults([[container.securityContext?.readOnlyRootFilesystem !== true, `${file}: root file system is writable`]]),
    ),
    ...(spec.volumes ?? []).flatMap((volume: Loose) =>
      faults([
        [
          volume.emptyDir !== undefined && volume.emptyDir.sizeLimit === undefined,
          `${file}: ${volume.name} has no limit`,
        ],
      ]),
    ),
  ]);

export const y4Accounts: Assertion = (objects) => [
  ...ofKind(objects, 'ServiceAccount').flatMap(({ file, object }) =>
    faults([[object.automountServiceAccountToken !== false, `${file}: mounts its token`]]),
  ),
  ...workloads(objects).flatMap(({ file, object, spec }) =>
    faults([
      [spec.automountServiceAccountToken !== false, `${file}: mounts a token`],
      [(spec.serviceAccountName ?? 'default') === 'default', `${file}: default account`],
      [
        !ofKind(objects, 'ServiceAccount').some(
          ({ object: account }) =>
            account.metadata.name === spec.serviceAccountName &&
            account.metadata.namespace === object.metadata.namespace,
        ),
        `${file}: account ${spec.serviceAccountName} is not rendered`,
      ],
      [
        workloads(objects).filter(
          (other) =>
            other.object.metadata.namespace === object.metadata.namespace &&
            other.spec.serviceAccountName === spec.serviceAccountName,
        ).length > 1,
        `${file}: shares its account`,
      ],
    ]),
  ),
];

/** A CPU limit is the catalog's choice and not demanded: an exception to C-0270, since a limit throttles idle nodes. */
export const y5Resources: Assertion = (objects) =>
  workloads(objects).flatMap(({ file, spec }) =>
    containers(spec).flatMap(({ resources }) =>
      faults([
        [resources?.requests?.cpu === undefined, `${file}: no CPU request`],
        [resources?.requests?.memory === undefined, `${file}: no memory request`],
        [resources?.limits?.memory === undefined, `${file}: no memory limit`],
      ]),
    ),
  );

/** An image that was never released has no digest; then the version must say so too. */
export function y6Images(registry: string): Assertion {
  return (objects) =>
    workloads(objects).flatMap(({ file, object, spec }) =>
      containers(spec).flatMap(({ image }: { image: string }) => {
        const unreleased =
          image.endsWith(':unreleased') && object.metadata.annotations?.['slipway.dev/version'] === 'unreleased';
        return faults([
          [!image.startsWith(`${registry}/`), `${file}: ${image} is not from ${registry}`],
          [!unreleased && !/@sha256:[0-9a-f]{64}$/.test(image), `${file}: ${image} has no digest`],
          [/:latest(@|$)/.test(image) || !/:[^/@]+(@|$)/.test(image), `${file}: ${image} has no tag of its own`],
        ]);
      }),
    );
}

function sameNamespace(objects: Objects, namespace: string, ...kinds: string[]): Loose[] {
  return ofKind(objects, ...kinds)
    .map(({ object }) => object)
    .filter((object) => object.metadata.namespace === namespace);
}

function y7Workload(objects: Objects): string[] {
  return workloads(objects).flatMap(({ file, object, metadata, spec }) => {
    const budget = sameNamespace(objects, object.metadata.namespace, 'PodDisruptionBudget').some(({ spec: policy }) =>
      selects(policy.selector, metadata.labels),
    );
    const spread = (spec.topologySpreadConstraints ?? []).some(({ labelSelector }: Loose) =>
      selects(labelSelector, metadata.labels),
    );
    return [
      ...faults([
        [!selects(object.spec.selector, metadata.labels), `${file}: selector does not select its own pods`],
        [Object.keys(object.spec.selector.matchLabels ?? {}).length === 0, `${file}: selector selects everything`],
        [object.spec.replicas >= 2 && !budget, `${file}: no PodDisruptionBudget`],
        [object.spec.replicas >= 2 && !spread, `${file}: no topology spread`],
        [object.spec.replicas < 2 && budget, `${file}: a budget that would block every drain`],
      ]),
      ...containers(spec).flatMap((container) =>
        faults([
          [container.readinessProbe === undefined, `${file}: no readiness probe`],
          [container.livenessProbe === undefined, `${file}: no liveness probe`],
        ]),
      ),
    ];
  });
}

function y7References(objects: Objects): string[] {
  const services = ofKind(objects, 'Service').flatMap(({ file, object }) => {
    const pods = workloads(objects).filter(
      (workload) =>
        workload.object.metadata.namespace === object.metadata.namespace &&
        selects({ matchLabels: object.spec.selector }, workload.metadata.labels),
    );
    const ports = pods.flatMap(({ spec }) => containers(spec).flatMap((container) => container.ports ?? []));
    return faults([
      [pods.length !== 1, `${file}: selects ${pods.length} workloads`],
      [
        object.spec.ports.some(
          ({ targetPort }: Loose) => !ports.some((port: Loose) => [port.name, port.containerPort].includes(targetPort)),
        ),
        `${file}: target port does not exist`,
      ],
    ]);
  });
  const budgets = ofKind(objects, 'PodDisruptionBudget').flatMap(({ file, object }) =>
    faults([
      [
        !workloads(objects).some(
          (workload) =>
            workload.object.metadata.namespace === object.metadata.namespace &&
            selects(object.spec.selector, workload.metadata.labels),
        ),
        `${file}: selects nothing`,
      ],
    ]),
  );
  const routes = ofKind(objects, 'Ingress').flatMap(({ file, object }) =>
    object.spec.rules
      .flatMap(({ http }: Loose) => http.paths)
      .flatMap(({ backend }: Loose) =>
        faults([
          [
            !sameNamespace(objects, object.metadata.namespace, 'Service').some(
              ({ metadata, spec }) =>
                metadata.name === backend.service.name &&
                spec.ports.some(({ name }: Loose) => name === backend.service.port.name),
            ),
            `${file}: backend ${backend.service.name} does not exist`,
          ],
        ]),
      ),
  );
  const scalers = ofKind(objects, 'HorizontalPodAutoscaler').flatMap(({ file, object }) =>
    faults([
      [
        !sameNamespace(objects, object.metadata.namespace, object.spec.scaleTargetRef.kind).some(
          ({ metadata }) => metadata.name === object.spec.scaleTargetRef.name,
        ),
        `${file}: target does not exist`,
      ],
    ]),
  );
  return [...services, ...budgets, ...routes, ...scalers];
}

export const y7Availability: Assertion = (objects) => [...y7Workload(objects), ...y7References(objects)];

export const y8Network: Assertion = (objects) => {
  const namespaces = new Set(workloads(objects).map(({ object }) => object.metadata.namespace as string));
  const perNamespace = [...namespaces].flatMap((namespace) => {
    const policies = sameNamespace(objects, namespace, 'NetworkPolicy').map(({ spec }) => spec);
    const everyPod = policies.filter(({ podSelector }) => Object.keys(podSelector).length === 0);
    const denies = (direction: string, rules: string): boolean =>
      everyPod.some((spec) => spec.policyTypes.includes(direction) && (spec[rules] ?? []).length === 0);
    const dns = everyPod.some(({ egress }) =>
      (egress ?? []).some(({ ports }: Loose) =>
        ['UDP', 'TCP'].every((protocol) => ports.some((port: Loose) => port.port === 53 && port.protocol === protocol)),
      ),
    );
    return faults([
      [!denies('Ingress', 'ingress'), `${namespace}: ingress is not denied by default`],
      [!denies('Egress', 'egress'), `${namespace}: egress is not denied by default`],
      [!dns, `${namespace}: names cannot be resolved`],
    ]);
  });
  const perPod = workloads(objects).flatMap(({ file, object, metadata }) =>
    faults([
      [
        !sameNamespace(objects, object.metadata.namespace, 'NetworkPolicy').some(
          ({ spec }) => Object.keys(spec.podSelector).length > 0 && selects(spec.podSelector, metadata.labels),
        ),
        `${file}: no policy of its own`,
      ],
    ]),
  );
  const open = ofKind(objects, 'NetworkPolicy').flatMap(({ file, object }) =>
    [...(object.spec.ingress ?? []), ...(object.spec.egress ?? [])].flatMap((rule: Loose) =>
      faults([
        [!rule.from?.length && !rule.to?.length, `${file}: a rule for everybody`],
        [!rule.ports?.length, `${file}: a rule for every port`],
        [
          [...(rule.from ?? []), ...(rule.to ?? [])].some(
            (peer: Loose) => peer.ipBlock !== undefined || selectsEverything(peer),
          ),
          `${file}: a rule for every pod`,
        ],
      ]),
    ),
  );
  return [...perNamespace, ...perPod, ...open];
};

function selectsEverything({ namespaceSelector, podSelector }: Loose): boolean {
  const empty = (selector: Loose): boolean => Object.keys(selector?.matchLabels ?? {}).length === 0;
  return empty(namespaceSelector) && empty(podSelector);
}

const secretNames = /(pass(word|wd|phrase)|secret|token|api[-_]?key|private[-_]?key|credential)/i;
const secretValues =
  /(-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|xox[bap]-|eyJ[A-Za-z0-9_-]{10,}\.eyJ|:\/\/[^/\s:@]+:[^/\s@]+@)/;

export const y9Secrets: Assertion = (objects) => [
  ...ofKind(objects, 'Secret').flatMap(({ file, object }) =>
    faults([
      [
        (object.data !== undefined || object.stringData !== undefined) && object.sops === undefined,
        `${file}: plain Secret`,
      ],
    ]),
  ),
  ...ofKind(objects, 'ConfigMap').flatMap(({ file, object }) =>
    Object.entries<string>(object.data ?? {}).flatMap(([name, value]) =>
      faults([[secretNames.test(name) || secretValues.test(value), `${file}: ${name} looks like a secret`]]),
    ),
  ),
  ...workloads(objects).flatMap(({ file, spec }) =>
    containers(spec).flatMap((container) => [
      ...(container.env ?? []).flatMap(({ name, value = '' }: Loose) =>
        faults([
          [
            (value !== '' && secretNames.test(name)) || secretValues.test(value),
            `${file}: ${name} looks like a secret`,
          ],
        ]),
      ),
      ...[...(container.args ?? []), ...(container.command ?? [])].flatMap((argument: string) =>
        faults([
          [
            secretValues.test(argument) || /--?\S*(password|token|secret)\S*=\S/i.test(argument),
            `${file}: secret in args`,
          ],
        ]),
      ),
    ]),
  ),
];

const dangerousVerbs = ['escalate', 'bind', 'impersonate'];

export const y10Rights: Assertion = (objects) => [
  ...ofKind(objects, 'Role', 'ClusterRole').flatMap(({ file, object }) =>
    (object.rules ?? []).flatMap(({ verbs = [], resources = [], apiGroups = [] }: Loose) =>
      faults([
        [[...verbs, ...resources, ...apiGroups].includes('*'), `${file}: wildcard`],
        [resources.some((name: string) => /^pods\/(exec|attach)$/.test(name)), `${file}: may enter pods`],
        [
          resources.includes('secrets') && verbs.some((verb: string) => ['get', 'list', 'watch'].includes(verb)),
          `${file}: reads secrets`,
        ],
        [verbs.some((verb: string) => dangerousVerbs.includes(verb)), `${file}: may take more rights`],
      ]),
    ),
  ),
  ...ofKind(objects, 'RoleBinding', 'ClusterRoleBinding').flatMap(({ file, object }) =>
    faults([[object.roleRef.name === 'cluster-admin', `${file}: cluster-admin`]]),
  ),
];

/** Kinds that belong to the whole cluster and are rendered all the same. */
const clusterKinds = ['Namespace', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];

export const y12Owned: Assertion = (objects) =>
  objects.flatMap(({ file, object }) =>
    faults([
      [!clusterKinds.includes(object.kind) && object.metadata.namespace === undefined, `${file}: no namespace`],
      [object.metadata.labels?.['app.kubernetes.io/part-of'] === undefined, `${file}: belongs to no platform`],
      [object.metadata.labels?.['app.kubernetes.io/managed-by'] !== 'slipway', `${file}: managed by nobody`],
    ]),
  );

function projects(objects: Objects): Loose[] {
  return ofKind(objects, 'AppProject').map(({ object }) => object);
}

/** What Applications are made of: those that are rendered and those that sets will make. */
function applicationSpecs(objects: Objects): { file: string; spec: Loose }[] {
  return [
    ...ofKind(objects, 'Application').map(({ file, object }) => ({ file, spec: object.spec })),
    ...ofKind(objects, 'ApplicationSet').map(({ file, object }) => ({ file, spec: object.spec.template.spec })),
  ];
}

export const a1DefaultProject: Assertion = (objects) => {
  const emptied = projects(objects).find(({ metadata }) => metadata.name === 'default');
  return [
    ...faults([
      [emptied === undefined, 'the default project is not rendered'],
      ...(['sourceRepos', 'sourceNamespaces', 'destinations', 'clusterResourceWhitelist'] as const).map(
        // present and empty: what is left out stays as Argo CD made it
        (field) => [emptied?.spec[field]?.length !== 0, `the default project's ${field} is not emptied`] as const,
      ),
      [
        JSON.stringify(emptied?.spec.namespaceResourceBlacklist) !== '[{"group":"*","kind":"*"}]',
        'the default project may hold objects',
      ],
    ]),
    ...applicationSpecs(objects).flatMap(({ file, spec }) =>
      faults([[(spec.project ?? 'default') === 'default', `${file}: uses the default project`]]),
    ),
  ];
};

const teamsMayNotHold = ['ResourceQuota', 'LimitRange', 'NetworkPolicy', 'Role', 'RoleBinding'];

export function a2Projects(
  repository: string,
  environments: readonly { name: string; namespace: string }[],
): Assertion {
  return (objects) => [
    ...environments.flatMap(({ name, namespace }) => {
      const project = projects(objects).find(({ metadata }) => metadata.name === name);
      const forbidden = (project?.spec.namespaceResourceBlacklist ?? []).map(({ kind }: Loose) => kind);
      return faults([
        [project === undefined, `no project for ${name}`],
        [
          (project?.spec.destinations ?? []).some((destination: Loose) => destination.namespace !== namespace),
          `${name}: reaches another namespace`,
        ],
        [(project?.spec.clusterResourceWhitelist?.length ?? 1) !== 0, `${name}: may hold objects of the cluster`],
        [teamsMayNotHold.some((kind) => !forbidden.includes(kind)), `${name}: may hold what limits it`],
      ]);
    }),
    ...projects(objects)
      .filter(({ metadata }) => metadata.name !== 'default')
      .flatMap(({ metadata: { name }, spec }) =>
        faults([
          [JSON.stringify(spec.sourceRepos) !== JSON.stringify([repository]), `${name}: not the one repository`],
          [(spec.destinations ?? []).length === 0, `${name}: no destination`],
          [
            spec.destinations.some(
              ({ server, namespace }: Loose) =>
                !/^https:\/\/[^*]+$/.test(server ?? '') ||
                !/^[a-z0-9-]+$/.test(namespace ?? '') ||
                namespace === 'argocd' ||
                namespace.startsWith('kube-'),
            ),
            `${name}: destination is not explicit`,
          ],
          [
            (spec.clusterResourceWhitelist ?? []).some(
              ({ kind, name: object }: Loose) =>
                kind !== 'Namespace' || !environments.some(({ namespace }) => namespace === object),
            ),
            `${name}: more of the cluster than namespaces of environments`,
          ],
        ]),
      ),
    ...applicationSpecs(objects).flatMap(({ file, spec }) => {
      const project = projects(objects).find(({ metadata }) => metadata.name === spec.project);
      return faults([
        [project === undefined, `${file}: project ${spec.project} is not rendered`],
        [
          !(project?.spec.destinations ?? []).some(
            ({ server, namespace }: Loose) =>
              server === spec.destination.server && namespace === spec.destination.namespace,
          ),
          `${file}: its project does not let it deploy where it wants to`,
        ],
      ]);
    }),
  ];
}

export const a3LiteralProject: Assertion = (objects) =>
  ofKind(objects, 'ApplicationSet').flatMap(({ file, object }) =>
    faults([
      [object.spec.template.spec.project.includes('{{'), `${file}: project is a template`],
      [object.spec.templatePatch !== undefined, `${file}: templatePatch could change the project`],
      [object.spec.goTemplate !== true, `${file}: no Go templates`],
      [!(object.spec.goTemplateOptions ?? []).includes('missingkey=error'), `${file}: missing keys are not errors`],
      [object.metadata.namespace !== 'argocd', `${file}: outside the namespace of admins`],
    ]),
  );
