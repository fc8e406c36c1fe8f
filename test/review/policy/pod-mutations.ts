import { copyOf, type Loose } from '../../manifests/objects';
import { digest } from '../../manifests/catalog';

/** One thing that is made different about a pod, and the policies that it then breaks. */
export interface PodMutation {
  readonly breaks: readonly string[];
  readonly change: (pod: Loose, deployment: Loose) => unknown;
  /** Pod Security refuses such a pod by itself. @default false */
  readonly podSecurity?: boolean;
  /** @default every kind that makes pods */
  readonly kinds?: readonly string[];
}

const serving = ['Deployment', 'StatefulSet', 'DaemonSet'];

const change =
  (policy: string | undefined, more: Partial<PodMutation> = {}) =>
  (work: (container: Loose, pod: Loose) => unknown): PodMutation => ({
    breaks: policy === undefined ? [] : [policy],
    change: (pod) => work(pod.containers[0], pod),
    ...more,
  });

const fine = change(undefined);
const secure = (policy: string) => change(policy, { podSecurity: true });

const init = (container: Loose, pod: Loose, changes: object = {}): void => {
  const first: Loose = { ...copyOf(container), name: 'init', ...changes };
  for (const field of ['readinessProbe', 'livenessProbe', 'startupProbe', 'lifecycle', 'ports']) {
    if (!(field in changes)) delete first[field];
  }
  pod.initContainers = [first];
};
const volume = (pod: Loose, source: object): unknown => (pod.volumes = [{ name: 'extra', ...source }]);
const env = (container: Loose, entry: object): unknown => container.env.push(entry);
const root = secure('run-as-non-root');
const privileges = secure('no-privileges');
const seccomp = secure('seccomp-profile');
const host = secure('no-host-access');
const image = change('pinned-image');
const account = change('own-account');
const resources = change('declared-resources');
const secret = change('no-readable-secret');

/** By name; kinds apart these are the rows of the corpus. */
export const podMutations: Readonly<Record<string, PodMutation>> = {
  'root allowed by the pod': root((_c, pod) => (pod.securityContext.runAsNonRoot = false)),
  'root not forbidden': root((_c, pod) => delete pod.securityContext.runAsNonRoot),
  'root allowed by the container': root((c) => (c.securityContext.runAsNonRoot = false)),
  'user 0 of the pod': root((_c, pod) => (pod.securityContext.runAsUser = 0)),
  'user 0 of the container': root((c) => (c.securityContext.runAsUser = 0)),
  'user 0 before the others': root((c, pod) =>
    init(c, pod, { securityContext: { ...c.securityContext, runAsUser: 0 } }),
  ),
  'root forbidden by the container alone': fine((c, pod) => {
    delete pod.securityContext.runAsNonRoot;
    c.securityContext.runAsNonRoot = true;
  }),
  'no user said': fine((_c, pod) => delete pod.securityContext.runAsUser),
  'an init container like the others': fine((c, pod) => init(c, pod)),

  'escalation not forbidden': privileges((c) => delete c.securityContext.allowPrivilegeEscalation),
  'escalation allowed': privileges((c) => (c.securityContext.allowPrivilegeEscalation = true)),
  privileged: privileges((c) => Object.assign(c.securityContext, { privileged: true, allowPrivilegeEscalation: true })),
  'no capability dropped': privileges((c) => delete c.securityContext.capabilities),
  'some capabilities dropped': privileges((c) => (c.securityContext.capabilities.drop = ['NET_RAW'])),
  'a capability added': privileges((c) => (c.securityContext.capabilities.add = ['SYS_ADMIN'])),
  'one more capability added': privileges(
    (c) => (c.securityContext.capabilities.add = ['NET_BIND_SERVICE', 'SYS_TIME']),
  ),
  'all of /proc': privileges((c, pod) => {
    pod.hostUsers = false;
    c.securityContext.procMount = 'Unmasked';
  }),
  'low ports': fine((c) => (c.securityContext.capabilities.add = ['NET_BIND_SERVICE'])),
  'the default of /proc': fine((c) => (c.securityContext.procMount = 'Default')),
  'not privileged, said': fine((c) => (c.securityContext.privileged = false)),
  'all and more dropped': fine((c) => (c.securityContext.capabilities.drop = ['NET_RAW', 'ALL'])),

  'no seccomp profile': seccomp((_c, pod) => delete pod.securityContext.seccompProfile),
  'unconfined pod': seccomp((_c, pod) => (pod.securityContext.seccompProfile = { type: 'Unconfined' })),
  'unconfined container': seccomp((c) => (c.securityContext.seccompProfile = { type: 'Unconfined' })),
  'a profile of the container alone': fine((c, pod) => {
    delete pod.securityContext.seccompProfile;
    c.securityContext.seccompProfile = { type: 'RuntimeDefault' };
  }),
  'a profile of the node': fine(
    (_c, pod) => (pod.securityContext.seccompProfile = { type: 'Localhost', localhostProfile: 'shop.json' }),
  ),

  'network of the node': host((_c, pod) => (pod.hostNetwork = true)),
  'processes of the node': host((_c, pod) => (pod.hostPID = true)),
  'memory of the node': host((_c, pod) => (pod.hostIPC = true)),
  'port of the node': host((c) => (c.ports[0].hostPort = c.ports[0].containerPort)),
  'files of the node': host((_c, pod) => volume(pod, { hostPath: { path: '/' } })),
  'a network share': host((_c, pod) => volume(pod, { nfs: { server: 'nfs.example.test', path: '/' } })),
  'a parameter of the kernel': host(
    (_c, pod) => (pod.securityContext.sysctls = [{ name: 'kernel.msgmax', value: '1' }]),
  ),
  'a parameter of its own': fine(
    (_c, pod) => (pod.securityContext.sysctls = [{ name: 'net.ipv4.tcp_syncookies', value: '1' }]),
  ),
  'nothing of the node, said': fine((_c, pod) =>
    Object.assign(pod, { hostNetwork: false, hostPID: false, hostIPC: false }),
  ),
  'a claim': fine((_c, pod) => volume(pod, { persistentVolumeClaim: { claimName: 'shop' } })),
  'a ConfigMap as files': fine((_c, pod) => volume(pod, { configMap: { name: 'shop' } })),

  'root file system writable': change('read-only-root')((c) => (c.securityContext.readOnlyRootFilesystem = false)),
  'root file system not said': change('read-only-root')((c) => delete c.securityContext.readOnlyRootFilesystem),
  'root file system writable before the others': change('read-only-root')((c, pod) =>
    init(c, pod, { securityContext: { ...c.securityContext, readOnlyRootFilesystem: false } }),
  ),
  'scratch without limit': change('limited-scratch')((_c, pod) => volume(pod, { emptyDir: {} })),
  'scratch in memory without limit': change('limited-scratch')((_c, pod) =>
    volume(pod, { emptyDir: { medium: 'Memory' } }),
  ),
  'a volume of nothing but a name': change('limited-scratch')((_c, pod) => volume(pod, {})),
  'scratch with limit': fine((_c, pod) => volume(pod, { emptyDir: { sizeLimit: '16Mi' } })),

  'token mounted': account((_c, pod) => (pod.automountServiceAccountToken = true)),
  'token not refused': account((_c, pod) => delete pod.automountServiceAccountToken),
  'no account': account((_c, pod) => delete pod.serviceAccountName),
  'empty account': account((_c, pod) => (pod.serviceAccountName = '')),
  'account of all': account((_c, pod) => (pod.serviceAccountName = 'default')),
  'account of all by the old name': account((_c, pod) => {
    delete pod.serviceAccountName;
    pod.serviceAccount = 'default';
  }),
  'account of all before the old name': account((_c, pod) =>
    Object.assign(pod, { serviceAccountName: 'default', serviceAccount: 'shop' }),
  ),
  'account by the old name': fine((_c, pod) => {
    delete pod.serviceAccountName;
    pod.serviceAccount = 'shop';
  }),

  'no requests of cpu': resources((c) => delete c.resources.requests.cpu),
  'no requests, but a limit of memory': resources((c) => delete c.resources.requests),
  'no limits': resources((c) => delete c.resources.limits),
  'no resources': resources((c) => delete c.resources),
  'empty resources': resources((c) => (c.resources = {})),
  'no resources before the others': resources((c, pod) => init(c, pod, { resources: {} })),
  'limits that are requests too': fine((c) => (c.resources = { limits: { cpu: '100m', memory: '64Mi' } })),

  'a tag without digest': image((c) => (c.image = 'registry.example.test/shop:3f2c1ab')),
  'the latest': image((c) => (c.image = `registry.example.test/shop:latest@${digest}`)),
  'neither tag nor digest': image((c) => (c.image = 'registry.example.test/shop')),
  'another registry': image((c) => (c.image = `docker.io/library/nginx:1.27@${digest}`)),
  'a registry that begins like ours': image((c) => (c.image = `registry.example.test.evil.test/shop@${digest}`)),
  'a registry that looks like ours': image((c) => (c.image = `registry-example.test/shop@${digest}`)),
  'a digest cut short': image((c) => (c.image = `registry.example.test/shop@${digest.slice(0, -1)}`)),
  'unreleased without saying so': image((c) => (c.image = 'registry.example.test/shop:unreleased')),
  'another registry before the others': image((c, pod) => init(c, pod, { image: 'busybox' })),
  'a digest without tag': fine((c) => (c.image = `registry.example.test/shop@${digest}`)),
  'an image in a folder': fine((c) => (c.image = `registry.example.test/team/shop:1.0@${digest}`)),
  'unreleased, and saying so': {
    breaks: [],
    kinds: ['Deployment', 'StatefulSet', 'CronJob'],
    change: (pod, deployment) => {
      pod.containers[0].image = 'registry.example.test/shop:unreleased';
      deployment.metadata.annotations['slipway.dev/version'] = 'unreleased';
    },
  },

  'no readiness probe': change('probes', { kinds: serving })((c) => delete c.readinessProbe),
  'no liveness probe': change('probes', { kinds: serving })((c) => delete c.livenessProbe),
  'no probes where none are needed': change(undefined, { kinds: ['CronJob', 'Job', 'Pod'] })((c) => {
    delete c.readinessProbe;
    delete c.livenessProbe;
  }),

  'a password': secret((c) => env(c, { name: 'DATABASE_PASSWORD', value: 'hunter2' })),
  'a token in lower case': secret((c) => env(c, { name: 'token', value: 'x' })),
  'a key': secret((c) => env(c, { name: 'STRIPE_API_KEY', value: 'x' })),
  'a password in an address': secret((c) => env(c, { name: 'DATABASE', value: 'postgres://shop:hunter2@db/shop' })),
  'a key of a cloud': secret((c) => env(c, { name: 'ID', value: `AKIA${'A'.repeat(16)}` })),
  'a token of a forge': secret((c) => env(c, { name: 'READER', value: `ghp_${'a'.repeat(36)}` })),
  'a private key': secret((c) => env(c, { name: 'PEM', value: '-----BEGIN RSA PRIVATE KEY-----\nMIIE' })),
  'a password as argument': secret((c) => (c.args = ['--port=80', '--db-password=hunter2'])),
  'a token as part of a command': secret((c) => (c.command = ['serve', 'eyJhbGciOiJIUzI1.eyJzdWIiOiIx'])),
  'a password before the others': secret((c, pod) => init(c, pod, { env: [{ name: 'PASSWORD', value: 'x' }] })),
  'a password by reference': fine((c) =>
    env(c, { name: 'DATABASE_PASSWORD', valueFrom: { secretKeyRef: { name: 'database', key: 'password' } } }),
  ),
  'a password that is empty': fine((c) => env(c, { name: 'DATABASE_PASSWORD', value: '' })),
  'a password handed on': fine((c) => (c.args = ['--db-password=$(DATABASE_PASSWORD)'])),
  'a name that only sounds like it': fine((c) => env(c, { name: 'TOKENIZER', value: 'fast' })),
  'an address without password': fine((c) => env(c, { name: 'DATABASE', value: 'postgres://db:5432/shop' })),

  'nulls for what is not there': fine((c, pod) => {
    pod.initContainers = null;
    pod.hostNetwork = null;
    pod.volumes = null;
    c.args = null;
    c.securityContext.procMount = null;
  }),
  'a null for what must be there': change('read-only-root')((c) => (c.securityContext.readOnlyRootFilesystem = null)),
  'two things at once': {
    breaks: ['pinned-image', 'read-only-root'],
    change: ({ containers: [c] }) => {
      c.image = 'nginx';
      c.securityContext.readOnlyRootFilesystem = false;
    },
  },
};
