import path from 'node:path';
import { renderCatalog } from '../../manifests/render';
import { readTree } from '../../manifests/tree';
import * as assertions from './assertions';
import type { Assertion } from './assertions';
import { catalogOf } from './catalog';
import { objectsOf, ofKind, workloads, type Loose, type RenderedObject } from './objects';

const catalog = catalogOf([
  { name: 'shop', writablePaths: [{ path: '/tmp', sizeLimit: '16Mi' }] },
  { name: 'worker', calls: ['shop'], ingress: { exposed: false, path: '/', host: 'unused.example.test' } },
  { name: 'fresh', release: { unreleased: true }, calls: ['shop', 'worker'] },
]);
const rendered = objectsOf(renderCatalog(catalog));
const committed = objectsOf(readTree(path.join(__dirname, '../../dist')) as ReadonlyMap<string, string>);

type Mutation = (objects: RenderedObject[]) => void;

const pod = (objects: RenderedObject[]): Loose => workloads(objects)[0]!.spec;
const container = (objects: RenderedObject[]): Loose => pod(objects).containers[0];
const first = (kind: string) => (objects: RenderedObject[]) => ofKind(objects, kind)[0]!.object as Loose;
const named = (kind: string, name: string) => (objects: RenderedObject[]) =>
  ofKind(objects, kind).find(({ object }) => object.metadata.name === name)!.object as Loose;
const add =
  (object: Loose): Mutation =>
  (objects) =>
    void objects.push({ file: 'added.yaml', object });
const remove =
  (kind: string, name?: string): Mutation =>
  (objects) => {
    const index = objects.findIndex(
      ({ object }) => object.kind === kind && (name === undefined || object.metadata.name === name),
    );
    if (index < 0) throw new Error(`there is no ${kind} ${name} to remove`);
    objects.splice(index, 1);
  };
const role = (rule: Loose): Mutation =>
  add({ kind: 'Role', metadata: { name: 'r', namespace: 'developer' }, rules: [rule] });

interface Case {
  readonly title: string;
  readonly check: (registry: string, repository: string) => Assertion;
  /** Each makes one thing wrong and must be noticed. */
  readonly broken: Readonly<Record<string, Mutation>>;
}

const cases: readonly Case[] = [
  {
    title: 'Y1 pods are what Pod Security "restricted" admits',
    check: () => assertions.y1Restricted,
    broken: {
      'root allowed': (all) => (pod(all).securityContext.runAsNonRoot = false),
      'user 0': (all) => (pod(all).securityContext.runAsUser = 0),
      'container overrides the pod': (all) => (container(all).securityContext.runAsUser = 0),
      'no seccomp profile': (all) => delete pod(all).securityContext.seccompProfile,
      unconfined: (all) => (container(all).securityContext.seccompProfile = { type: 'Unconfined' }),
      escalation: (all) => delete container(all).securityContext.allowPrivilegeEscalation,
      'capabilities kept': (all) => delete container(all).securityContext.capabilities,
      'capability added': (all) => (container(all).securityContext.capabilities.add = ['SYS_ADMIN']),
      privileged: (all) => (container(all).securityContext.privileged = true),
      'host network': (all) => (pod(all).hostNetwork = true),
      'host path': (all) => (pod(all).volumes = [{ name: 'root', hostPath: { path: '/' } }]),
      'host port': (all) => (container(all).ports[0].hostPort = 80),
      sysctl: (all) => (pod(all).securityContext.sysctls = [{ name: 'kernel.msgmax', value: '1' }]),
      'proc mount': (all) => (container(all).securityContext.procMount = 'Unmasked'),
      'bare init container': (all) => (pod(all).initContainers = [{ name: 'init', image: 'i' }]),
      'bare ephemeral container': (all) => (pod(all).ephemeralContainers = [{ name: 'debug', image: 'i' }]),
      'another kind of workload': add({
        kind: 'CronJob',
        metadata: { name: 'job' },
        spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: 'job', image: 'i' }] } } } } },
      }),
    },
  },
  {
    title: 'Y2 namespaces enforce, audit and warn "restricted" of a pinned release',
    check: () => assertions.y2PodSecurity,
    broken: {
      baseline: (all) => (first('Namespace')(all).metadata.labels['pod-security.kubernetes.io/enforce'] = 'baseline'),
      'no audit': (all) => delete first('Namespace')(all).metadata.labels['pod-security.kubernetes.io/audit'],
      latest: (all) => (first('Namespace')(all).metadata.labels['pod-security.kubernetes.io/warn-version'] = 'latest'),
    },
  },
  {
    title: 'Y3 root file systems are read-only and writable folders are limited',
    check: () => assertions.y3ReadOnly,
    broken: {
      writable: (all) => (container(all).securityContext.readOnlyRootFilesystem = false),
      'no limit': (all) => {
        const volumes = workloads(all).find(({ spec }) => spec.volumes !== undefined)!.spec.volumes;
        delete volumes[0].emptyDir.sizeLimit;
      },
    },
  },
  {
    title: 'Y4 every workload has an account of its own and no token',
    check: () => assertions.y4Accounts,
    broken: {
      'pod mounts': (all) => delete pod(all).automountServiceAccountToken,
      'account mounts': (all) => (first('ServiceAccount')(all).automountServiceAccountToken = true),
      'default account': (all) => delete pod(all).serviceAccountName,
      'missing account': remove('ServiceAccount'),
      'shared account': (all) => {
        const [one, other] = workloads(all);
        other!.spec.serviceAccountName = one!.spec.serviceAccountName;
      },
    },
  },
  {
    title: 'Y5 processor and memory are requested and memory is limited',
    check: () => assertions.y5Resources,
    broken: {
      'no CPU request': (all) => delete container(all).resources.requests.cpu,
      'no memory request': (all) => delete container(all).resources.requests.memory,
      'no memory limit': (all) => delete container(all).resources.limits,
    },
  },
  {
    title: 'Y6 images come by digest from the one registry, or say that they are unreleased',
    check: (registry) => assertions.y6Images(registry),
    broken: {
      'tag only': (all) =>
        (container(all).image = container(all)
          .image.split('@')[0]
          .replace(/:[^:]*$/, ':1.0')),
      latest: (all) =>
        (container(all).image = container(all).image.replace(/:[^:/@]+(@.*)?$/, `:latest@sha256:${'0'.repeat(64)}`)),
      'other registry': (all) => (container(all).image = `docker.io/library/shop:1@sha256:${'0'.repeat(64)}`),
      'short digest': (all) => (container(all).image += '@sha256:0123'),
      'unreleased image, released version': (all) => {
        const { object, spec } = workloads(all)[0]!;
        spec.containers[0].image = spec.containers[0].image.replace(/:[^:/@]+(@.*)?$/, ':unreleased');
        object.metadata.annotations['slipway.dev/version'] = '1.0';
      },
    },
  },
  {
    title: 'Y7 probes, budgets and spread are there and nothing dangles',
    check: () => assertions.y7Availability,
    broken: {
      'no readiness': (all) => delete container(all).readinessProbe,
      'no liveness': (all) => delete container(all).livenessProbe,
      'no budget': remove('PodDisruptionBudget'),
      'budget selects nothing': (all) => (first('PodDisruptionBudget')(all).spec.selector.matchLabels = { a: 'b' }),
      'no spread': (all) => {
        for (const { spec } of workloads(all)) delete spec.topologySpreadConstraints;
      },
      'selector mismatch': (all) => (first('Deployment')(all).spec.selector.matchLabels = { a: 'b' }),
      'service selects nothing': (all) => (first('Service')(all).spec.selector = { a: 'b' }),
      'service selects all': (all) => (first('Service')(all).spec.selector = {}),
      'unknown target port': (all) => (first('Service')(all).spec.ports[0].targetPort = 'https'),
      'ingress without service': (all) => {
        first('Ingress')(all).spec.rules[0].http.paths[0].backend.service.name = 'gone';
      },
      'budget for one pod': (all) => {
        for (const { object } of workloads(all)) object.spec.replicas = 1;
      },
      'scaler of nothing': add({
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'h', namespace: 'developer' },
        spec: { scaleTargetRef: { kind: 'Deployment', name: 'gone' } },
      }),
    },
  },
  {
    title: 'Y8 nothing is open by default, names resolve, every pod has a policy',
    check: () => assertions.y8Network,
    broken: {
      'no default deny': remove('NetworkPolicy', 'namespace.default-deny'),
      'egress open': (all) => (named('NetworkPolicy', 'namespace.default-deny')(all).spec.policyTypes = ['Ingress']),
      'ingress open': (all) => (named('NetworkPolicy', 'namespace.default-deny')(all).spec.ingress = [{}]),
      'no DNS': remove('NetworkPolicy', 'namespace.allow-dns'),
      'DNS by UDP only': (all) => named('NetworkPolicy', 'namespace.allow-dns')(all).spec.egress[0].ports.pop(),
      'pod without policy': (all) => {
        workloads(all)[0]!.metadata.labels = { a: 'b' };
      },
      'from everybody': (all) => {
        const policy = ofKind(all, 'NetworkPolicy').find(({ object }) => object.spec.ingress !== undefined)!.object;
        delete policy.spec.ingress[0].from;
      },
      'every port': (all) => {
        const policy = ofKind(all, 'NetworkPolicy').find(({ object }) => object.spec.ingress !== undefined)!.object;
        delete policy.spec.ingress[0].ports;
      },
      'to the internet': (all) => {
        named('NetworkPolicy', 'namespace.allow-dns')(all).spec.egress[0].to = [{ ipBlock: { cidr: '0.0.0.0/0' } }];
      },
      'every namespace': (all) => {
        named('NetworkPolicy', 'namespace.allow-dns')(all).spec.egress[0].to = [{ namespaceSelector: {} }];
      },
    },
  },
  {
    title: 'Y9 there is no secret in dist',
    check: () => assertions.y9Secrets,
    broken: {
      'plain Secret': add({ kind: 'Secret', metadata: { name: 's' }, data: { a: 'Yg==' } }),
      stringData: add({ kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'b' } }),
      'password in env': (all) => container(all).env.push({ name: 'DB_PASSWORD', value: 'hunter2' }),
      'key in env': (all) => container(all).env.push({ name: 'HARMLESS', value: `ghp_${'a'.repeat(36)}` }),
      'credentials in a URL': (all) => container(all).env.push({ name: 'URL', value: 'http://me:mine@example.test' }),
      'token in args': (all) => (container(all).args = ['--token=abc']),
      'key in a ConfigMap': add({
        kind: 'ConfigMap',
        metadata: { name: 'c' },
        data: { 'id.pem': '-----BEGIN RSA PRIVATE KEY-----' },
      }),
    },
  },
  {
    title: 'Y10 nobody is given rights that lead to more',
    check: () => assertions.y10Rights,
    broken: {
      'wildcard verb': role({ verbs: ['*'], resources: ['pods'], apiGroups: [''] }),
      'wildcard resource': role({ verbs: ['get'], resources: ['*'], apiGroups: [''] }),
      exec: role({ verbs: ['create'], resources: ['pods/exec'], apiGroups: [''] }),
      'reads secrets': role({ verbs: ['list'], resources: ['secrets'], apiGroups: [''] }),
      impersonate: role({ verbs: ['impersonate'], resources: ['users'], apiGroups: [''] }),
      'cluster-admin': add({ kind: 'ClusterRoleBinding', metadata: { name: 'b' }, roleRef: { name: 'cluster-admin' } }),
    },
  },
  {
    title: 'Y12 every object says whose it is and where it lives',
    check: () => assertions.y12Owned,
    broken: {
      'no namespace': (all) => delete first('Service')(all).metadata.namespace,
      'no owner': (all) => delete first('Ingress')(all).metadata.labels,
      'managed by nobody': (all) => delete first('AppProject')(all).metadata.labels['app.kubernetes.io/managed-by'],
    },
  },
  {
    title: 'A1 the default project is emptied and unused',
    check: () => assertions.a1DefaultProject,
    broken: {
      'not rendered': remove('AppProject', 'default'),
      'field left out': (all) => delete named('AppProject', 'default')(all).spec.clusterResourceWhitelist,
      'some repository': (all) => (named('AppProject', 'default')(all).spec.sourceRepos = ['*']),
      'some destination': (all) => (named('AppProject', 'default')(all).spec.destinations = [{ server: '*' }]),
      'holds objects': (all) => (named('AppProject', 'default')(all).spec.namespaceResourceBlacklist = []),
      'used by a set': (all) => (first('ApplicationSet')(all).spec.template.spec.project = 'default'),
      'used by an Application': (all) => delete first('Application')(all).spec.project,
    },
  },
  {
    title: 'A2 projects name their repository and destinations and hold nothing that limits them',
    check: (_registry, repository) => assertions.a2Projects(repository, catalog.environments),
    broken: {
      'no project': remove('AppProject', 'production'),
      'any repository': (all) => (named('AppProject', 'developer')(all).spec.sourceRepos = ['*']),
      'second repository': (all) =>
        named('AppProject', 'developer')(all).spec.sourceRepos.push('http://evil.example.test'),
      'any namespace': (all) => (named('AppProject', 'developer')(all).spec.destinations[0].namespace = '*'),
      'other environment': (all) =>
        (named('AppProject', 'developer')(all).spec.destinations[0].namespace = 'production'),
      'any server': (all) => (named('AppProject', 'platform')(all).spec.destinations[0].server = '*'),
      'Argo CD itself': (all) => (named('AppProject', 'platform')(all).spec.destinations[0].namespace = 'argocd'),
      'kube-system': (all) => (named('AppProject', 'platform')(all).spec.destinations[0].namespace = 'kube-system'),
      'cluster objects': (all) => {
        named('AppProject', 'developer')(all).spec.clusterResourceWhitelist = [{ group: '*', kind: '*' }];
      },
      'any Namespace': (all) => delete named('AppProject', 'platform')(all).spec.clusterResourceWhitelist[0].name,
      'own network policies': (all) => {
        const { spec } = named('AppProject', 'production')(all);
        spec.namespaceResourceBlacklist = spec.namespaceResourceBlacklist.filter(
          ({ kind }: Loose) => kind !== 'NetworkPolicy',
        );
      },
      'unknown project': (all) => (first('Application')(all).spec.project = 'gone'),
      'destination outside the project': (all) => (first('Application')(all).spec.destination.namespace = 'argocd'),
    },
  },
  {
    title: 'A3 the project of a set is literal and its templates are strict',
    check: () => assertions.a3LiteralProject,
    broken: {
      'templated project': (all) => (first('ApplicationSet')(all).spec.template.spec.project = '{{ .path.basename }}'),
      'template patch': (all) => (first('ApplicationSet')(all).spec.templatePatch = 'spec: {}'),
      'lenient templates': (all) => delete first('ApplicationSet')(all).spec.goTemplateOptions,
      'old templates': (all) => delete first('ApplicationSet')(all).spec.goTemplate,
      'outside argocd': (all) => (first('ApplicationSet')(all).metadata.namespace = 'developer'),
    },
  },
];

describe.each(cases)('$title', ({ check, broken }) => {
  const assertion = check('registry.example.test', catalog.platform.forge.url);

  test('holds for every kind of service', () => {
    expect(assertion(rendered)).toEqual([]);
  });

  test('holds for what is committed', () => {
    const repository = committed.find(({ object }) => object.kind === 'ApplicationSet')!.object.spec.generators[0].git
      .repoURL;
    expect(check('registry.offerfit.local', repository)(committed)).toEqual([]);
  });

  test.each(Object.keys(broken))('notices: %s', (name) => {
    const objects = structuredClone(rendered);
    broken[name]!(objects);
    expect(assertion(objects)).not.toEqual([]);
  });
});

test('production has two of everything that is committed', () => {
  const replicas = workloads(committed)
    .filter(({ object }) => object.metadata.namespace === 'production')
    .map(({ object }) => object.spec.replicas as number);
  expect(replicas.length).toBeGreaterThan(0);
  expect(Math.min(...replicas)).toBeGreaterThanOrEqual(2);
});
