import { k8s } from 'cdk8s-plus-28';
import { canonicalCpu, canonicalMemory } from '../quantity';
import { selectorOf } from './labels';

/** What runs in a pod of a service, see the catalog's `Deployment` for the meaning of each field. */
export interface PodProps {
  readonly name: string;
  readonly image: string;
  readonly port: number;
  readonly replicas: number;
  readonly tier: string;
  readonly env: Readonly<Record<string, string>>;
  readonly probes: { readonly readiness: string; readonly liveness: string; readonly startup: string };
  readonly resources: {
    readonly cpuRequest: string;
    readonly memoryRequest: string;
    readonly memoryLimit: string;
    readonly cpuLimit?: string;
  };
  readonly writablePaths: readonly { readonly path: string; readonly sizeLimit: string }[];
  /** Secret of the namespace with which the image is pulled. @default none */
  readonly pullSecret?: string;
}

/** The user that images of services are made for. */
const userId = 1000;

/** The name of the container's port, so that Services and probes do not repeat its number. */
export const portName = 'http';

/**
 * From the order to stop until the kill: the wait before SIGTERM, during which ingress and Services forget the pod,
 * then the service's own wait and the time for requests that are under way (25 s by default), and some to spare.
 */
const terminationGraceSeconds = 40;

/** A pod that Pod Security "restricted" admits: no root, no privileges, no writes outside declared folders. */
export function podSpec(props: PodProps): k8s.PodSpec {
  const volumes = props.writablePaths.map((writable, index) => ({ ...writable, name: `writable-${index + 1}` }));
  return {
    serviceAccountName: props.name,
    ...(props.pullSecret !== undefined && { imagePullSecrets: [{ name: props.pullSecret }] }),
    automountServiceAccountToken: false,
    // variables for every Service of the namespace would make pods depend on the order of their start
    enableServiceLinks: false,
    nodeSelector: { tier: props.tier },
    securityContext: {
      runAsNonRoot: true,
      runAsUser: userId,
      runAsGroup: userId,
      fsGroup: userId,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    terminationGracePeriodSeconds: terminationGraceSeconds,
    ...(props.replicas >= 2 && { topologySpreadConstraints: [spread(props.name)] }),
    containers: [
      {
        name: props.name,
        image: props.image,
        imagePullPolicy: 'IfNotPresent',
        ports: [{ name: portName, containerPort: props.port, protocol: 'TCP' }],
        env: Object.entries(props.env).map(([name, value]) => ({ name, value })),
        resources: resources(props.resources),
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        // two seconds to answer; a slow start has a minute before liveness looks at it
        startupProbe: { ...probe(props.probes.startup), periodSeconds: 2, failureThreshold: 30 },
        readinessProbe: { ...probe(props.probes.readiness), periodSeconds: 5, failureThreshold: 2 },
        livenessProbe: { ...probe(props.probes.liveness), periodSeconds: 10, failureThreshold: 3 },
        ...(volumes.length > 0 && {
          volumeMounts: volumes.map(({ name, path }) => ({ name, mountPath: path })),
        }),
      },
    ],
    ...(volumes.length > 0 && {
      volumes: volumes.map(({ name, sizeLimit }) => ({
        name,
        emptyDir: { sizeLimit: k8s.Quantity.fromString(canonicalMemory(sizeLimit)) },
      })),
    }),
  };
}

/** Pods on different nodes where there are several; a preference, since one node of the tier must be enough. */
function spread(service: string): k8s.TopologySpreadConstraint {
  return {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: selectorOf(service) },
  };
}

function probe(path: string): k8s.Probe {
  return { httpGet: { path, port: k8s.IntOrString.fromString(portName), scheme: 'HTTP' }, timeoutSeconds: 2 };
}

function resources(props: PodProps['resources']): k8s.ResourceRequirements {
  const cpu = (quantity: string): k8s.Quantity => k8s.Quantity.fromString(canonicalCpu(quantity));
  const memory = (quantity: string): k8s.Quantity => k8s.Quantity.fromString(canonicalMemory(quantity));
  return {
    requests: { cpu: cpu(props.cpuRequest), memory: memory(props.memoryRequest) },
    limits: {
      memory: memory(props.memoryLimit),
      ...(props.cpuLimit !== undefined && { cpu: cpu(props.cpuLimit) }),
    },
  };
}
