import { workloads } from './kinds';
import { everyContainer, podVariables, type Policy } from './policy';

const runAsNonRoot: Policy = {
  name: 'run-as-non-root',
  reason: 'a process that breaks out of its container as root is root on the node',
  repair: 'set runAsNonRoot: true and a runAsUser other than 0 in the securityContext of the pod',
  kinds: workloads,
  variables: [
    ...podVariables,
    { name: 'nonRoot', expression: 'variables.pod.?securityContext.?runAsNonRoot.orValue(false)' },
    { name: 'user', expression: 'variables.pod.?securityContext.?runAsUser.orValue(1)' },
  ],
  validations: [
    everyContainer(
      'c.?securityContext.?runAsNonRoot.orValue(variables.nonRoot) == true',
      'containers may run as root (runAsNonRoot is not true)',
    ),
    everyContainer('c.?securityContext.?runAsUser.orValue(variables.user) != 0', 'containers run as user 0'),
  ],
};

const noPrivileges: Policy = {
  name: 'no-privileges',
  reason: 'privileges of the kernel that a service does not need are what an attacker needs to leave its container',
  repair:
    'set allowPrivilegeEscalation: false and capabilities.drop: [ALL] in the securityContext of every container, ' +
    'add no capability but NET_BIND_SERVICE, and remove privileged and procMount',
  kinds: workloads,
  variables: podVariables,
  validations: [
    everyContainer('c.?securityContext.?privileged.orValue(false) == false', 'containers are privileged'),
    everyContainer(
      'c.?securityContext.?allowPrivilegeEscalation.orValue(true) == false',
      'containers may gain privileges (allowPrivilegeEscalation is not false)',
    ),
    everyContainer(
      'c.?securityContext.?capabilities.?drop.orValue([]).exists(name, name == "ALL")',
      'containers keep capabilities (drop has no ALL)',
    ),
    everyContainer(
      'c.?securityContext.?capabilities.?add.orValue([]).all(name, name == "NET_BIND_SERVICE")',
      'containers add capabilities',
    ),
    everyContainer(
      'c.?securityContext.?procMount.orValue("Default") == "Default"',
      'containers see more of /proc than the default',
    ),
  ],
};

const seccompProfile: Policy = {
  name: 'seccomp-profile',
  reason: 'without a seccomp profile a container reaches every system call of the node, and every fault in one',
  repair: 'set seccompProfile.type: RuntimeDefault in the securityContext of the pod',
  kinds: workloads,
  variables: [
    ...podVariables,
    { name: 'profile', expression: 'variables.pod.?securityContext.?seccompProfile.?type.orValue("none")' },
  ],
  validations: [
    {
      expression: 'variables.profile in ["RuntimeDefault", "Localhost", "none"]',
      message: 'the pod has no restricting seccomp profile',
    },
    everyContainer(
      'c.?securityContext.?seccompProfile.?type.orValue(variables.profile) in ["RuntimeDefault", "Localhost"]',
      'containers have no restricting seccomp profile',
    ),
  ],
};

/** Volumes that Pod Security "restricted" allows. */
export const volumeSources: readonly string[] = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

const safeSysctls = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
];

const noHostAccess: Policy = {
  name: 'no-host-access',
  reason: 'what a pod shares with its node (namespaces, files, ports, kernel settings) it can read and break for all',
  repair:
    'remove hostNetwork, hostPID, hostIPC, hostPort, unsafe sysctls and volumes that are not configMap, csi, ' +
    'downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected or secret',
  kinds: workloads,
  variables: podVariables,
  validations: [
    {
      expression: '["hostNetwork", "hostPID", "hostIPC"].all(field, variables.pod[?field].orValue(false) == false)',
      message: 'the pod shares namespaces of its node',
    },
    everyContainer(
      'c.?ports.orValue([]).all(port, port.?hostPort.orValue(0) == 0)',
      'containers listen on ports of the node',
    ),
    {
      // a volume that is only a name becomes an emptyDir
      expression:
        `variables.pod.?volumes.orValue([]).all(volume, size(volume) == 1 || ` +
        `${JSON.stringify(volumeSources)}.exists(source, source in volume))`,
      message: 'volumes give access to the node or to what no policy knows',
    },
    {
      expression:
        'variables.pod.?securityContext.?sysctls.orValue([]).all(sysctl, sysctl.name in ' +
        `${JSON.stringify(safeSysctls)})`,
      message: 'the pod sets kernel parameters that reach beyond itself',
    },
  ],
};

/** What Pod Security "restricted" demands of pods, already of the objects that make them. */
export const podSecurity: readonly Policy[] = [noHostAccess, noPrivileges, runAsNonRoot, seccompProfile];
